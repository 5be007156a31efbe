/// Proofs that a URL turns away our request and no other: who asks, and what the answers mean. Their requests are health
/// traffic of the URL like its probes.
extension Scheduler {
    /// Whose dress the request wears; nil = our own.
    func profile(of url: LeasedURL, _ active: ActiveOrigin) -> (number: UInt16, isForProof: Bool)? {
        guard let control = rules.softBlock.control.map(UInt16.init(clamping:)) else { return nil }
        if isSwitched(active) { return (control, false) }
        guard let softBlock = url.health?.record.softBlock else { return nil }
        if case .proof(let proof) = softBlock, proof.step == .control, mayProve(url.id, active) {
            return (control, true)
        }
        return softBlock.isSwitched ? (control, false) : nil
    }

    /// The control profile asks for all of the origin, robots.txt too.
    func isSwitched(_ active: ActiveOrigin) -> Bool {
        rules.softBlock.control != nil && active.health?.breaker.switchedAt != nil
    }

    /// robots.txt fails for us after its burst: the control profile asks for it once a run. What it is served are the
    /// site's rules, for us too; whether the pages turn us away is found out with them.
    func wantsControl(_ known: OriginRobots?, _ active: ActiveOrigin) -> Bool {
        guard rules.softBlock.control != nil, !isSwitched(active), let health = known?.health,
            health.phase == .pending, let run = health.run, run.outcome.cause != nil, isUnguarded(active)
        else { return false }
        return health.softBlock != .unproven(run.outcome)
    }

    /// Whose dress the request for a robots.txt wears; nil = our own. Redirects are followed in the same.
    func profile(ofRobots errand: RobotsErrand, at active: ActiveOrigin) -> (number: UInt16, isControl: Bool)? {
        guard let control = rules.softBlock.control.map(UInt16.init(clamping:)) else { return nil }
        let flight = robotsFlights[errand.origin]
        let isControl =
            errand.hops > 0
            ? flight?.isControl ?? false : errand.origin == active.id && wantsControl(flight?.known, active)
        return isControl || isSwitched(active) ? (control, isControl) : nil
    }

    /// The origin is in no trouble that would explain the URL's; the canary of a suspect one finds that out for all.
    private func mayProve(_ id: Int64, _ active: ActiveOrigin) -> Bool {
        guard rules.softBlock.control != nil, let breaker = active.health?.breaker, breaker.switchedAt == nil,
            !breaker.isHolding || breaker.phase == .suspect && breaker.canary == id
        else { return false }
        return isUnguarded(active)
    }

    private func isUnguarded(_ active: ActiveOrigin) -> Bool {
        !guards.isOffline && (!guards.hasStorm || guards.storm(over: domain(of: active)) == nil)
    }

    private func answer(_ result: FetchResult, _ classification: Classification, isControl: Bool)
        -> SoftBlockProof.Answer
    {
        SoftBlockProof.Answer(
            isControl: isControl, outcome: classification.outcome, kind: rules.health.kind(of: classification),
            address: result.remoteAddress, proxy: result.route.proxy, at: result.completedAt)
    }

    // MARK: Control

    /// The control request was answered: no answer to us, so it ends no run and counts in none.
    mutating func controlVerdict(
        on url: LeasedURL, of active: ActiveOrigin, _ result: FetchResult, _ classification: Classification,
        block: OriginBlock?
    ) -> Verdict {
        var verdict = Verdict(
            id: url.id, generation: url.generation, leasedDueAt: url.isHealthTraffic || !url.isDue ? nil : url.dueAt,
            stateBefore: url.state, state: .scheduled, outcome: classification.outcome, status: result.status,
            at: result.completedAt, hadHealth: url.health != nil)
        verdict.isControl = true
        if result.requests > 1 { verdict.repeats = result.requests - 1 }
        verdict.originBlock = block
        if active.isHolding { active.canary = nil }  // what is leased of it is of before
        guard var record = url.health?.record, case .proof(var proof)? = record.softBlock else { return verdict }
        record.requests += result.requests
        let answer = answer(result, classification, isControl: true)
        if classification.outcome == .inconclusive, proof.isInTime(answer), mayProve(url.id, active) {
            verdict.health = HealthBox(record)  // our own network: asked again
            let wait = result.metLocalLimit ? Self.afterLocalLimit : HealthMachine.retryFirst
            verdict.healthDueAt = result.completedAt + wait
            return verdict
        }
        let finding = mayProve(url.id, active) ? proof.note(answer) : .nothing
        record.softBlock = finding == .goesOn ? .proof(proof) : .unproven(proof.outcome)
        verdict.health = HealthBox(record)
        verdict.healthDueAt = result.completedAt
        if finding != .goesOn, let run = record.run {
            verdict.healthDueAt = machine.nextProbe(run, at: result.completedAt, using: &random)
        }
        return verdict
    }

    // MARK: Ours

