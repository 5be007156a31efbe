import HeapModule

/// Decides which origin and which URL is asked next, and what each answer leads to. Pure but for its own memory: the
/// caller passes the time, does the I/O and reports back. `CrawlLoop` is its shell:
///
///     while let need = scheduler.next(now) { lease what it needs, or start what it gives }
///
/// Origins with work wait in a heap by the moment they may be asked; a URL in flight is known here and nowhere else.
package struct Scheduler {
    package var rules: SchedulerRules {
        didSet { machine.rules = rules.health }
    }
    package var isPaused = false
    /// See `Observation.timeline`.
    package var timeline = 0

    private var machine: HealthMachine
    private var random: any RandomNumberGenerator
    private var heap = Heap<Wake>()
    private var origins: [Int64: Slot] = [:]
    private var flights: [Int64: Flight] = [:]
    private var turns: UInt64 = 0
    /// No origin is asked before: set after an unclean stop.
    private var earliestStart: Instant
    private var drained: [Int64] = []

    package private(set) var inFlight = 0
    package private(set) var leasedRows = 0
    package private(set) var lastStartAt: Instant?

    private struct Wake: Comparable {
        var at: Instant
        /// Origins that are ready at the same moment take turns.
        var turn: UInt64
        var origin: Int64
        static func < (a: Wake, b: Wake) -> Bool { a.at != b.at ? a.at < b.at : a.turn < b.turn }
    }

    private struct Slot {
        /// The turn of the origin's one valid entry in the heap; 0 = it has none.
        var turn: UInt64 = 0
        var at: Instant = .distantFuture
        var active: ActiveOrigin?
    }

    private struct Flight {
        var url: LeasedURL
        var origin: ActiveOrigin
        /// `ActiveOrigin.disturbances` at the start: a row of the origin may have been changed by hand since.
        var disturbances: Int
        var isJudged = false
    }

    /// What the shell has to do next.
    package enum Need {
        /// Lease and call `leased`.
        case lease(LeaseRequest)
        /// The batch has grown by one request.
        case started
    }

    package init(
        rules: SchedulerRules, opening: FrontierOpening, now: Instant,
        random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.rules = rules
        self.random = random
        machine = HealthMachine(rules: rules.health)
        isPaused = opening.isPaused
        timeline = opening.timeline
        // What was in flight at an unclean stop is unknown: every origin waits one full delay. A last request in the
        // future means that the clock was set back: one delay is enough then, too.
        let last = opening.wasUnclean ? now : opening.lastRequestAt.map { min($0, now) }
        earliestStart = last.map { $0 + rules.crawlDelay } ?? now
        for origin in opening.origins { noteWork(origin: origin, dueAt: now, reorders: false, now: now) }
        for (origin, block) in opening.blocks {
            let active = activate(origin)
            active.blockedUntil = block.until
            active.blockLevel = block.level
            wake(origin, at: active.readyAt)
        }
    }

    // MARK: Work comes in

    /// An enqueue, a revive or a commit made work for an origin.
    package mutating func noteWork(
        origin: Int64, dueAt: Instant, priority: Int = 0, reorders: Bool, now: Instant
    ) {
        if let active = origins[origin]?.active {
            active.noteDue(dueAt)
            if reorders { active.disturbances += 1 }
            if reorders || active.leasedCount > 0 && priority > active.lowestPriority { drop(active, now: now) }
            rest(active, now: now)
        } else {
            wake(origin, at: max(dueAt, earliestStart))
        }
    }

    /// Forgets what is leased of an origin and looks again: its rows were changed by hand.
    package mutating func reconsider(origin: Int64, now: Instant) {
        guard let active = origins[origin]?.active else { return wake(origin, at: max(now, earliestStart)) }
        active.disturbances += 1
        drop(active, now: now)
        active.noteDue(now)
        active.noteHealthDue(now)
        rest(active, now: now)
    }

    private mutating func drop(_ active: ActiveOrigin, now: Instant) {
        leasedRows -= active.leasedCount + active.leasedHealthCount
        active.dropLeased(now: now)
    }

    // MARK: What to ask

    /// When `next` has something to say again; nil = only after an event.
    package mutating func nextWake() -> Instant? {
        guard !isPaused, inFlight < rules.maxInFlight else { return nil }
        while let top = heap.min {
            if origins[top.origin]?.turn == top.turn { return top.at }
            heap.removeMin()
        }
        return nil
    }

    /// The next step; nil = nothing may be done before `nextWake`, a result or new work.
    package mutating func next(_ now: Instant, into batch: inout FetchBatch) -> Need? {
        while let at = nextWake(), at <= now, let top = heap.popMin() {
            origins[top.origin]?.turn = 0
            let active = activate(top.origin)
            if let need = serve(active, now, &batch) { return need }
        }
        return nil
    }

    private mutating func serve(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard active.inFlight < rules.perOriginInFlight else { return nil }  // its next answer wakes it
        guard active.readyAt <= now else {
            rest(active, now: now)
            return nil
        }
        let hasOrdinary = active.hasOrdinary(now)
        let hasHealth = active.hasHealth(now)
        if hasHealth, active.isHealthTurn || !hasOrdinary {
            guard let url = active.takeHealth() else { return .lease(request(active, now)) }
            active.isHealthTurn = false
            start(url, of: active, arena: active.healthArena, now, &batch)
            return .started
        }
        if hasOrdinary {
            guard let url = active.takeOrdinary() else { return .lease(request(active, now)) }
            active.isHealthTurn = true
            start(url, of: active, arena: active.arena, now, &batch)
            return .started
        }
        rest(active, now: now)
        return nil
    }

    private mutating func request(_ active: ActiveOrigin, _ now: Instant) -> LeaseRequest {
        let room = rules.perOriginInFlight - active.inFlight
        let isAlone = nextWake().map { $0 > now } ?? true
        var limit = isAlone ? rules.leaseLimit : max(rules.leasePerOrigin, 2 * rules.perOriginInFlight)
        if leasedRows + limit > rules.leasedLimit { limit = room }
        return LeaseRequest(
            origin: active.id, now: now, limit: active.leasedCount == 0 ? limit : 0,
            healthLimit: active.leasedHealthCount == 0 ? rules.leasePerOrigin : 0)
    }

    /// The answer to `.lease`.
    package mutating func leased(_ lease: Lease, for request: LeaseRequest) {
        let active = activate(request.origin)
        active.key = lease.originKey
        if request.limit > 0 {
            active.leased = lease.urls
            active.head = 0
            active.arena = lease.arena
            active.lowestPriority = lease.lowestPriority
            active.nextDue = lease.nextDueAt
        }
        if request.healthLimit > 0 {
            active.leasedHealth = lease.health
            active.healthHead = 0
            active.healthArena = lease.arena
            active.nextHealthDue = lease.nextHealthDueAt
        }
        leasedRows += lease.urls.count + lease.health.count
        rest(active, now: request.now)
    }

    private mutating func start(
        _ url: LeasedURL, of active: ActiveOrigin, arena: [UInt8], _ now: Instant, _ batch: inout FetchBatch
    ) {
        leasedRows -= 1
        active.inFlight += 1
        active.outstanding += 1
        active.nextStart = now + rules.crawlDelay
        inFlight += 1
        lastStartAt = now
        flights[url.id] = Flight(url: url, origin: active, disturbances: active.disturbances)
        batch.append(
            ticket: url.id, originNumber: active.id, origin: active.key,
            path: arena[url.pathOffset..<(url.pathOffset + url.pathLength)],
            isLastOfOrigin: active.leasedCount == 0 && active.leasedHealthCount == 0 && active.nextDue == nil)
        rest(active, now: now)
    }

    /// In flight, or judged and not yet committed: not to be leased again.
    package func isOutstanding(_ id: Int64) -> Bool { flights[id] != nil }

    /// On its way right now, as users see it.
    package func isInFlight(_ id: Int64) -> Bool { flights[id].map { !$0.isJudged } ?? false }

    /// Up to `limit` of what is on its way, by number, from the one after `after` on.
    package func inFlight(after: Int64, limit: Int) -> [Int64] {
        Array(flights.lazy.filter { !$0.value.isJudged && $0.key > after }.map(\.key).sorted().prefix(limit))
    }

    // MARK: What an answer leads to

    /// nil if nothing is known of the ticket.
    package mutating func judge(_ result: FetchResult, _ classification: Classification, now: Instant) -> Verdict? {
        guard var flight = flights[result.ticket], !flight.isJudged else { return nil }
        flight.isJudged = true
        flights[result.ticket] = flight
        let active = flight.origin
        active.inFlight -= 1
        inFlight -= 1
        active.nextStart = max(active.nextStart, min(result.startedAt, now) + rules.crawlDelay)

        var verdict = Verdict(
            id: flight.url.id, generation: flight.url.generation,
            leasedDueAt: flight.url.isHealthTraffic ? nil : flight.url.dueAt, stateBefore: flight.url.state,
            state: .scheduled, outcome: classification.outcome, status: result.status, at: result.completedAt,
            hadHealth: flight.url.health != nil)
        if classification.outcome == .throttled {
            verdict.originBlock = block(active, classification, result)
        } else if let end = active.blockedUntil, end <= now, classification.kind == .good {
            active.blockedUntil = nil
        }

        if classification.kind == .good, flight.url.health == nil {
            settle(&verdict, next: .recrawl, flight.url, classification)  // the hot path: nothing to remember
        } else {
            let observation = Observation(
                classification: classification, startedAt: result.startedAt, completedAt: result.completedAt,
                timeline: timeline)
            let decision = machine.observe(observation, record: flight.url.health?.record, using: &random)
            verdict.health = decision.record.map(HealthBox.init)
            verdict.event = decision.event
            verdict.incident = (decision.record ?? flight.url.health?.record)?.mark?.incident
            settle(&verdict, next: decision.next, flight.url, classification)
        }
        if classification.outcome == .success {
            verdict.content = Verdict.Content(
                digest: result.digest, bytes: result.bodyBytes, etag: result.details?.etag,
                lastModified: result.details?.lastModified)
        }
        rest(active, now: now)
        return verdict
    }

    private func settle(
        _ verdict: inout Verdict, next: HealthMachine.Next, _ url: LeasedURL, _ classification: Classification
    ) {
        let isHealthTraffic = verdict.health.map { $0.record.phase != .healthy } ?? false
        switch next {
        case .recrawl:
            let recrawl = url.recrawl ?? rules.recrawl
            if case .every(let interval) = recrawl { verdict.dueAt = verdict.at + interval }
            verdict.state = verdict.dueAt != nil ? .scheduled : .done
            if classification.outcome == .gone { verdict.state = .gone }
        case .health(let at): verdict.healthDueAt = at
        case .retry(let at): verdict.dueAt = at
        case .afterBlock:
            let end = verdict.originBlock?.until ?? verdict.at
            if isHealthTraffic { verdict.healthDueAt = end } else { verdict.dueAt = end }
        case .never:
            if classification.kind == .refused { verdict.state = .refused }
        }
        if verdict.health?.record.phase == .broken { verdict.state = .brokenOrigin }
    }

    /// The whole origin waits: as the server asked, else 1 min doubling to 24 h. One block per incident: answers to
    /// requests that were under way when the block began only lengthen it, they do not double it.
    private func block(
        _ active: ActiveOrigin, _ classification: Classification, _ result: FetchResult
    ) -> OriginBlock {
        let isUnderWay =
            active.blockedUntil.map { end in
                end > result.completedAt || active.blockedSince.map { result.startedAt <= $0 } ?? false
            } ?? false
        if !isUnderWay { active.blockedSince = result.completedAt }
        let level = isUnderWay ? active.blockLevel : (active.blockedUntil == nil ? 0 : active.blockLevel + 1)
        let wait =
            classification.retryAfter.flatMap { $0 < .seconds(1) ? nil : min($0, rules.maxRetryAfter) }
            ?? Backoff.doubling(from: .seconds(60), step: level, limit: .seconds(24 * 3600))
        active.blockLevel = level
        active.blockedUntil = max(active.blockedUntil ?? result.completedAt, result.completedAt + wait)
        return OriginBlock(until: active.blockedUntil ?? result.completedAt + wait, level: level)
    }

    /// The request was ended by our own stop: nothing is recorded, the URL is as due as before.
    package mutating func abandon(_ ticket: Int64) {
        guard let flight = flights.removeValue(forKey: ticket), !flight.isJudged else { return }
        flight.origin.inFlight -= 1
        flight.origin.outstanding -= 1
        inFlight -= 1
    }

    /// New numbers, in force at once: an origin that waits goes by the new delay from its last request on.
    package mutating func apply(_ new: SchedulerRules, now: Instant) {
        let change = new.crawlDelay - rules.crawlDelay
        rules = new
        for slot in origins.values {
            guard let active = slot.active else { continue }
            active.nextStart = active.nextStart + change
            rest(active, now: now)
        }
    }

    /// The wall clock was set. Windows observed before no longer count, and no origin waits for a moment that a clock
    /// set back has put far away.
    package mutating func clockJumped(now: Instant) {
        timeline += 1
        let soon = now + rules.crawlDelay
        let waitedUntil = earliestStart
        earliestStart = min(earliestStart, soon)
        for (origin, slot) in origins {
            guard let active = slot.active else {
                if slot.at > soon, slot.at <= waitedUntil { wake(origin, at: soon, anew: true) }
                continue
            }
            active.nextStart = min(active.nextStart, soon)
            active.blockedUntil = active.blockedUntil.map { min($0, now + rules.maxRetryAfter) }
            rest(active, now: now)
        }
    }

    /// The verdicts are in the store: their URLs may be leased again.
    package mutating func committed(_ verdicts: [Verdict], now: Instant) {
        for verdict in verdicts {
            guard let flight = flights.removeValue(forKey: verdict.id) else { continue }
            let active = flight.origin
            active.outstanding -= 1
            if let due = verdict.dueAt { active.noteDue(due) }
            if let due = verdict.healthDueAt { active.noteHealthDue(due) }
            if flight.disturbances != active.disturbances {
                active.noteDue(now)
                active.noteHealthDue(now)
            }
            rest(active, now: now)
        }
    }

    /// Origins found to have no due work since the last call.
    package mutating func takeDrained() -> [Int64] {
        defer { drained = [] }
        return drained
    }

    // MARK: Origins

    private mutating func activate(_ origin: Int64) -> ActiveOrigin {
        if let active = origins[origin]?.active { return active }
        let active = ActiveOrigin(id: origin, nextStart: earliestStart)
        active.nextDue = Instant(ms: .min)  // unknown: a lease tells
        active.nextHealthDue = Instant(ms: .min)
        origins[origin, default: Slot()].active = active
        return active
    }

    /// Puts the origin into the heap for its next moment, or lets go of it when there is none.
    private mutating func rest(_ active: ActiveOrigin, now: Instant) {
        let work = active.nextWork(now)
        let isIdle = active.outstanding == 0 && active.leasedCount == 0 && active.leasedHealthCount == 0
        if isIdle, active.readyAt <= now, (work ?? .distantFuture) > now {
            origins[active.id]?.active = nil
            if let work {
                wake(active.id, at: work, anew: true)
            } else {
                origins.removeValue(forKey: active.id)
                drained.append(active.id)
            }
            return
        }
        guard active.inFlight < rules.perOriginInFlight else { return }
        if let work {
            wake(active.id, at: max(work, active.readyAt), anew: true)
        } else if isIdle {
            wake(active.id, at: active.readyAt, anew: true)  // only to be let go of
        }
    }

    /// `anew` replaces the origin's entry; otherwise the earlier of the two counts.
    private mutating func wake(_ origin: Int64, at: Instant, anew: Bool = false) {
        var slot = origins[origin] ?? Slot()
        if slot.turn != 0, slot.at == at || (!anew && slot.at <= at) { return }
        turns += 1
        slot.turn = turns
        slot.at = at
        origins[origin] = slot
        heap.insert(Wake(at: at, turn: turns, origin: origin))
        if heap.count > 2 * origins.count + 1024 { compact() }
    }

    /// Entries that were replaced lie in the heap until their moment comes, which may be a month away.
    private mutating func compact() {
        heap = Heap(
            origins.lazy.filter { $0.value.turn != 0 }.map {
                Wake(at: $0.value.at, turn: $0.value.turn, origin: $0.key)
            })
    }
}
