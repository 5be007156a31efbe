/// What an origin's failing URLs mean for the others: who may be in burst or pending, which share an incident, and the
/// breaker. Loaded with the origin's first lease, kept as long as it is active.
package struct OriginHealth: Sendable, Hashable {
    package var breaker = OriginBreaker()
    /// URLs in burst or pending: each has a slot.
    package var runs: [Int64: OriginBreaker.OpenRun] = [:]
    /// URLs whose first failing answer is held back: they have none yet.
    package var heldBack: [Int64: OriginBreaker.OpenRun] = [:]
    /// URLs wait for a slot.
    package var hasWaiting = false
    /// Marked URLs, each with an incident of its own.
    package var marked: [Int64: OriginBreaker.OpenRun] = [:]
    /// URLs that turn our request away and are parked, each with an incident of its own.
    package var parked: [Int64: OriginBreaker.OpenRun] = [:]
    /// Open partial incidents, by class.
    package var partials: [Outcome: ULID] = [:]

    package init() {}

    /// Why a URL that fails is not asked for itself.
    package enum Wait: Sendable, Hashable {
        /// All slots are taken; its window starts when it gets one.
        case slot
        /// So many of the origin's URLs are marked that it joins their common incident.
        case partial(ULID, isNew: Bool)
    }

    /// What becomes of a URL that fails and has no slot; nil = it takes one. `mayPass`: it waited for one, and its turn
    /// has come.
    package func wait(
        _ outcome: Outcome, mayPass: Bool, rules: HealthRules, newIncident: () -> ULID
    ) -> Wait? {
        if let incident = partials[outcome] { return .partial(incident, isNew: false) }
        if rules.urlIncidents > 0, marked.values.count(where: { $0.outcome == outcome }) >= rules.urlIncidents {
            return .partial(newIncident(), isNew: true)
        }
        guard rules.probeSlots > 0 else { return nil }
        if runs.count >= rules.probeSlots { return .slot }
        return hasWaiting && !mayPass ? .slot : nil
    }

    /// Slots that URLs which wait may take.
    package func freeSlots(_ rules: HealthRules) -> Int {
        guard hasWaiting, rules.probeSlots > 0, partials.isEmpty, !breaker.isHolding else { return 0 }
        return max(0, rules.probeSlots - runs.count)
    }

    /// What a URL's record has become.
    package mutating func note(_ record: HealthRecord?, before: HealthRecord?, of id: Int64) {
        if let record, record.isOpen, let run = record.run {
            runs[id] = OriginBreaker.OpenRun(outcome: run.outcome, since: run.since)
        } else {
            runs[id] = nil
        }
        if let record, record.mayOpen, let run = record.run {
            heldBack[id] = OriginBreaker.OpenRun(outcome: run.outcome, since: run.since)
        } else {
            heldBack[id] = nil
        }
        if before?.phase != .broken, record?.phase == .broken, let run = record?.run {
            marked[id] = OriginBreaker.OpenRun(outcome: run.outcome, since: run.since)
        } else if before?.phase == .broken, record?.phase != .broken {
            marked[id] = nil
        }
        if let record, record.phase == .softBlocked, record.softBlock?.isParked ?? false, let run = record.run {
            parked[id] = OriginBreaker.OpenRun(outcome: run.outcome, since: run.since)
        } else {
            parked[id] = nil
        }
        if record?.phase == .waiting { hasWaiting = true }
    }

    /// When the first of the failing URLs began to fail that no good answer of the origin was held against yet; nil = one
    /// was held against each.
    package var unmetSince: Instant? {
        var first: Instant?
        for run in runs.values { first = earlier(first, run) }
        for run in heldBack.values { first = earlier(first, run) }
        for run in marked.values { first = earlier(first, run) }
        for run in parked.values { first = earlier(first, run) }
        return first
    }

    private func earlier(_ first: Instant?, _ run: OriginBreaker.OpenRun) -> Instant? {
        if let goodAt = breaker.lastGoodAt, goodAt >= run.since { return first }
        return min(first ?? run.since, run.since)
    }

    /// Failing URLs that good answers of others are held against.
    var hasTrouble: Bool {
        breaker.isHolding || hasWaiting || !runs.isEmpty || !heldBack.isEmpty || !marked.isEmpty || !parked.isEmpty
            || !partials.isEmpty
    }

    /// URLs with an incident of their own.
    package var incidents: [Int64: OriginBreaker.OpenRun] {
        parked.isEmpty ? marked : marked.merging(parked) { marked, _ in marked }
    }

    /// The URL beside `id` whose run is oldest.
    package func oldestRun(but id: Int64) -> Int64? {
        runs.filter { $0.key != id }.min { ($0.value.since, $0.key) < ($1.value.since, $1.key) }?.key
    }
}

/// What one answer changes of an origin as a whole; the store writes it in the order of the answers.
package struct OriginChange: Sendable {
    /// With `version` as it was loaded.
    package var breaker: OriginBreaker
    /// The canary's record, if another URL's answer changed it, or it is a new canary.
    package var canary: Canary?
    package var event: Event?

    package enum Canary: Sendable {
        case record(Int64, HealthBox?, dueAt: Instant?)
        /// The incident is over, and the URL is due.
        case recovered(Int64, HealthBox?, dueAt: Instant)
        /// It takes the place of the one before, whose window, and whose mark, it goes on with. nil = it begins anew.
        case successor(Int64, HealthBox?)
    }

    package enum Event: Sendable, Hashable {
        /// All of the origin is broken; `url` is the canary.
        case opened(ULID, url: Int64)
        case closed(ULID, AlertFacts.Ending)
        /// Only the canary is broken.
        case narrowed(ULID, url: Int64)
        /// All of the origin turns our request away; `url` is the canary that was proved.
        case softBlocked(ULID, url: Int64)
        /// The first of several URLs that share an incident.
        case partial(ULID, url: Int64, run: HealthRecord.Run)
    }

    package init(_ breaker: OriginBreaker) { self.breaker = breaker }
}
