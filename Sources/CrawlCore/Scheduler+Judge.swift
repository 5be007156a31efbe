extension Scheduler {
    /// What an answer leads to; nil if nothing is known of the ticket. `redirect` is where a 3xx points.
    package mutating func judge(
        _ result: FetchResult, _ classification: Classification, redirect: Result<Redirect, Redirect.Problem>? = nil,
        now: Instant
    ) -> Verdict? {
        guard let flight = flights[result.ticket], !flight.isJudged else {
            localLimit.ended(result.ticket)
            return nil
        }
        flight.isJudged = true
        askedAgain.end(result.ticket)
        let active = flight.origin
        if flight.isUnsent { active.unsent -= 1 }
        flight.isUnsent = false
        let found = classification.at(flight.sentTo, result)
        let block = ended(result, found, at: active, place: flight.place, now: now)
        noteAddresses(result, flight.sentTo, active, now: now)
        let classification = settled(found, at: result.completedAt, active)
        if classification.kind == .good { outlived(result.ticket, classification, flight, now) }
        let cover = guarded(
            result, classification, at: active, failingSince: flight.url.health?.record.failingSince, now: now)
        if flight.isControl {
            defer { rest(active, now: now) }
            return controlVerdict(on: flight.url, of: active, result, classification, block: block)
        }
        if let second = flight.asking?.second, result.metLocalLimit {
            let verdict = unasked(second, flight.url, result, now: now)
            rest(active, now: now)
            return verdict
        }
        if let second = flight.asking?.second, classification.kind != .good || classification.outcome == .redirected {
            var verdict = unanswered(second, flight.url, result, block: block)
            verdict.sitemap = sitemaps.fate(of: verdict)
            verdict.received = received(result, verdict.outcome, of: flight.url)
            rest(active, now: now)
            return verdict
        }
        var verdict = verdict(
            on: flight.url, of: active, flight.role, result, classification, block: block, cover,
            askedAs: flight.asking?.askedAs)
        if case .success(let lead) = redirect {
            verdict.redirect = lead
            verdict.targetDueAt = wish(classification).map { result.completedAt + $0 }
        } else if case .failure(let problem) = redirect {
            verdict.redirectProblem = problem
        }
        if let refusal = Refusal(result) { verdict.refusal = refusal }
        let isAskedAgain = verdict.redirect.map { noteRedirect($0, &verdict, flight, result, now: now) } ?? false
        if !isAskedAgain, !result.metLocalLimit, sitemaps.contains(verdict.id) {
            verdict.sitemap = sitemaps.fate(of: verdict, contentType: result.details?.contentType) ?? verdict.sitemap
        }
        // What found no socket counts as if it had not been asked.
        verdict.wasAsked = result.requests > 0 || result.isUnresolved && !result.metLocalLimit
        verdict.isLookUpOnly = result.isUnresolved
        verdict.received = received(result, verdict.outcome, of: flight.url)
        keep(result, classification, cover, verdict, isAskedAgain: isAskedAgain)
        rest(active, now: now)
        return verdict
    }

    /// The request is over: its place is free, and the gap to the next one counts from the moment it was really sent.
    @discardableResult
    mutating func ended(
        _ result: FetchResult, _ classification: Classification? = nil, at active: ActiveOrigin, place: AddressPlace,
        now: Instant
    ) -> OriginBlock? {
        active.inFlight -= 1
        inFlight -= 1
        suspects.end(result.ticket)
        guard !result.isUnresolved else {
            if result.metLocalLimit { localLimit.failed(result.ticket, errno: result.osErrno, now: now) }
            localLimit.ended(result.ticket)
            return nil
        }
        noteSockets(result, of: active, now: now)
        noteSent(at: min(result.sentAt, now), active)
        noteRoute(result, classification, active)
        noteCost(result, classification?.kind, of: active, now)
        if let seen = result.remoteAddress {
            active.address = AddressKey(seen)
            active.remoteAddress = seen
            if result.flags.contains(.edge) { addresses.widen(AddressKey(seen)) }
        }
        // After the block, so that the origin is not offered a place that it cannot use.
        defer { end(at: place, now: now) }
        guard let classification, classification.outcome == .throttled else {
            return calmed(active, by: classification, result)
        }
        return block(active, classification, result)
    }

    /// An edge kept us from the origin by a code of its own, and now something else came: the next time is a first one.
    /// What it asked us to wait stands.
    private func calmed(
        _ active: ActiveOrigin, by classification: Classification?, _ result: FetchResult
    ) -> OriginBlock? {
        guard active.block?.block.edge != nil, let classification, classification.outcome != .inconclusive,
            classification.kind != .refused
        else { return nil }
        active.block?.block.edge = nil
        return active.block?.block
    }

    /// By a code of the edge's that was all the origin's answer for a day the URL is not throttled any more, but blocked.
    private func settled(_ classification: Classification, at: Instant, _ active: ActiveOrigin) -> Classification {
        guard let code = classification.throttle, let edge = active.block?.block.edge, edge.code == code,
            edge.isLasting(at)
        else { return classification }
        var settled = classification
        settled.outcome = .blocked
        settled.byEdge = true
        return settled
    }

    /// What the server asked us to wait before the next attempt, of a redirect before the first of its target; nil =
    /// nothing, or it asked it of us for all of the origin.
    func wish(_ classification: Classification) -> Duration? {
        guard classification.outcome != .throttled else { return nil }
        return classification.retryAfter.map { min($0, rules.maxRetryAfter) }
    }

    mutating func verdict(
        on url: LeasedURL, of active: ActiveOrigin, _ role: Role, _ result: FetchResult,
        _ classification: Classification, block: OriginBlock?, _ cover: GuardCover, askedAs: String? = nil
    ) -> Verdict {
        var verdict = Verdict(
            id: url.id, generation: url.generation, leasedDueAt: url.isHealthTraffic || !url.isDue ? nil : url.dueAt,
            stateBefore: url.state, state: .scheduled, outcome: classification.outcome, status: result.status,
            at: result.completedAt, hadHealth: url.health != nil)
        verdict.originBlock = block
        if result.requests > 1 { verdict.repeats = result.requests - 1 }
        verdict.content = newContent(result, classification, of: url, askedAs: askedAs)
        if classification.kind == .good, url.health == nil, active.isUntroubled, !classification.isPreconditionFailed {
            active.lastGood = url.id
            active.lastGoodAt = max(active.lastGoodAt ?? result.completedAt, result.completedAt)
            settle(&verdict, next: .recrawl, url, classification)  // the hot path: nothing to remember
            return verdict
        }
        var observation = Observation(
            classification: classification, startedAt: result.startedAt, completedAt: result.completedAt,
            timeline: timeline, cover: cover)
        observation.requests = result.requests
        observation.isUnasked = result.metLocalLimit
        observation.wish = wish(classification)
        observation.isConditional = result.isConditional
        verdict.evidence = classification.evidence
        if role == .scout { verdict.askedFor = active.health?.breaker.incident }
        var url = url
        if url.health != nil {
            let kind = rules.health.kind(of: classification)
            url.health = met(url, active, by: kind, at: result.completedAt).map(HealthBox.init)
        }
        var decision =
            parked(url, classification, requests: result.requests)
            ?? decide(url, active, observation, role, &verdict)
        let isPartial = decision.record?.phase == .partial || url.health?.record.phase == .partial
        if decision.event == .marked || verdict.originChange?.event != nil || isPartial {
            verdict.savedRate = SavedRate(probes: rules.health, delay: delay(of: active))
        }
        if verdict.isOnlyLook { return verdict }
        noteSoftBlock(url, active, role, result, classification, &decision, &verdict)
        verdict.health = decision.record.map(HealthBox.init)
        verdict.event = decision.event
        verdict.incident = (decision.record ?? url.health?.record)?.mark?.incident
        settle(&verdict, next: decision.next, url, classification)
        return verdict
    }

    private func settle(
        _ verdict: inout Verdict, next: HealthMachine.Next, _ url: LeasedURL, _ classification: Classification
    ) {
        let isHealthTraffic = verdict.health.map { $0.record.phase != .healthy } ?? false
        switch next {
        case .recrawl:
            settleRecrawl(&verdict, url)
            if let due = verdict.dueAt, classification.outcome != .redirected, let wish = wish(classification) {
                verdict.dueAt = max(due, verdict.at + wish)
            }
        case .health(let at): verdict.healthDueAt = at
        case .retry(let at): verdict.dueAt = at
        case .afterBlock:
            let end = verdict.originBlock?.until ?? verdict.at
            if isHealthTraffic { verdict.healthDueAt = end } else { verdict.dueAt = end }
        case .never:
            if classification.kind == .refused { verdict.state = .refused }
        }
        switch verdict.health?.record.phase {
        case .broken?: verdict.state = .brokenOrigin
        case .waiting?, .partial?: verdict.state = .held
        case .softBlocked? where verdict.state != .refused: verdict.state = .softBlocked
        default: break
        }
    }

    /// The whole origin waits, see `OriginBlock.after`.
    private mutating func block(
        _ active: ActiveOrigin, _ classification: Classification, _ result: FetchResult
    ) -> OriginBlock {
        let before = active.block
        let block = OriginBlock.after(
            before?.block, since: before?.since, startedAt: result.startedAt, completedAt: result.completedAt,
            retryAfter: classification.retryAfter, code: classification.throttle,
            maxRetryAfter: rules.maxRetryAfter, jitter: rules.jitter, using: &random)
        let isUnderWay = before.map { $0.block.until > result.completedAt } ?? false
        setBlock(
            active, ActiveOrigin.Block(block, since: isUnderWay ? before?.since : result.completedAt),
            result.completedAt)
        return block
    }

    /// A rule refuses the URL: no request is sent, the store is told.
    mutating func refuse(
        _ url: LeasedURL, of active: ActiveOrigin, _ refusal: Refusal, _ now: Instant, role: Role = .url
    ) {
        flights[url.id] = Flight(url, of: active, role: role, isJudged: true)
        askedAgain.end(url.id)
        quarantine.settle(url.id, of: active.id, .refused, now)
        active.outstanding += 1
        active.hasRefused = true
        active.refusedInARow += 1
        noteRecheck(active)
        let result = FetchResult(ticket: url.id, startedAt: now, completedAt: now)
        var verdict = verdict(
            on: url, of: active, role, result, Classification(.refusedByPolicy), block: nil, GuardCover())
        verdict.refusal = refusal
        verdict.wasAsked = false
        verdict.sitemap = sitemaps.fate(of: verdict)
        keep(result, Classification(.refusedByPolicy), GuardCover(), verdict, isAskedAgain: false)
        refused.append(verdict)
    }

    /// Verdicts on URLs that a rule refused unasked, since the last call; they are committed like others.
    package mutating func takeRefused() -> [Verdict] {
        defer { refused = [] }
        return refused
    }

    /// The request was ended by our own stop: nothing is recorded, the URL is as due as before.
    package mutating func abandon(_ ticket: Int64) {
        suspects.end(ticket)
        localLimit.ended(ticket)
        if URLKey.isRobots(ticket) {
            guard let flight = robotsFlights.removeValue(forKey: URLKey.origin(of: ticket)) else { return }
            guard let active = flight.asked else { return }
            if flight.isUnsent { active.unsent -= 1 }
            active.inFlight -= 1
            active.outstanding -= 1
            inFlight -= 1
            addresses.end(at: flight.place)
            return
        }
        guard let flight = flights[ticket], !flight.isJudged else { return }
        flights[ticket] = nil
        if flight.isUnsent { flight.origin.unsent -= 1 }
        flight.origin.inFlight -= 1
        flight.origin.outstanding -= 1
        inFlight -= 1
        addresses.end(at: flight.place)
    }

    /// Nothing that is in flight will be answered any more.
    package mutating func abandonAll() {
        for (ticket, flight) in flights where !flight.isJudged { abandon(ticket) }
        for (origin, flight) in robotsFlights where flight.asked != nil { abandon(URLKey.robots(of: origin)) }
    }

    /// The verdicts are in the store: their URLs may be leased again. But for those in `again`, of which nothing was
    /// written: what comes of those now is to be committed next.
    @discardableResult
    package mutating func committed(
        _ verdicts: [Verdict], again: [CompletionCommit.Again] = [], now: Instant
    ) -> [Verdict] {
        let open = Set(again.map(\.id))
        for verdict in verdicts where !open.contains(verdict.id) {
            guard let flight = flights.removeValue(forKey: verdict.id) else { continue }
            let active = flight.origin
            active.outstanding -= 1
            if verdict.rewritesOthers { active.rewriting -= 1 }
            if let turn = seconds.turn(of: verdict.id, now) { active.queueSecond(verdict.id, from: turn, now) }
            if let due = verdict.dueAt { active.noteDue(due) }
            if let due = verdict.healthDueAt { active.noteHealthDue(due) }
            if verdict.changesOrigin(before: flight.url.health?.record) {
                active.voidLease()
                active.health = nil  // what is stored is more than what was judged
                active.canary = nil
                active.noteDue(now)
                active.noteHealthDue(now)
            }
            if flight.disturbances != active.disturbances {
                active.noteDue(now)
                active.noteHealthDue(now)
            }
            rest(active, now: now)
        }
        return again.isEmpty ? [] : judgeAgain(again, verdicts, now: now)
    }

    /// What the store has to keep of the day's budget.
    package mutating func takeSpent() -> BudgetSpent { budget.takeChanges() }
}
