import DequeModule

/// Suspects that are due, and which of them is asked: one at a time, with nothing else in flight, behind all others.
///
/// A moment in which nothing is in flight and nobody else's turn has come is theirs. In a crawl that has no such moments
/// one of them is asked all the same once it has waited for `patience`: nothing new begins, what is in flight may end,
/// the suspect is asked, and all goes on. Between two such stops lies at least as long again.
struct SuspectLine {
    static let patience = Duration.seconds(60)
    /// What is in flight may take so long to end before the stop is given up; doubled after each that was in vain, so
    /// that the slowest answer cannot keep a suspect waiting for ever.
    static let firstStop = Duration.seconds(5)
    static let longestStop = Duration.seconds(3600)
    /// After a turn that came to nothing.
    static let retry = Duration.seconds(10)
    static let tries = 3

    struct Waiting {
        var since: Instant
        /// It is not its turn before.
        var notBefore: Instant
        /// Turns that came to nothing.
        var tries = 0
        /// Of a robots.txt that is asked for at another origin: the request.
        var errand: Errand?
    }

    struct Errand {
        var request: RobotsErrand
        var host: Int64
        var key: [UInt8]
    }

    /// Suspects only.
    private(set) var rows: [Int64: SuspectRow]
    private(set) var waiting: [Int64: Waiting] = [:]
    /// Whose turn has come, and who is not in flight yet.
    var turn: Int64?
    /// The one that is in flight.
    private(set) var inFlight: Int64?
    /// Leased for its turn, to be started next.
    var leased: GuardProbe?
    /// Nothing new begins before, so that what is in flight may end; nil = there is no stop.
    var stoppedUntil: Instant?
    private(set) var nextStop = Instant(ms: .min)
    private(set) var stop = Self.firstStop
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
    var isIdle: Bool { waiting.isEmpty && inFlight == nil && turn == nil }

    func isSuspect(_ ticket: Int64) -> Bool { rows[ticket] != nil }

    /// Not to be leased: it has its own turn.
    func isWaiting(_ ticket: Int64) -> Bool { waiting[ticket] != nil }

    /// When a suspect that waits may have its turn, as far as it goes by itself.
    func isOverdue(_ waiting: Waiting, from ready: Instant, _ now: Instant) -> Bool {
        max(waiting.since, ready) + Self.patience <= now
    }

    // MARK: Waiting

    mutating func wait(_ ticket: Int64, errand: Errand? = nil, now: Instant) {
        if waiting[ticket] == nil {
            waiting[ticket] = Waiting(since: now, notBefore: rows[ticket]?.hold(now) ?? now)
        }
        if let errand { waiting[ticket]?.errand = errand }
    }

    mutating func takeErrand(of ticket: Int64) -> Errand? {
        defer { waiting[ticket]?.errand = nil }
        return waiting[ticket]?.errand
    }

    /// Its turn is over without a request; false = it has had enough of them and waits no more.
    mutating func passOver(_ ticket: Int64, until: Instant, now: Instant) -> Bool {
        endTurn(now: now)
        guard var waiting = waiting[ticket], waiting.tries < Self.tries else {
            waiting[ticket] = nil
            return false
        }
        waiting.tries += 1
        waiting.notBefore = max(until, now + .milliseconds(1))
        self.waiting[ticket] = waiting
        return true
    }

    mutating func leave(_ ticket: Int64, now: Instant) {
        waiting[ticket] = nil
        if turn == ticket { endTurn(now: now) }
    }

    /// Those of an origin whose rows were changed by hand.
    mutating func leave(origin: Int64) {
        guard !waiting.isEmpty else { return }
        waiting = waiting.filter { URLKey.origin(of: $0.key) != origin }
    }

    // MARK: Stops

    mutating func beginStop(now: Instant) { stoppedUntil = now + stop }

    /// Nobody could be asked at `now`, stop or no stop.
    mutating func postponeStop(now: Instant) { nextStop = now + .seconds(1) }

    /// What is in flight takes too long.
    mutating func giveUpStop(now: Instant) {
        stop = min(stop + stop, Self.longestStop)
        endTurn(now: now)
    }

    private mutating func endTurn(now: Instant) {
        turn = nil
        leased = nil
        if stoppedUntil != nil { nextStop = now + Self.patience }
        stoppedUntil = nil
    }

    // MARK: Requests

    /// The request of the one whose turn it is goes out.
    mutating func begin(_ ticket: Int64, now: Instant) {
        guard turn == ticket else { return }
        if stoppedUntil != nil { stop = Self.firstStop }
        endTurn(now: now)
        waiting[ticket] = nil
        inFlight = ticket
        clearing.removeAll { $0.ticket == ticket }
    }

    mutating func end(_ ticket: Int64) {
        if inFlight == ticket { inFlight = nil }
    }

    /// We have outlived a good answer.
    mutating func clear(_ ticket: Int64) {
        guard !rows.isEmpty, rows.removeValue(forKey: ticket) != nil else { return }
        waiting[ticket] = nil
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
        waiting = waiting.mapValues { waiting in
            var moved = waiting
            moved.since = waiting.since + step
            moved.notBefore = waiting.notBefore + step
            return moved
        }
        for index in clearing.indices { clearing[index].at = clearing[index].at + step }
        stoppedUntil = stoppedUntil.map { $0 + step }
        nextStop = nextStop + step
    }
}
