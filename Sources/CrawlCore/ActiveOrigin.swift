import DequeModule
import HeapModule

/// An origin that is being crawled right now: its clocks, and what is leased of it. Lives only as long as there is
/// something in flight, leased or to be waited for. Confined to the scheduler that owns it.
final class ActiveOrigin {
    let id: Int64
    var key: [UInt8] = []
    var inFlight = 0
    /// Of those in flight, the ones that may not have been sent yet: the gap to the next counts from a moment that is
    /// not known.
    var unsent = 0
    /// In flight, or judged and not yet committed.
    var outstanding = 0
    /// Of these, the ones that change what is stored of other URLs: what is leased meanwhile would be of before.
    var rewriting = 0 {
        didSet { voidLease() }
    }
    /// nil = none is under way.
    var leasing: PendingLease?
    /// Leases that were thrown away since the last that was taken, because URLs were put before others.
    var voidsInARow = 0
    /// How often rows of this origin were changed by hand while it was active.
    var disturbances = 0
    /// No request may start before.
    var nextStart: Instant
    /// A server asked the whole origin to wait, lately; nil = none did, or that is forgotten.
    var block: Block?
    /// No URL may start before: robots.txt cannot be had, or the day's budget is spent. In the past = no such thing.
    var heldUntil = Instant(ms: .min)
    /// No ordinary URL may start before: only what is kept for health traffic is left of the budget.
    var ordinaryFrom = Instant(ms: .min)
    /// URLs of it are refused by robots.txt.
    var hasRefused = false
    /// URLs that a rule refused since the last one that was asked.
    var refusedInARow = 0
    /// When robots.txt is asked again for their sake; nil = they are none, or that is not known yet.
    var recheckAt: Instant?
    /// Its domain is a member of a storm; in the past = it is not.
    var stormUntil = Instant(ms: .min)
    /// Of its registrable domain; nil = not asked for yet.
    var domain: UInt64?
    /// What its robots.txt asks for; nil = nothing, or not known.
    var askedDelay: Duration?
    /// HTTP/2 failed there while it was active: it is asked over HTTP/1.1.
    var isHTTP1 = false
    /// Whom its key names; nil = not looked at yet.
    var host: Scheduler.KnownHost?
    /// It waits for a look-up of its name.
    var isNaming = false
    /// Its name has no address: the next request is answered by that. nil = it has one, or nobody asked.
    var unasked: NameAnswer?
    /// Where the next request goes; nil = libcurl finds the way.
    var sendsTo: Destinations?
    /// Where its next request goes, or its last answer came from; nil = not known yet.
    var address: AddressKey?
    /// The same as people read it; nil = not known since it became active.
    var remoteAddress: IPAddress?
    /// Where a place became free that is this origin's to take; nil = nowhere. Its address may be another by now.
    var offered: AddressKey?

    /// What keeps its due work, as counted in `Scheduler.waits`; nil = it has none, or nothing does.
    var waiting: WaitRule?

    /// What its failing URLs mean for the others; nil = not loaded yet: it comes with the next lease.
    var health: OriginHealth?
    /// The two that are asked while all others are held; nil = not leased.
    var canary: LeasedURL?
    var scout: LeasedURL?
    var lookArena: [UInt8] = []
    /// The scout is asked before the canary is due, at the breaker's trip; nil = when that one is.
    var scoutAt: Instant?
    /// The URL that was good last; nil = none since it became active.
    var lastGood: Int64?
    var lastGoodAt: Instant?

    /// Leased ordinary URLs, `head` being the next.
    var leased: [LeasedURL] = []
    var head = 0
    /// Those of them, or of lower priority, that are due for longest; every `agingTurn`th pick is one of these.
    var oldest: [LeasedURL] = []
    var oldestHead = 0
    /// What was taken since the lease, kept only while `oldest` may repeat it.
    var taken: Set<Int64> = []
    /// Since the last one of those.
    var picks: UInt8 = 0
    var arena: [UInt8] = []
    /// Of what is leased: anything higher that comes in goes before some of it.
    var lowestPriority = 0
    var leasedHealth: [LeasedURL] = []
    var healthHead = 0
    var healthArena: [UInt8] = []
    /// URLs that are to be asked once more, before all others but health traffic that holds them; see `SecondAsk`.
    var seconds: Deque<Int64> = []
    /// Those that wait for Retry-After first.
    var laterSeconds = Heap<LaterSecond>()
    /// The next of them, leased.
    var second: (url: LeasedURL, path: [UInt8])?
    /// Requests for other origins whose robots.txt is redirected here.
    var errands: Deque<RobotsErrand> = []
    /// They have the next turn when the origin's own URLs are due too.
    var isErrandTurn = false

