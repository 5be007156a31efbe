/// Who of an origin in trouble is asked, and what the answers mean for the others.
extension Scheduler {
    /// Why a URL is asked.
    enum Role: Sendable {
        case url
        /// For the whole origin: see `OriginBreaker`.
        case canary
        case scout
    }

    // MARK: Asking

    /// The next request of an origin that is held but for canary and scout: one at a time, each by what the one before
    /// has left in the store.
    mutating func serveLook(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard active.outstanding == 0 else { return nil }  // its commit wakes it
        guard let canary = active.canary else { return lease(request(active, now), for: active) }
        guard let at = active.lookAt, at <= now else {
            rest(active, now: now)
            return nil
        }
        if active.health?.breaker.isScoutTurn ?? false {
            if let scout = active.scout, !suspects.isSuspect(scout.id),
                refusal(of: active.path(of: scout), active) == nil
            {
                start(scout, of: active, path: active.path(of: scout), role: .scout, now, &batch)
                return .started
            }
            active.health?.breaker.isScoutTurn = false  // there is none to ask
            guard let at = active.lookAt, at <= now else {
                rest(active, now: now)
                return nil
            }
        }
        let path = active.path(of: canary)
        if let refusal = refusal(of: path, active) {
            refuse(canary, of: active, refusal, now, role: .canary)
            return nil
        }
        guard mayAsk(canary.id, probeAt: canary.dueAt, now) else {
            hold(active, until: .distantFuture, now)  // its turn ends it
            rest(active, now: now)
            return nil
        }
        start(canary, of: active, path: path, role: .canary, now, &batch)
        return .started
    }

    // MARK: Answers

    /// What an answer means for its URL, and, by way of `verdict.originChange`, for its origin.
    mutating func decide(
        _ url: LeasedURL, _ active: ActiveOrigin, _ observation: Observation, _ role: Role, _ verdict: inout Verdict
    ) -> HealthMachine.Decision {
        guard let before = active.health else {
            // What is known of the origin is read anew since the URL was asked. What the URL shares it goes on to share.
            var unknown = Judgement(health: OriginHealth(), url: url.id, at: observation.completedAt)
            return waiting(url, observation, &unknown)
                ?? machine.observe(observation, record: url.health?.record, using: &random)
        }
        var judgement = Judgement(health: before, url: url.id, at: observation.completedAt)
        let decision =
            switch (role, before.breaker.phase) {
            case (.scout, .broken): recheckByScout(url, active, observation, &judgement, &verdict)
            case (.scout, .suspect): scoutAnswered(url, active, observation, &judgement, &verdict)
            default: urlAnswered(url, active, observation, &judgement)
            }
        if verdict.isOnlyLook { verdict.state = verdict.stateBefore }
        if isGoodPage(observation) { noteGood(url, active, &judgement) }
        if judgement.health.breaker != before.breaker || judgement.event != nil || judgement.canary != nil {
            var change = OriginChange(judgement.health.breaker)
            change.event = judgement.event
            change.canary = judgement.canary
            verdict.originChange = change
            if verdict.rewritesOthers { active.rewriting += 1 }
        }
        adopt(judgement.health, before: before, active, now: observation.completedAt)
        var own = decision
        if judgement.ownEventIsOrigins { own.event = nil }
        return own
    }

    /// What is found out about an origin while an answer is judged.
    private struct Judgement {
        var health: OriginHealth
        var url: Int64
        var at: Instant
        var event: OriginChange.Event?
        var canary: OriginChange.Canary?
        /// The URL's mark is the origin's.
        var ownEventIsOrigins = false
    }

