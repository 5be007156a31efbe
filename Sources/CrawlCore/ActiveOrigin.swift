/// An origin that is being crawled right now: its clocks, and what is leased of it. Lives only as long as there is
/// something in flight, leased or to be waited for. Confined to the scheduler that owns it.
final class ActiveOrigin {
    let id: Int64
    var key: [UInt8] = []
    var inFlight = 0
    /// In flight, or judged and not yet committed.
    var outstanding = 0
    /// How often rows of this origin were changed by hand while it was active.
    var disturbances = 0
    /// No request may start before.
    var nextStart: Instant
    var blockedUntil: Instant?
    /// When the answer came that began the block; nil = none did since the start.
    var blockedSince: Instant?
    var blockLevel = 0

    /// Leased ordinary URLs, `head` being the next.
    var leased: [LeasedURL] = []
    var head = 0
    var arena: [UInt8] = []
    /// Of what is leased: anything higher that comes in goes before some of it.
    var lowestPriority = 0
    var leasedHealth: [LeasedURL] = []
    var healthHead = 0
    var healthArena: [UInt8] = []

    /// When more than what is leased is due; nil = nothing known to be.
    var nextDue: Instant?
    var nextHealthDue: Instant?
    /// Health traffic has the next turn when both kinds are due.
    var isHealthTurn = true

    init(id: Int64, nextStart: Instant) {
        self.id = id
        self.nextStart = nextStart
    }

    var leasedCount: Int { leased.count - head }
    var leasedHealthCount: Int { leasedHealth.count - healthHead }

    /// Something ordinary may be asked now.
    func hasOrdinary(_ now: Instant) -> Bool { leasedCount > 0 || nextDue.map { $0 <= now } ?? false }
    func hasHealth(_ now: Instant) -> Bool { leasedHealthCount > 0 || nextHealthDue.map { $0 <= now } ?? false }

    /// The first moment at which a request may start, as far as politeness goes.
    var readyAt: Instant { max(nextStart, blockedUntil ?? nextStart) }

    /// The next moment that has work; nil = none known.
    func nextWork(_ now: Instant) -> Instant? {
        if leasedCount > 0 || leasedHealthCount > 0 { return now }
        guard let nextDue, let nextHealthDue else { return nextDue ?? nextHealthDue }
        return min(nextDue, nextHealthDue)
    }

    func noteDue(_ due: Instant) { nextDue = min(nextDue ?? due, due) }
    func noteHealthDue(_ due: Instant) { nextHealthDue = min(nextHealthDue ?? due, due) }

    /// Forgets what is leased: it is still due in the store.
    func dropLeased(now: Instant) {
        if leasedCount > 0 { noteDue(now) }
        if leasedHealthCount > 0 { noteHealthDue(now) }
        leased = []
        head = 0
        leasedHealth = []
        healthHead = 0
    }

    func takeOrdinary() -> LeasedURL? {
        guard leased.indices.contains(head) else { return nil }
        head += 1
        return leased[head - 1]
    }

    func takeHealth() -> LeasedURL? {
        guard leasedHealth.indices.contains(healthHead) else { return nil }
        healthHead += 1
        return leasedHealth[healthHead - 1]
    }
}
