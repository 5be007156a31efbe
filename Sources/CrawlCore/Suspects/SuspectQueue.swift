import HeapModule

/// The suspects that wait, in the order of their turns, without a look at all of them: there may be as many as were ever
/// in flight.
///
///     add ─► later, by the moment from which it may be asked ─► ready, by its turn ─► first
///               ▲                                                  │
///               └──────────────── putOff ◄─────────────────────────┘
///
/// Probes come first, by the time at which they are due, because an hour depends on them; then who has waited for longest.
struct SuspectQueue {
    struct Waiting {
        var since: Instant
        /// It is not its turn before.
        var notBefore: Instant
        /// When it was due as health traffic, or as a robots.txt, for which its origin waits; nil = it is no such thing.
        var probeAt: Instant?
        /// Turns that came to nothing.
        var tries = 0
        /// Of a robots.txt that is asked for at another origin: the request.
        var errand: SuspectLine.Errand?
        /// Of its one valid entry.
        fileprivate var stamp: UInt64 = 0

        init(since: Instant, notBefore: Instant, probeAt: Instant?) {
            self.since = since
            self.notBefore = notBefore
            self.probeAt = probeAt
        }
    }

    private struct Turn: Comparable {
        var isProbe: Bool
        var at: Instant
        var ticket: Int64
        var stamp: UInt64

        static func < (a: Turn, b: Turn) -> Bool {
            a.isProbe != b.isProbe ? a.isProbe : (a.at, a.ticket) < (b.at, b.ticket)
        }
    }

    private struct Later: Comparable {
        var at: Instant
        var ticket: Int64
        var stamp: UInt64

        static func < (a: Later, b: Later) -> Bool { (a.at, a.ticket) < (b.at, b.ticket) }
    }

    private var waiting: [Int64: Waiting] = [:]
    private var later = Heap<Later>()
    private var ready = Heap<Turn>()
    private var stamps: UInt64 = 0

    var isEmpty: Bool { waiting.isEmpty }
    var tickets: some Collection<Int64> { waiting.keys }

    subscript(ticket: Int64) -> Waiting? { waiting[ticket] }

    /// In the place of what is there for the ticket. It may be asked from `notBefore` on.
    mutating func set(_ ticket: Int64, _ new: Waiting) {
        waiting[ticket] = new
        putOff(ticket, until: new.notBefore)
    }

    /// Changes nothing of its turn.
    mutating func set(_ ticket: Int64, errand: SuspectLine.Errand?) { waiting[ticket]?.errand = errand }

    mutating func remove(_ ticket: Int64) { waiting[ticket] = nil }

    mutating func remove(origin: Int64) {
        guard !waiting.isEmpty else { return }
        waiting = waiting.filter { URLKey.origin(of: $0.key) != origin }
    }

    /// It is not `first` before.
    mutating func putOff(_ ticket: Int64, until: Instant) {
        guard waiting[ticket] != nil else { return }
        stamps += 1
        waiting[ticket]?.stamp = stamps
        later.insert(Later(at: until, ticket: ticket, stamp: stamps))
        if later.count + ready.count > 2 * waiting.count + 1024 { rebuild() }
    }

    /// Whose turn is next of those that may be asked; nil = nobody's.
    mutating func first(_ now: Instant) -> Int64? {
        while let next = later.min, next.at <= now || !isValid(next.ticket, next.stamp) {
            later.removeMin()
            guard isValid(next.ticket, next.stamp), let waiting = waiting[next.ticket] else { continue }
            ready.insert(
                Turn(
                    isProbe: waiting.probeAt != nil, at: waiting.probeAt ?? waiting.since, ticket: next.ticket,
                    stamp: next.stamp))
        }
        while let top = ready.min {
            if isValid(top.ticket, top.stamp) { return top.ticket }
            ready.removeMin()
        }
        return nil
    }

    /// When `first` may have somebody else to say, as long as it says nobody; nil = after an event only.
    mutating func nextMoment() -> Instant? {
        while let next = later.min {
            if isValid(next.ticket, next.stamp) { return next.at }
            later.removeMin()
        }
        return nil
    }

    /// The wall clock was set `step` ahead; below zero = back.
    mutating func move(by step: Duration) {
        waiting = waiting.mapValues { waiting in
            var moved = waiting
            moved.since = waiting.since + step
            moved.notBefore = waiting.notBefore + step
            moved.probeAt = waiting.probeAt.map { $0 + step }
            return moved
        }
        rebuild()
    }

    private func isValid(_ ticket: Int64, _ stamp: UInt64) -> Bool { waiting[ticket]?.stamp == stamp }

    /// Entries that were replaced lie in the heaps until their moment or their turn comes.
    private mutating func rebuild() {
        ready = Heap()
        later = Heap(waiting.lazy.map { Later(at: $0.value.notBefore, ticket: $0.key, stamp: $0.value.stamp) })
    }
}