    private mutating func urlAnswered(
        _ url: LeasedURL, _ active: ActiveOrigin, _ observation: Observation, _ judgement: inout Judgement
    ) -> HealthMachine.Decision {
        let record = url.health?.record
        let breaker = judgement.health.breaker
        let isCanary = breaker.isHolding && breaker.canary == url.id
        if isCanary, breaker.phase == .broken, rules.health.kind(of: observation.classification) == .refused {
            replaceBrokenCanary(record, &judgement)
            return HealthMachine.Decision(record: nil, next: .never)
        }
        let decision =
            waiting(url, observation, &judgement)
            ?? machine.observe(observation, record: record, using: &random)
        judgement.health.note(decision.record, before: record, of: url.id)
        // What a rule refuses is asked no more: its run stands for nobody, and no plain request will settle it.
        if rules.health.kind(of: observation.classification) == .refused {
            judgement.health.runs[url.id] = nil
            judgement.health.heldBack[url.id] = nil
        }
        switch breaker.phase {
        case .shut:
            // What fails under a guard is not the origin's doing.
            guard observation.cover.mayMark,
                decision.record.map({ $0.isOpen || $0.mayOpen }) ?? false || decision.event == .marked
            else { break }
            let goodAt = [active.lastGoodAt, breaker.lastGoodAt].compactMap { $0 }.max()
            if let canary = breaker.canary(
                for: judgement.health.runs, heldBack: judgement.health.heldBack,
                marked: judgement.health.incidents, threshold: rules.health.originTrip,
                lastGoodAt: goodAt, now: judgement.at)
            {
                judgement.health.breaker.trip(canary: canary, scout: active.lastGood)
            }
        case .suspect:
            if isGoodPage(observation) {
                judgement.health.breaker.shut(at: judgement.at)
            } else if isCanary {
                canaryAnswered(decision, record, observation, &judgement)
            }
        case .broken:
            if isCanary { recheckByCanary(decision, record, observation, &judgement) }
        case .parked: break  // nobody was asked
        }
        return decision
    }

    /// A URL that may not be asked for itself now; nil = it is judged by its own run.
    private mutating func waiting(
        _ url: LeasedURL, _ observation: Observation, _ judgement: inout Judgement
    ) -> HealthMachine.Decision? {
        var record = url.health?.record ?? HealthRecord(streakSince: judgement.at)
        let kind = rules.health.kind(of: observation.classification)
        // An answer that is held back takes no slot, and joins nothing: the next one does, or takes all of it back.
        guard !observation.isConditional, !record.isOpen, record.phase != .broken, kind != .good, kind != .refused
        else { return nil }
        let isWaiting = record.phase == .waiting || record.phase == .partial
        if isWaiting, observation.isUnasked { return machine.unasked(observation, record) }
        guard kind == .failing || isWaiting && (kind == .neutral || record.phase == .partial) else { return nil }
        record.settleHeldBack(by: observation, kind)
        record.requests += observation.requests
        if kind == .neutral {
            if case .throttled = observation.classification.outcome {
                return HealthMachine.Decision(record: record, next: .afterBlock)
            }
            let wait = Backoff.doubling(
                from: HealthMachine.retryFirst, step: record.neutralTries, limit: HealthMachine.inconclusiveLimit)
            record.neutralTries = min(record.neutralTries + 1, 40)
            return HealthMachine.Decision(record: record, next: .health(judgement.at + jittered(wait)))
        }
        record.neutralTries = 0
        let next = HealthMachine.Next.health(
            judgement.at + max(jittered(HealthRules.waitingTry), observation.wish ?? .zero))
        if record.phase == .partial { return HealthMachine.Decision(record: record, next: next) }
        let outcome = observation.classification.outcome
        var random = random
        let wait = judgement.health.wait(outcome, mayPass: url.hasTurn, rules: rules.health) {
            ULID(at: observation.completedAt, using: &random)
        }
        self.random = random
        switch wait {
        case nil: return nil
        // Nothing is marked while a guard is over the origin, and nothing joins a mark: it is asked again later.
        case .partial where !observation.cover.mayMark:
            record.phase = .waiting
            record.run = nil
            record.neutralTries = 1
            let later = max(jittered(HealthMachine.inconclusiveLimit), observation.wish ?? .zero)
            return HealthMachine.Decision(record: record, next: .health(judgement.at + later))
        case .slot:
            record.phase = .waiting
            record.run = nil
        case .partial(let incident, let isNew):
            record.phase = .partial
            record.run = nil
            record.sharedIncident = incident
            judgement.health.partials[outcome] = incident
            if isNew {
                judgement.event = .partial(incident, url: url.id, run: machine.newWindow(observation, burstAttempts: 0))
            }
        }
        return HealthMachine.Decision(record: record, next: next)
    }

    private mutating func jittered(_ wait: Duration) -> Duration {
        Backoff.jittered(wait, share: rules.health.jitter, using: &random)
    }

