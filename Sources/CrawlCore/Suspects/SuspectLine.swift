import DequeModule

/// Suspects that are due, and which of them is asked: one at a time, with nothing else in flight, behind all others.
///
/// A moment in which nothing is in flight and nobody else's turn has come is theirs. In a crawl that has no such moments
/// it stops for them `patience` after the first has come: nothing new begins, what is in flight may end, then several are
/// asked one after the other, and all goes on. Between two such stops lies at least as long again.
struct SuspectLine {
    static let patience = Duration.seconds(60)
    /// What is in flight may take so long to end before the stop is given up; doubled after each that was in vain, so
    /// that the slowest answer cannot keep a suspect waiting for ever.
    static let firstStop = Duration.seconds(5)
    static let longestStop = Duration.seconds(3600)
    /// So many are asked in one stop at most, and none is begun so long after the first.
    static let askedInStop = 20
    static let askingInStop = Duration.seconds(5)
    /// After a turn that came to nothing.
    static let retry = Duration.seconds(10)
    static let tries = 3

    struct Errand {
        var request: RobotsErrand
        var host: Int64
        var key: [UInt8]
    }

    /// Suspects only.
    private(set) var rows: [Int64: SuspectRow]
    private(set) var queue = SuspectQueue()
    /// Whose turn has come, and who is not in flight yet.
    var turn: Int64?
    /// The one that is in flight.
    private(set) var inFlight: Int64?
    /// Leased for its turn, to be started next.
    var leased: GuardProbe?
    /// What is in flight may end until then, or the next suspect begin; nil = there is no stop.
    private(set) var stoppedUntil: Instant?
    /// Asked in this stop.
    private(set) var asked = 0
    /// The next stop begins then, if somebody may be asked.
    private(set) var nextStop = Instant(ms: .min)
    private var stop = Self.firstStop
    /// Suspects no more since the last call of `takeCleared`.
    private var cleared: [Int64] = []
    /// Cleared then, unless they are asked before; the first to come first.
    private var clearing: Deque<Clearing> = []

    private struct Clearing {
        var ticket: Int64
        var at: Instant
    }

    init(_ rows: [SuspectRow]) {
        self.rows = Dictionary(rows.lazy.filter(\.isSuspect).map { ($0.ticket, $0) }) { first, _ in first }
    }

    /// Nothing here changes who is asked next.
    var isIdle: Bool { queue.isEmpty && inFlight == nil && turn == nil && stoppedUntil == nil }

    func isSuspect(_ ticket: Int64) -> Bool { rows[ticket] != nil }

    /// Not to be leased: it has its own turn.
    func isWaiting(_ ticket: Int64) -> Bool { queue[ticket] != nil }

    // MARK: Waiting

    /// `probeAt`: when it was due, of health traffic; nil = it is none.
    mutating func wait(_ ticket: Int64, probeAt: Instant? = nil, errand: Errand? = nil, now: Instant) {
        if queue[ticket] == nil {
            // Never before a minute after the last stop: `endStop` has put it no further ahead.
            nextStop = queue.isEmpty ? now + Self.patience : min(nextStop, now + Self.patience)
            queue.set(
                ticket,
                SuspectQueue.Waiting(since: now, notBefore: rows[ticket]?.hold(now) ?? now, probeAt: probeAt))
        }
        if let errand { queue.set(ticket, errand: errand) }
    }

    mutating func takeErrand(of ticket: Int64) -> Errand? {
        defer { queue.set(ticket, errand: nil) }
        return queue[ticket]?.errand
    }

    /// Its turn is over without a request; false = it has had enough of them and waits no more.
    mutating func passOver(_ ticket: Int64, until: Instant, now: Instant) -> Bool {
        endTurn()
        guard var waiting = queue[ticket], waiting.tries < Self.tries else {
            queue.remove(ticket)
            return false
        }
        waiting.tries += 1
        waiting.notBefore = max(until, now + .milliseconds(1))
        queue.set(ticket, waiting)
        return true
    }