    /// When more than what is leased is due; nil = nothing known to be.
    var nextDue: Instant?
    var nextHealthDue: Instant?
    /// Health traffic has the next turn when both kinds are due.
    var isHealthTurn = true

    final class Block {
        var block: OriginBlock
        /// When the answer came that began it; nil = before the start.
        var since: Instant?
        init(_ block: OriginBlock, since: Instant?) {
            self.block = block
            self.since = since
        }
    }

    init(id: Int64, nextStart: Instant) {
        self.id = id
        self.nextStart = nextStart
    }

    /// The next request goes there.
    func choose(_ destinations: Destinations) {
        sendsTo = destinations
        unasked = nil
        if remoteAddress != destinations.first {
            remoteAddress = destinations.first
            address = AddressKey(destinations.first)
        }
    }

    var leasedCount: Int { leased.count - head }
    var leasedHealthCount: Int { leasedHealth.count - healthHead }
    /// Rows in memory, the oldest twice.
    var leasedRows: Int { leasedCount + leasedHealthCount + oldest.count - oldestHead }

    /// Something ordinary may be asked now.
    func hasOrdinary(_ now: Instant) -> Bool {
        !isHolding && ordinaryFrom <= now && (leasedCount > 0 || nextDue.map { $0 <= now } ?? false)
    }
    func hasHealth(_ now: Instant) -> Bool {
        if isHolding { return lookAt.map { $0 <= now } ?? false }
        return leasedHealthCount > 0 || nextHealthDue.map { $0 <= now } ?? false
    }

    /// None of its URLs fails that others have to be held against.
    var isUntroubled: Bool {
        !isHolding && health?.breaker.switchedURL == nil && health?.runs.isEmpty ?? true && health?.unmetSince == nil
    }

    /// All URLs but canary and scout wait. By the phase: to ask the breaker would copy it, several times a request.
    var isHolding: Bool { health?.breaker.phase ?? .shut != .shut }

    /// When canary or scout is asked next; the distant past = they have to be leased first; nil = when what is on its way
    /// is stored.
    var lookAt: Instant? {
        guard outstanding == 0, let breaker = health?.breaker else { return nil }
        guard let canary else { return Instant(ms: .min) }
        if breaker.phase == .suspect, breaker.isScoutTurn, let scoutAt { return min(scoutAt, canary.dueAt) }
        return canary.dueAt
    }

    /// The canary's next attempt is a probe, and its time has not come: the scout that is asked then is another.
    func isBeforeProbe(_ now: Instant) -> Bool {
        canary.map { $0.health?.record.phase == .pending && now < $0.dueAt } ?? false
    }

    /// Of the canary or the scout. What the store gave is read, not trusted.
    func path(of url: LeasedURL) -> ArraySlice<UInt8> {
        lookArena[clamped: url.pathOffset..<(url.pathOffset + url.pathLength)]
    }

    /// A request for another origin's robots.txt may be sent now: it counts as ordinary traffic.
    func hasErrand(_ now: Instant) -> Bool { ordinaryFrom <= now && !errands.isEmpty }

    /// The first moment at which a request may start, as far as politeness goes.
    var politeAt: Instant { max(nextStart, block?.block.until ?? nextStart) }

    /// The same, and no storm is over it.
    var readyAt: Instant { max(politeAt, stormUntil) }

    /// Nothing is remembered of it that would be lost.
    func isForgettable(_ now: Instant) -> Bool {
        outstanding == 0 && leasedRows == 0 && errands.isEmpty && offered == nil && readyAt <= now && !hasSecond
            && !isNaming && leasing == nil
            && laterSeconds.isEmpty && block.map { $0.block.forgottenAt <= now } ?? true
    }

