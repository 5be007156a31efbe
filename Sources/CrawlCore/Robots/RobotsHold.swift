/// The hour of a robots.txt that cannot be had while no copy may be used. What counts is how long its origin is held for
/// it, and not in which way it fails:
///
///     first failure ──burst, probes──► an hour of failures ──► told, asked at the rechecks ──two answers──► over
///
/// | answer | counts | next |
/// |---|---|---|
/// | fails, or asks to be left alone (503 with Retry-After) | yes | burst, then probes |
/// | another 5xx, a cut body, a challenge, no robots.txt | yes | the next probe |
/// | inconclusive | no, and it ends nothing | a minute later, five times a step |
/// | any other | it is an answer | the hold is over; once told, after `resolve_after` of them |
///
/// The numbers are those of `HealthRules`: `broken_after` from the first failure to the start of the deciding request,
/// `min_probe_times`, no gap over `max_gap`, no storm or offline period. Where all failures are of one class its policy
/// goes before.
package struct RobotsHold: Sendable {
    package var machine: HealthMachine

    package init(machine: HealthMachine) { self.machine = machine }

    /// `wish`: how long the answer asks us to wait; nil = it does not. The wish is kept as far as the hour stands.
    package func observe(
        _ failure: RobotsFailure, _ observation: Observation, wish: Duration? = nil, record: HealthRecord?,
        using random: inout some RandomNumberGenerator
    ) -> HealthMachine.Decision {
        guard failure.counts else { return machine.observe(observation, record: record, using: &random) }
        var observation = observation
        observation.wish = wish
        if let record, record.phase == .broken { return stillTold(failure, observation, record, &random) }
        var memory = record ?? HealthRecord(streakSince: observation.completedAt)
        memory.requests += observation.requests
        if observation.classification.prefersHTTP1 { memory.http1 = true }
        memory.neutralTries = 0
        note(failure, observation, isBurst: isBurst(observation, wish), in: &memory)
        if let run = memory.run, machine.hourHolds(run, observation) {
            memory.phase = .broken
            memory.mark = HealthRecord.Mark(incident: ULID(at: observation.completedAt, using: &random))
            let next = machine.recheck(memory, observation, &random)
            return HealthMachine.Decision(record: memory, next: next, event: .marked)
        }
        return machine.stepping(memory, observation, &random)
    }

    /// What may pass within seconds, or said when to come again.
    private func isBurst(_ observation: Observation, _ wish: Duration?) -> Bool {
        machine.rules.kind(of: observation.classification) == .failing
            || observation.classification.outcome == .throttled && wish != nil
    }

    private func note(
        _ failure: RobotsFailure, _ observation: Observation, isBurst: Bool, in memory: inout HealthRecord
    ) {
        let burst = machine.rules.of(observation.classification.outcome).burst
        guard var run = memory.run, machine.isUnbroken(run, observation) else {
            let isFirst = memory.run == nil && isBurst && !burst.isEmpty
            memory.run = machine.newWindow(observation, burstAttempts: isFirst ? 1 : 0)
            memory.run?.count(failure)
            memory.phase = isFirst ? .suspect : .pending
            return
        }
        run.note(observation)
        run.count(failure)
        if memory.phase == .suspect {
            run.burstAttempts += 1
            if run.burstAttempts > burst.count || !isBurst { memory.phase = .pending }
        } else {
            memory.phase = .pending  // it waited with growing steps in an earlier version
            run.probeTimes += 1
        }
        memory.run = run
    }

    /// Once told it is asked at the rechecks, and goes on to be counted.
    private func stillTold(
        _ failure: RobotsFailure, _ observation: Observation, _ record: HealthRecord,
        _ random: inout some RandomNumberGenerator
    ) -> HealthMachine.Decision {
        var observation = observation
        var run = record.run
        run?.note(observation)
        run?.count(failure)
        // To a mark nothing else says that it goes on.
        if observation.classification.kind != .failing, observation.classification.kind != .wavering {
            observation.classification.outcome = .serverError
        }
        var decision = machine.observe(observation, record: record, using: &random)
        decision.record?.run = run
        return decision
    }

    /// How long an origin is left alone whose robots.txt alone is asked, before the answer that asks for it is counted.
    package func latest(afterAnswerAt at: Instant, _ record: HealthRecord?) -> Instant {
        guard let record, var run = record.run, at - run.lastAt <= machine.rules.maxGap else {
            return at + machine.rules.widestDifference * 2
        }
        if record.phase != .suspect { run.probeTimes += 1 }
        let wish = RetryWish(machine.rules.of(run.onlyOutcome))
        return run.since + wish.latest(after: at - run.since, probeTimes: run.probeTimes).offset
    }
}