    // MARK: Suspect

    private func canaryAnswered(
        _ decision: HealthMachine.Decision, _ before: HealthRecord?, _ observation: Observation,
        _ judgement: inout Judgement
    ) {
        if decision.event == .marked, let incident = decision.record?.mark?.incident {
            judgement.health.breaker.mark(incident)
            judgement.event = .opened(incident, url: judgement.url)
            judgement.ownEventIsOrigins = true
            // It is the origin's mark: the origin's URLs may still have theirs.
            judgement.health.marked[judgement.url] = nil
        } else if let record = decision.record, record.isOpen,
            rules.health.kind(of: observation.classification) != .refused
        {
            if record.phase == .pending, rules.health.kind(of: observation.classification) == .failing {
                judgement.health.breaker.isScoutTurn = true
            }
        } else if let next = judgement.health.oldestRun(but: judgement.url) {
            judgement.health.breaker.canary = next
            judgement.health.runs[judgement.url] = nil
            if judgement.health.breaker.scout == next { judgement.health.breaker.scout = nil }
            let isUnfetchable = rules.health.kind(of: observation.classification) == .refused
            judgement.canary = .successor(next, isUnfetchable ? before.map(HealthBox.init) : nil)
        } else {
            judgement.health.runs[judgement.url] = nil
            judgement.health.breaker.shut(at: judgement.at)
            judgement.health.breaker.noTripBefore = nil
        }
    }

    private mutating func scoutAnswered(
        _ url: LeasedURL, _ active: ActiveOrigin, _ observation: Observation, _ judgement: inout Judgement,
        _ verdict: inout Verdict
    ) -> HealthMachine.Decision {
        judgement.health.breaker.isScoutTurn = active.isBeforeProbe(judgement.at)
        guard rules.health.kind(of: observation.classification) == .good else {
            judgement.health.breaker.scout = nil  // the store knows a better one
            let sought = judgement.health.runs[judgement.health.breaker.canary]?.outcome
            judgement.health.breaker.looks.note(
                observation.classification, requests: observation.requests,
                isAlike: observation.classification.outcome == sought)
            return lookFailed(url, observation, &verdict)
        }
        let decision = machine.observe(observation, record: url.health?.record, using: &random)
        judgement.health.note(decision.record, before: url.health?.record, of: url.id)
        judgement.health.breaker.shut(at: judgement.at)
        return decision
    }

    /// A scout that is not good is asked for the others' sake and no observation of its own, but one: an incident of its
    /// own that was to be confirmed is not over.
    private mutating func lookFailed(
        _ url: LeasedURL, _ observation: Observation, _ verdict: inout Verdict
    ) -> HealthMachine.Decision {
        let record = url.health?.record
        switch rules.health.kind(of: observation.classification) {
        case .failing, .wavering:
            guard let record, record.phase == .broken, let good = record.mark?.good, good > 0 else { break }
            return machine.observe(observation, record: record, using: &random)
        case .good, .neutral, .refused: break
        }
        verdict.isOnlyLook = true
        return HealthMachine.Decision(record: record, next: .never)
    }

    // MARK: Broken

    private func recheckByCanary(
        _ decision: HealthMachine.Decision, _ before: HealthRecord?, _ observation: Observation,
        _ judgement: inout Judgement
    ) {
        if decision.event == .resolved {
            judgement.health.breaker.release(at: judgement.at)
            return
        }
        switch rules.health.kind(of: observation.classification) {
        case .good:
            judgement.health.breaker.isScoutTurn = true
            judgement.health.breaker.wasScoutGood = false
        case .failing, .wavering:
            let wasConfirming = (before?.mark?.good ?? 0) > 0
            if wasConfirming, judgement.health.breaker.wasScoutGood, let incident = before?.mark?.incident {
                judgement.health.breaker.release(at: judgement.at)
                judgement.event = .narrowed(incident, url: judgement.url)
                return
            }
            judgement.health.breaker.isScoutTurn = true
            judgement.health.breaker.wasScoutGood = false
        case .neutral, .refused: break
        }
    }