    mutating func leave(_ ticket: Int64) {
        queue.remove(ticket)
        if turn == ticket { endTurn() }
    }

    /// Those of an origin whose rows were changed by hand.
    mutating func leave(origin: Int64) { queue.remove(origin: origin) }

    /// Who is next, as far as it goes by itself.
    mutating func first(_ now: Instant) -> Int64? { queue.first(now) }

    /// Politeness keeps it from being asked; looked at again within `patience`, for what it waits for may be over before.
    mutating func putOff(_ ticket: Int64, until: Instant, now: Instant) {
        queue.putOff(ticket, until: min(until, now + Self.patience))
    }

    mutating func nextMoment() -> Instant? { queue.nextMoment() }

    private mutating func endTurn() {
        turn = nil
        leased = nil
    }

    // MARK: Stops

    /// `isWanted`: somebody may be asked now. Returns whether a stop begins; only when `nextStop` has come.
    mutating func beginStop(isWanted: Bool, now: Instant) -> Bool {
        if isWanted { stoppedUntil = now + stop } else { nextStop = max(now + .seconds(1), nextMoment() ?? now) }
        return isWanted
    }

    /// Another one may be asked in this stop.
    func hasRoomInStop(_ now: Instant) -> Bool { asked < Self.askedInStop && stoppedUntil.map { now < $0 } ?? false }

    mutating func endStop(now: Instant) {
        guard let until = stoppedUntil else { return }
        // What was in flight took too long.
        if asked == 0, until <= now { stop = min(stop + stop, Self.longestStop) }
        stoppedUntil = nil
        asked = 0
        nextStop = now + Self.patience
    }

    // MARK: Requests

    /// The request of the one whose turn it is goes out.
    mutating func begin(_ ticket: Int64, now: Instant) {
        guard turn == ticket else { return }
        if stoppedUntil != nil {
            stop = Self.firstStop
            if asked == 0 { stoppedUntil = now + Self.askingInStop }
            asked += 1
        }
        endTurn()
        queue.remove(ticket)
        inFlight = ticket
        clearing.removeAll { $0.ticket == ticket }
    }

    mutating func end(_ ticket: Int64) {
        if inFlight == ticket { inFlight = nil }
    }

    /// We have outlived a good answer.
    mutating func clear(_ ticket: Int64) {
        guard !rows.isEmpty, rows.removeValue(forKey: ticket) != nil else { return }
        queue.remove(ticket)
        cleared.append(ticket)
    }

    /// If it is not asked any more until then, nor waits for that.
    mutating func clear(_ ticket: Int64, after at: Instant) {
        guard isSuspect(ticket) else { return }
        clearing.removeAll { $0.ticket == ticket }
        clearing.append(Clearing(ticket: ticket, at: at))
    }

    /// When `clearDue` has something to do again; nil = nothing.
    var nextClearing: Instant? { clearing.first?.at }

    mutating func clearDue(_ now: Instant) {
        while let next = clearing.first, next.at <= now {
            clearing.removeFirst()
            if isWaiting(next.ticket) {
                clear(next.ticket, after: now + SecondAsks.lifetime)
            } else {
                clear(next.ticket)
            }
        }
    }

    mutating func takeCleared() -> [Int64] {
        defer { cleared = [] }
        return cleared
    }

    // MARK: Clock

    /// The wall clock was set `step` ahead; below zero = back.
    mutating func move(by step: Duration) {
        rows = rows.mapValues { row in
            var moved = row
            moved.lastEndAt = row.lastEndAt + step
            moved.putBackUntil = row.putBackUntil.map { $0 + step }
            return moved
        }
        queue.move(by: step)
        for index in clearing.indices { clearing[index].at = clearing[index].at + step }
        stoppedUntil = stoppedUntil.map { $0 + step }
        nextStop = nextStop + step
    }
}