    /// What our own answer, judged already, means for a proof and for what was proved.
    mutating func noteSoftBlock(
        _ url: LeasedURL, _ active: ActiveOrigin, _ role: Role, _ result: FetchResult,
        _ classification: Classification, _ decision: inout HealthMachine.Decision, _ verdict: inout Verdict
    ) {
        let before = url.health?.record.softBlock
        if decision.record?.phase == .broken, decision.record?.softBlock?.incident != nil {
            // Whoever asks, it fails for an hour: that is what is told from now on.
            decision.record?.softBlock = .switched
            if let incident = before?.incident { verdict.softBlock = .closed(incident, .withdrawn) }
        } else if let incident = before?.incident, decision.record?.softBlock?.incident == nil {
            verdict.softBlock = .closed(incident, .recovered)
        }
        guard role != .scout, let record = decision.record, !record.isHeldBack, let run = record.run else { return }
        let answer = answer(result, classification, isControl: false)
        switch record.softBlock {
        case .proof where role == .url && active.isHolding && mayProve(url.id, active):
            // With this answer it stands for its origin: scouts are asked first, and the proof is made for all.
            decision.record?.softBlock = SoftBlockProof(first: answer).map(SoftBlock.proof) ?? .unproven(answer.outcome)
            decision.next = .health(result.completedAt)
        case .proof where answer.kind == .neutral: break  // the same again, while there is time
        case .proof(var proof):
            let finding = mayProve(url.id, active) ? proof.note(answer) : .nothing
            decision.record?.softBlock = .unproven(proof.outcome)
            if finding == .blocked, record.phase == .pending {
                block(url, active, role, at: result.completedAt, &decision, &verdict)
            }
        case .unproven(let outcome) where outcome == run.outcome: break
        case nil, .unproven:
            guard record.phase == .pending, run.outcome == answer.outcome, mayProve(url.id, active),
                let proof = SoftBlockProof(first: answer)
            else { return }
            // Who asks to be left alone is, by the control profile too; for longer than a proof may take, it has to wait.
            let wish = wish(classification) ?? .zero
            guard wish * 2 <= SoftBlockProof.limit else { return }
            decision.record?.softBlock = .proof(proof)
            decision.next = .health(result.completedAt + wish)
        case .blocked, .switched: break
        }
    }

    private mutating func block(
        _ url: LeasedURL, _ active: ActiveOrigin, _ role: Role, at: Instant,
        _ decision: inout HealthMachine.Decision, _ verdict: inout Verdict
    ) {
        guard let health = active.health else { return }
        let switches = rules.softBlock.switches
        let incident = ULID(at: at, using: &random)
        let before = decision.record
        decision.record?.phase = .softBlocked
        decision.record?.softBlock = .blocked(incident, isSwitched: switches)
        decision.next = switches ? .health(at) : .never
        var after = health
        after.note(decision.record, before: before, of: url.id)  // its slot is free
        if isWhole(health.breaker, role, of: url.id) {
            if switches { after.breaker.switchOver(at: at) } else { after.breaker.park(canary: url.id, incident) }
            change(&verdict, active, after.breaker, .softBlocked(incident, url: url.id))
        } else {
            verdict.softBlock = .opened(incident)
            if switches {
                after.breaker.switchedURL = url.id
                change(&verdict, active, after.breaker, nil)
            }
        }
        adopt(after, before: health, active, now: at)
        active.noteHealthDue(at)
        if !switches, active.lastGood == url.id { active.lastGood = nil }
    }

    /// Not only the URL turns us away: it stands for a suspect origin, or is the second to be switched, with none good for
    /// us between. To have asked all of an origin in another dress does no harm; to park it takes scouts.
    private func isWhole(_ breaker: OriginBreaker, _ role: Role, of id: Int64) -> Bool {
        if role == .canary { return breaker.phase == .suspect }
        return rules.softBlock.switches && breaker.switchedURL.map { $0 != id } ?? false
    }

    private func change(
        _ verdict: inout Verdict, _ active: ActiveOrigin, _ breaker: OriginBreaker, _ event: OriginChange.Event?
    ) {
        let rewrote = verdict.rewritesOthers
        var change = verdict.originChange ?? OriginChange(breaker)
        change.breaker = breaker
        if let event { change.event = event }
        verdict.originChange = change
        if verdict.rewritesOthers, !rewrote { active.rewriting += 1 }
    }

    /// The record of a URL whose origin was switched since its run began: what the control profile meets is another run.
    func met(_ url: LeasedURL, _ active: ActiveOrigin, by kind: OutcomeKind, at: Instant) -> HealthRecord? {
        guard var record = url.health?.record else { return nil }
        if record.softBlock != nil { record = record.met(by: kind, at: at) }
        if isSwitched(active), let since = active.health?.breaker.switchedAt, record.isOpen || record.mayOpen,
            record.run.map({ $0.since <= since }) ?? false, kind == .failing || kind == .wavering
        {
            record.beginAnew()
        }
        return record
    }

    /// A parked URL that was asked all the same, as a scout may be: only a good answer counts.
    func parked(_ url: LeasedURL, _ classification: Classification, requests: Int) -> HealthMachine.Decision? {
        guard var record = url.health?.record, record.softBlock?.isParked ?? false,
            rules.health.kind(of: classification) != .good
        else { return nil }
        record.requests += requests
        return HealthMachine.Decision(record: record, next: .never)
    }
}