    /// A rule of ours keeps the canary from being asked: the next oldest run stands for the origin; without one nobody can
    /// say that it is broken.
    private func replaceBrokenCanary(_ record: HealthRecord?, _ judgement: inout Judgement) {
        if let next = judgement.health.oldestRun(but: judgement.url) {
            judgement.health.breaker.canary = next
            if judgement.health.breaker.scout == next { judgement.health.breaker.scout = nil }
            judgement.canary = .successor(next, record.map(HealthBox.init))
        } else {
            if let incident = record?.mark?.incident { judgement.event = .closed(incident, .withdrawn) }
            judgement.health.breaker.release(at: judgement.at)
        }
    }

    /// The scout's answer counts in the canary's record, which carries the incident.
    private mutating func recheckByScout(
        _ url: LeasedURL, _ active: ActiveOrigin, _ observation: Observation, _ judgement: inout Judgement,
        _ verdict: inout Verdict
    ) -> HealthMachine.Decision {
        let isGood = rules.health.kind(of: observation.classification) == .good
        guard let canary = active.canary, let record = canary.health?.record else {
            judgement.health.breaker.isScoutTurn = false
            verdict.isOnlyLook = !isGood
            return HealthMachine.Decision(record: isGood ? nil : url.health?.record, next: isGood ? .recrawl : .never)
        }
        let ofCanary = machine.observe(observation, record: record, using: &random)
        switch ofCanary.next {
        case .health(let at): judgement.canary = .record(canary.id, ofCanary.record.map(HealthBox.init), dueAt: at)
        case .afterBlock:
            let end = verdict.originBlock?.until ?? judgement.at + HealthMachine.retryFirst
            judgement.canary = .record(canary.id, ofCanary.record.map(HealthBox.init), dueAt: end)
        case .never: judgement.canary = .record(canary.id, ofCanary.record.map(HealthBox.init), dueAt: nil)
        // Only that it was switched to the control profile is left of it, if anything.
        case .recrawl, .retry:
            judgement.canary = .recovered(canary.id, ofCanary.record.map(HealthBox.init), dueAt: judgement.at)
        }
        if rules.health.kind(of: observation.classification) != .neutral {
            judgement.health.breaker.isScoutTurn = false
        }
        guard isGood else {
            judgement.health.breaker.wasScoutGood = false
            if rules.health.kind(of: observation.classification) == .refused {
                return HealthMachine.Decision(record: url.health?.record, next: .never)
            }
            return lookFailed(url, observation, &verdict)
        }
        judgement.health.breaker.wasScoutGood = true
        if ofCanary.event == .resolved, let incident = record.mark?.incident {
            judgement.health.breaker.release(at: judgement.at)
            judgement.event = .closed(incident, .recovered)
        }
        let own = machine.observe(observation, record: url.health?.record, using: &random)
        judgement.health.note(own.record, before: url.health?.record, of: url.id)
        return own
    }

    // MARK: What is remembered

    private func noteGood(_ url: LeasedURL, _ active: ActiveOrigin, _ judgement: inout Judgement) {
        if url.health?.record.softBlock?.isSwitched != true { judgement.health.breaker.switchedURL = nil }
        active.lastGood = url.id
        active.lastGoodAt = max(active.lastGoodAt ?? judgement.at, judgement.at)
        // What it was held against is over.
        if !judgement.health.hasTrouble { judgement.health.breaker.lastGoodAt = nil }
        // Only a good answer that failing URLs have to be held against is worth a row; of a broken origin there are few.
        let isMet = judgement.health.unmetSince.map { judgement.at < $0 } ?? true
        guard !isMet || judgement.health.breaker.phase == .broken else { return }
        judgement.health.breaker.lastGoodAt = judgement.at
    }

    mutating func adopt(_ health: OriginHealth, before: OriginHealth, _ active: ActiveOrigin, now: Instant) {
        active.health = health
        let wasHolding = before.breaker.isHolding
        if health.breaker.isHolding || wasHolding { active.canary = nil }  // what is leased of it is of before
        if health.breaker.isHolding, !wasHolding {
            drop(active, now: now)
            active.scoutAt = now
        } else if wasHolding, !health.breaker.isHolding {
            active.noteDue(now)
            active.noteHealthDue(now)
        } else if health.hasWaiting, health.runs.count < before.runs.count {
            active.noteHealthDue(now)
        }
        if wasHolding { active.scoutAt = nil }
    }
}
