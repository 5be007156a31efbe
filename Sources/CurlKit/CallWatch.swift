/// Whether a call into libcurl is held up by a peer that always has more to read, and by which: samples of a worker's
/// calls and sockets in, sockets to shut out. Pure.
///
///     250 ms outside our callbacks ─► a look at all sockets ─► three more, 50 ms apart ─► shut what was read at each
///                                  └► 5 s more: the worker is stuck
///
/// A worker that is only preempted, suspended or waiting for the disk reads nothing from its sockets meanwhile. What a call
/// has spent outside our callbacks is found by samples: each stands for the time since the one before.
package struct CallWatch {
    /// Nanoseconds that a call may spend outside our callbacks.
    package static let deadline: UInt64 = 250_000_000
    /// Between two samples, in nanoseconds, and the most that one stands for: a thread that was held up itself, as by
    /// SIGSTOP, has not seen what happened meanwhile.
    package static let pace: UInt64 = 250_000_000
    /// Between two samples while sockets are looked at.
    package static let lookPace: UInt64 = 50_000_000
    /// Looks at each of which a socket has to have been read from since the one before.
    package static let looks = 3
    /// Nanoseconds over the deadline, after which the call is not waited for any longer.
    package static let patience: UInt64 = 5_000_000_000

    /// The call has spent so much outside our callbacks that nobody will wait for it.
    package var isStuck: Bool { outside >= Self.deadline + Self.patience }
    /// Of the call that was seen last; 0 = none was under way.
    package private(set) var number: UInt64 = 0

    private var outside: UInt64 = 0
    private var sampledAt: UInt64 = 0
    /// What each socket had given at the last look, of those that have given more at every look so far; nil = none was made.
    private var suspected: [SocketBook.ID: SocketBook.Taken]?
    private var rises = 0

    package init() {}

    /// The call that is under way at `now` (monotonic nanoseconds). True = the sockets are to be looked at.
    package mutating func sample(_ call: CallRecord.Call?, at now: UInt64) -> Bool {
        guard let call else {
            self = CallWatch()
            return false
        }
        if call.number != number {
            self = CallWatch()
            number = call.number
            sampledAt = call.begunNs
        }
        let passed = min(now - min(now, sampledAt), Self.pace)
        sampledAt = now
        guard !call.isInCallback else {
            forgetLooks()
            return false
        }
        outside += passed
        return outside >= Self.deadline && !isStuck
    }

    /// The sockets to be looked at now; nil = all that are open.
    package var asked: [SocketBook.ID]? { suspected.map { Array($0.keys) } }

    /// What the sockets have given by now. Returns those to shut, if the call is still the same.
    package mutating func look(_ taken: [SocketBook.ID: SocketBook.Taken]) -> [SocketBook.ID] {
        guard let suspected else {
            self.suspected = taken
            return []
        }
        let risen = taken.filter { id, now in suspected[id].map { now.hasRisen(since: $0) } ?? false }
        guard !risen.isEmpty else {
            forgetLooks()
            return []
        }
        rises += 1
        guard rises < Self.looks else {
            forgetLooks()
            return Array(risen.keys)
        }
        self.suspected = risen
        return []
    }

    private mutating func forgetLooks() {
        suspected = nil
        rises = 0
    }
}
