/// Proofs that a URL turns away our request and no other: who asks, and what the answers mean. Their requests are health
/// traffic of the URL like its probes.
extension Scheduler {
    /// Whose dress the request wears; nil = our own.
    func profile(of record: HealthRecord?, _ active: ActiveOrigin) -> UInt16? {
        guard let control = rules.softBlock.control, let softBlock = record?.softBlock else { return nil }
        if case .proof(let proof) = softBlock, proof.step == .control, mayProve(active) {
            return UInt16(clamping: control)
        }
        return softBlock.isSwitched ? UInt16(clamping: control) : nil
    }

    /// The origin is in no trouble that would explain the URL's.
    private func mayProve(_ active: ActiveOrigin) -> Bool {
        guard rules.softBlock.control != nil, let health = active.health, !health.breaker.isHolding,
            !guards.isOffline
        else { return false }
        return !guards.hasStorm || guards.storm(over: domain(of: active)) == nil
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
        verdict.originBlock = block
        guard var record = url.health?.record, case .proof(var proof)? = record.softBlock else { return verdict }
        record.requests += result.requests
        let finding = mayProve(active) ? proof.note(answer(result, classification, isControl: true)) : .nothing
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
        guard role == .url, let record = decision.record, let run = record.run else { return }
        let answer = answer(result, classification, isControl: false)
        switch record.softBlock {
        case .proof(var proof):
            let finding = mayProve(active) ? proof.note(answer) : .nothing
            decision.record?.softBlock = .unproven(proof.outcome)
            if finding == .blocked, record.phase == .pending {
                block(url, active, at: result.completedAt, &decision, &verdict)
            }
        case .unproven(let outcome) where outcome == run.outcome: break
        case nil, .unproven:
            guard record.phase == .pending, run.outcome == answer.outcome, mayProve(active),
                let proof = SoftBlockProof(first: answer)
            else { return }
            decision.record?.softBlock = .proof(proof)
            decision.next = .health(result.completedAt)
        case .blocked, .switched: break
        }
    }

    private mutating func block(
        _ url: LeasedURL, _ active: ActiveOrigin, at: Instant, _ decision: inout HealthMachine.Decision,
        _ verdict: inout Verdict
    ) {
        let incident = ULID(at: at, using: &random)
        let before = decision.record
        decision.record?.phase = .softBlocked
        decision.record?.softBlock = .blocked(incident, isSwitched: rules.softBlock.switches)
        decision.next = rules.softBlock.switches ? .health(at) : .never
        verdict.softBlock = .opened(incident)
        active.health?.note(decision.record, before: before, of: url.id)  // its slot is free
        active.noteHealthDue(at)
        if !rules.softBlock.switches, active.lastGood == url.id { active.lastGood = nil }
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