    var hasSecond: Bool { second != nil || !seconds.isEmpty }

    /// The next moment that has work; nil = none known.
    func nextWork(_ now: Instant) -> Instant? {
        let ordinary = leasedCount > 0 ? now : nextDue
        let health = leasedHealthCount > 0 ? now : nextHealthDue
        var work = ordinary.map { max($0, ordinaryFrom) }
        if let health { work = min(work ?? health, health) }
        if let second = hasSecond ? now : laterSeconds.min?.notBefore {
            work = min(work ?? .distantFuture, max(second, ordinaryFrom))
        }
        if isHolding { work = lookAt }
        if let recheckAt { work = min(work ?? recheckAt, recheckAt) }
        // What is held has its next moment when the hold may end, whatever is due.
        if heldUntil > now { work = heldUntil }
        guard !errands.isEmpty else { return work }
        let errand = max(now, ordinaryFrom)
        return min(work ?? errand, errand)
    }

    /// Forgets what is leased: it is still due in the store.
    func dropLeased(now: Instant) {
        leaveOrdinary(now: now)
        if let second { seconds.prepend(second.url.id) }
        second = nil
        if leasedHealthCount > 0 { noteHealthDue(now) }
        leasedHealth = []
        healthHead = 0
    }

    /// What was leased becomes the next to ask.
    func take(_ lease: Lease, for request: LeaseRequest) {
        if request.wantsHealth { health = lease.originHealth ?? OriginHealth() }
        if isHolding {
            dropLeased(now: request.now)
            canary = lease.canary
            scout = lease.scout
            lookArena = lease.arena
            // A canary that is gone holds nobody.
            guard canary == nil else { return }
            health?.breaker.phase = .shut
            noteDue(request.now)
            noteHealthDue(request.now)
        }
        if request.limit > 0 {
            dropOrdinary()
            leased = lease.urls
            oldest = lease.oldest
            arena = lease.arena
            lowestPriority = lease.lowestPriority
            nextDue = lease.nextDueAt
        }
        if request.healthLimit > 0 {
            leasedHealth = lease.health
            healthHead = 0
            healthArena = lease.arena
            nextHealthDue = lease.nextHealthDueAt
        }
    }

    func leaveOrdinary(now: Instant) {
        if leasedCount > 0 { noteDue(now) }
        dropOrdinary()
    }

    /// Nothing of the ordinary lease is left to take.
    func dropOrdinary() {
        leased = []
        head = 0
        oldest = []
        oldestHead = 0
        taken = []
    }

    /// Every so manieth pick is the oldest due, whatever its priority. When it has nothing to take although
    /// `leasedCount` says so, all of it was taken as old already.
    static let agingTurn: UInt8 = 8

    func takeOrdinary() -> LeasedURL? {
        if picks + 1 == Self.agingTurn {
            while oldest.indices.contains(oldestHead) {
                oldestHead += 1
                if taken.insert(oldest[oldestHead - 1].id).inserted {
                    picks = 0
                    return oldest[oldestHead - 1]
                }
            }
        }
        while leased.indices.contains(head) {
            head += 1
            if oldest.isEmpty || taken.insert(leased[head - 1].id).inserted {
                picks = (picks + 1) % Self.agingTurn
                let next = leased[head - 1]
                if leasedCount == 0 { dropOrdinary() }  // what is old and left was taken, or is leased again
                return next
            }
        }
        return nil
    }

    func takeHealth() -> LeasedURL? {
        guard leasedHealth.indices.contains(healthHead) else { return nil }
        healthHead += 1
        return leasedHealth[healthHead - 1]
    }
}

/// An address in eight bytes; IPv6 ones are folded, which may put two that differ under one limit.
struct AddressKey: Hashable, Sendable {
    private let bits: UInt64
    init(_ address: IPAddress) {
        let folded = address.high ^ (address.low &* 0x9E37_79B9_7F4A_7C15)
        bits = address.isV4 ? address.low : folded | 1 << 63
    }
}
