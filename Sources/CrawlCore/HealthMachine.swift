/// The URL's state machine: from an answer and what is remembered to what to remember and when to ask again.
///
///     healthy ──520──► suspect ──burst exhausted──► pending ──hour rule holds──► broken ──good canaries──► healthy
///        ▲                 │ any good answer            │                          │
///        └─────────────────┴────────────────────────────┘                          └─ revive (operator)
///
/// Pure: a week of it can be tested in a millisecond.
package struct HealthMachine: Sendable {
    package var rules: HealthRules

    package init(rules: HealthRules) { self.rules = rules }

    package struct Decision: Sendable, Hashable {
        /// nil: nothing to remember, the streak is over.
        package var record: HealthRecord?
        package var next: Next
        package var event: Event?
    }

    /// When the URL is asked again.
    package enum Next: Sendable, Hashable {
        /// As the operator wants it: after the recrawl interval, or never.
        case recrawl
        /// Burst, probe or recheck: health traffic.
        case health(Instant)
        /// Like any other URL.
        case retry(Instant)
        /// When the origin's block ends; the caller knows when that is.
        case afterBlock
        /// When an operator revives it, or the rule that refused it changes.
        case never
    }

    package enum Event: Sendable, Hashable {
        case marked
        case resolved
    }

    /// From an answer that came too late for the deciding probe to that probe.
    static let atOnce = Duration.seconds(1)
    package static let retryFirst = Duration.seconds(60)
    package static let retryLimit = Duration.seconds(24 * 3600)
    package static let inconclusiveLimit = Duration.seconds(15 * 60)
    /// Neutral answers at one step before the step is given up.
    package static let neutralTriesPerStep = 5

    package func observe(
        _ observation: Observation, record: HealthRecord?, using random: inout some RandomNumberGenerator
    ) -> Decision {
        if observation.isUnasked { return unasked(observation, record) }
        var record = record
        let kind = rules.kind(of: observation.classification)
        record?.settleHeldBack(by: observation, kind)
        record?.requests += observation.requests
        if observation.classification.prefersHTTP1 { record?.http1 = true }
        if observation.classification.isPreconditionFailed { return preconditionFailed(observation, record) }
        switch kind {
        case .good: return good(observation, record, &random)
        case .neutral: return neutral(observation, record, &random)
        case .refused:
            // A broken URL keeps its schedule: one refused recheck must not be the last.
            guard let record, record.phase == .broken else { return Decision(record: record, next: .never) }
            return Decision(record: record, next: recheck(record, observation, &random))
        case .failing, .wavering:
            var memory = record ?? HealthRecord(first: observation)
            memory.neutralTries = 0
            if memory.phase == .broken { return stillBroken(observation, memory, &random) }
            var decision =
                kind == .failing ? failing(observation, memory, &random) : wavering(observation, memory, &random)
            decision.record?.isHeldBack = observation.isConditional && memory.run == nil
            return decision
        }
    }

    // MARK: Good

    private func good(
        _ observation: Observation, _ record: HealthRecord?, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        guard var record, record.phase == .broken, var mark = record.mark else {
            return Decision(record: record?.afterGood(at: observation.completedAt), next: .recrawl)
        }
        mark.good += 1
        record.neutralTries = 0
        record.mark = mark
        guard mark.good < rules.resolveAfter else {
            return Decision(
                record: record.afterGood(at: observation.completedAt), next: .recrawl, event: .resolved)
        }
        let gap = Backoff.jittered(rules.resolveGap, share: rules.jitter, using: &random)
        // A redirect's wish is for its target.
        let wish = observation.classification.outcome == .redirected ? nil : observation.wish
        return Decision(record: record, next: .health(observation.completedAt + max(gap, wish ?? .zero)))
    }

    // MARK: Failing

    private func failing(
        _ observation: Observation, _ record: HealthRecord, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        var record = record
        let at = observation.completedAt
        let rules = rules.of(observation.classification.outcome)
        guard var run = record.run, run.outcome == observation.classification.outcome else {
            let isFirstOfStreak = record.run == nil
            record.run = newWindow(observation, burstAttempts: isFirstOfStreak && !rules.burst.isEmpty ? 1 : 0)
            record.phase = record.run?.burstAttempts == 1 ? .suspect : .pending
            return stepping(record, observation, &random)
        }
        // A healthy record with a run of this class is from a time when the class was turned off.
        guard isUnbroken(run, observation), record.phase != .healthy else {
            record.run = newWindow(observation, burstAttempts: 0)
            record.phase = .pending
            return stepping(record, observation, &random)
        }
        let wasPutOff = run.isPutOff
        run.note(observation)
        if record.phase == .suspect {
            run.burstAttempts += 1
            if run.burstAttempts > rules.burst.count { record.phase = .pending }
        } else {
            run.probeTimes += 1
        }
        record.run = run
        if hourHolds(run, observation) {
            record.phase = .broken
            record.mark = HealthRecord.Mark(incident: ULID(at: at, using: &random))
            return Decision(record: record, next: recheck(record, observation, &random), event: .marked)
        }
        // The deciding probe is not passed over by an answer to a request that a wish had put off to before it.
        let deciding = run.since + rules.decidingStep
        if wasPutOff, observation.startedAt < deciding, deciding <= at {
            return Decision(record: record, next: .health(at + Self.atOnce))
        }
        return stepping(record, observation, &random)
    }

    /// The hour rule: (a) the request started an hour or more after the window's first observation, (b) at enough
    /// probe times. (c), (d) and (e), no other answer, no gap and no storm or offline period, hold for every window: each
    /// would have restarted it, and no mark is made inside such a period.
    func hourHolds(_ run: HealthRecord.Run, _ observation: Observation) -> Bool {
        let rules = rules.of(run.onlyOutcome)
        return observation.cover.mayMark && observation.startedAt >= run.since + rules.brokenAfter
            && run.probeTimes >= rules.minProbeTimes
    }

    func isUnbroken(_ run: HealthRecord.Run, _ observation: Observation) -> Bool {
        run.timeline == observation.timeline && run.since >= observation.cover.windowsFrom
            && observation.completedAt >= run.lastAt
            && observation.completedAt - run.lastAt <= rules.maxGap
    }

    func newWindow(_ observation: Observation, burstAttempts: Int) -> HealthRecord.Run {
        var run = HealthRecord.Run(
            outcome: observation.classification.outcome, since: observation.completedAt,
            lastAt: observation.completedAt, burstAttempts: burstAttempts, timeline: observation.timeline)
        run.noteEvidence(observation)
        return run
    }

    /// The next step of an open run, and what the answer's wish makes of it.
    func stepping(
        _ record: HealthRecord, _ observation: Observation, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        var record = record
        guard var run = record.run else { return Decision(record: record, next: .retry(observation.completedAt)) }
        let rules = rules.of(run.onlyOutcome)
        let at = observation.completedAt
        let isBurst = record.phase == .suspect && rules.burst.indices.contains(run.burstAttempts - 1)
        let wait = isBurst ? rules.burst[run.burstAttempts - 1] : .zero
        let step =
            isBurst
            ? at + Backoff.jittered(wait, share: rules.jitter, using: &random)
            : nextProbe(run, at: at, using: &random)
        guard let wish = observation.wish, wish > wait else { return Decision(record: record, next: .health(step)) }
        let latest = RetryWish(rules).latest(after: at - run.since, probeTimes: run.probeTimes)
        let cut = run.since + latest.offset
        let wished = min(at + wish, cut + Backoff.jitter(of: latest.difference, share: rules.jitter, using: &random))
        if isBurst {
            let reach = min(at + wish, cut) - run.since
            if let first = rules.probes.first, reach >= first {
                record.phase = .pending  // a probe, not a late attempt of the burst
            } else {
                run.burstAttempts = max(run.burstAttempts, RetryWish(rules).burstSteps(by: reach))
                record.run = run
            }
        }
        return Decision(record: record, next: .health(max(step, wished)))
    }

    /// The first probe of the window after `at`.
    func nextProbe(_ run: HealthRecord.Run, at: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        let rules = rules.of(run.onlyOutcome)
        let (offset, difference) = rules.probe(after: at - run.since)
        return run.since + offset + Backoff.jitter(of: difference, share: rules.jitter, using: &random)
    }

    // MARK: Broken

    private func stillBroken(
        _ observation: Observation, _ record: HealthRecord, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        var record = record
        if record.mark?.good == 0 { record.mark?.step += 1 }  // a failing confirmation keeps the step
        record.mark?.good = 0
        if record.run?.outcome == observation.classification.outcome { record.run?.note(observation) }
        return Decision(record: record, next: recheck(record, observation, &random))
    }

    func recheck(
        _ record: HealthRecord, _ observation: Observation, _ random: inout some RandomNumberGenerator
    ) -> Next {
        let at = observation.completedAt
        let rule = rules.of(record.run?.onlyOutcome).rechecks
        guard let wait = rule.wait(age: record.age(at: at), step: record.mark?.step ?? 0) else { return .never }
        // Jitter spreads the steps, but a site that is well again waits no longer than was promised.
        let most = max(wait, rule.longest)
        let jittered = min(Backoff.jittered(wait, share: rules.jitter, using: &random), most)
        return .health(at + max(jittered, observation.wish ?? .zero))
    }

    // MARK: Wavering and neutral

    private func wavering(
        _ observation: Observation, _ record: HealthRecord, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        var record = record
        record.phase = .healthy
        if record.run?.outcome == observation.classification.outcome {
            record.run?.note(observation)
        } else {
            record.run = newWindow(observation, burstAttempts: 0)
        }
        let next = retry(record, observation, &random)
        record.level += 1
        return Decision(record: record, next: next)
    }

    private func retry(
        _ record: HealthRecord, _ observation: Observation, _ random: inout some RandomNumberGenerator
    ) -> Next {
        let wait = Backoff.doubling(from: Self.retryFirst, step: record.level, limit: Self.retryLimit)
        let jittered = Backoff.jittered(wait, share: rules.jitter, using: &random)
        return .retry(observation.completedAt + max(jittered, observation.wish ?? .zero))
    }

    private func neutral(
        _ observation: Observation, _ record: HealthRecord?, _ random: inout some RandomNumberGenerator
    ) -> Decision {
        let at = observation.completedAt
        switch observation.classification.outcome {
        case .throttled: return Decision(record: record, next: .afterBlock)
        case .blocked where record?.run == nil: return Decision(record: record, next: .recrawl)
        default: break
        }
        guard var record, record.run != nil else {
            var memory = record ?? HealthRecord(first: observation)
            let wait = Backoff.doubling(
                from: Self.retryFirst, step: memory.neutralTries, limit: Self.inconclusiveLimit)
            memory.neutralTries += 1
            return Decision(
                record: memory, next: .retry(at + Backoff.jittered(wait, share: rules.jitter, using: &random)))
        }
        record.neutralTries += 1
        if record.neutralTries <= Self.neutralTriesPerStep {
            let next = at + Backoff.jittered(Self.retryFirst, share: rules.jitter, using: &random)
            return Decision(record: record, next: record.phase == .healthy ? .retry(next) : .health(next))
        }
        record.neutralTries = 0
        switch record.phase {
        case .broken: return Decision(record: record, next: recheck(record, observation, &random))
        case .healthy: return Decision(record: record, next: retry(record, observation, &random))
        case .softBlocked:
            let wait = Backoff.jittered(Self.inconclusiveLimit, share: rules.jitter, using: &random)
            return Decision(record: record, next: .health(at + wait))
        case .suspect, .pending, .waiting, .partial:
            record.phase = .pending
            var step = observation
            step.wish = nil  // of an answer that is no observation
            return stepping(record, step, &random)
        }
    }
}

extension HealthRecord {
    /// A streak begins.
    init(first observation: Observation) {
        self.init(streakSince: observation.completedAt)
        requests = observation.requests
        http1 = observation.classification.prefersHTTP1
    }
}

extension HealthRecord.Run {
    /// The last answer asked to wait before the next attempt.
    var isPutOff: Bool { evidence?.retryAfter.map { $0 > 0 } ?? false }

    /// Counts one more failing answer of the same class.
    mutating func note(_ observation: Observation) {
        observations += 1
        lastAt = observation.completedAt
        noteEvidence(observation)
    }

    mutating func noteEvidence(_ observation: Observation) {
        let classification = observation.classification
        if let grade = classification.grade { self.grade = grade }
        guard let evidence = classification.evidence else { return }
        self.evidence = evidence
        if let ray = evidence.cfRay {
            if rays.count == Self.raysKept { rays.removeFirst() }
            rays.append(ray)
        }
        if let colo = evidence.colo, !colos.contains(colo), colos.count < Self.colosKept { colos.append(colo) }
    }
}
