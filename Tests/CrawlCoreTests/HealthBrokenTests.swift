import Testing

@testable import CrawlCore

/// A broken URL: its rechecks, what resolves it and what does not.
struct HealthBrokenTests {
    /// The waits double, from an hour on.
    private static func doubling(_ rules: inout HealthRules) {
        rules.recheckRatio = 0
        rules.recheckFirst = .seconds(3600)
    }

    @Test("recheck_ratio 0: rechecks 1, 3, 7, 15, 31 h after the mark, then every 24 h")
    func schedule() {
        var trial = HealthTrial.broken(.unknownOriginError, Self.doubling)
        var now = hours(1)
        for due in [2.0, 4, 8, 16, 32, 56, 80] {
            now = hours(due)
            let decision = trial.answer(.unknownOriginError, now)
            let wait = min(due, 24)
            #expect(decision.next == .health(at(now + hours(wait))), "after the recheck at \(due) h")
            #expect(decision.record?.phase == .broken)
            #expect(decision.event == nil)
        }
    }

    @Test("never: only an operator revives")
    func never() {
        let trial = HealthTrial.broken { $0.recheckFirst = nil }
        #expect(trial.record?.phase == .broken)
        var other = trial
        #expect(other.answer(.unknownOriginError, hours(2)).next == .never)
    }

    @Test(
        "any failing class keeps it broken and goes on with the schedule", arguments: Outcome.failing + Outcome.wavering
    )
    func failing(outcome: Outcome) {
        var trial = HealthTrial.broken()
        let run = trial.record?.run
        let decision = trial.answer(outcome, hours(2))
        #expect(decision.record?.phase == .broken)
        #expect(decision.record?.mark?.step == 1)
        #expect(decision.record?.run?.outcome == .unknownOriginError)
        #expect(decision.record?.run?.since == run?.since)
        #expect(decision.next == .health(at(hours(2.5))))
        #expect(decision.event == nil)
    }

    @Test(
        "a failing confirmation goes back to the schedule at the same step",
        arguments: Outcome.failing + Outcome.wavering)
    func failingConfirmation(outcome: Outcome) {
        var trial = HealthTrial.broken(.unknownOriginError, Self.doubling)
        trial.answer(.unknownOriginError, hours(2))
        #expect(trial.answer(.success, hours(4)).next == .health(at(hours(4) + 60)))
        let failed = trial.answer(outcome, hours(4) + 60)
        #expect(failed.record?.mark?.step == 1)
        #expect(failed.record?.mark?.good == 0)
        #expect(failed.next == .health(at(hours(6) + 60)))
        #expect(trial.answer(outcome, hours(6) + 60).next == .health(at(hours(10) + 60)), "then it doubles again")
    }

    @Test("after a failing confirmation the next look is as far as after any other", arguments: [8.0, 80, 800])
    func failingConfirmationByAge(age: Double) {
        var trial = HealthTrial.broken()
        trial.answer(.success, hours(age))
        let failed = trial.answer(.unknownOriginError, hours(age) + 60)
        let wait = min((hours(age) + 60) / 8, hours(24))
        #expect(failed.next == .health(at(hours(age) + 60 + wait)))
    }

    @Test("resolve_after good answers in a row resolve, resolve_gap apart", arguments: 1...4)
    func resolveAfter(count: Int) {
        var trial = HealthTrial.broken { $0.resolveAfter = count }
        let incident = trial.record?.mark?.incident
        for i in 1..<max(count, 1) {
            let decision = trial.answer(.success, hours(2) + Double(i) * 60)
            #expect(decision.next == .health(at(hours(2) + Double(i + 1) * 60)))
            #expect(decision.record?.mark?.incident == incident)
            #expect(decision.event == nil)
        }
        let last = trial.answer(.notModified, hours(3))
        #expect(last == HealthMachine.Decision(record: nil, next: .recrawl, event: .resolved))
    }

    @Test("good answers that are not in a row do not add up")
    func notInARow() {
        var trial = HealthTrial.broken()
        for hour in 2..<40 {
            #expect(trial.answer(hour % 2 == 0 ? .success : .serverError, hours(Double(hour))).event == nil)
        }
        #expect(trial.record?.mark?.step == 0)
    }

    @Test("neutral answers change nothing: 1 min later again, five times, then the same step of the schedule")
    func neutral() {
        for (outcome, byEdge) in [(Outcome.inconclusive, false), (.blocked, true)] {
            var trial = HealthTrial.broken()
            trial.answer(.unknownOriginError, hours(2))
            let before = trial.record
            var now = hours(4)
            for _ in 1...5 {
                #expect(trial.answer(outcome, now, byEdge: byEdge).next == .health(at(now + 60)))
                now += 60
            }
            let given = trial.answer(outcome, now, byEdge: byEdge)
            #expect(given.next == .health(at(now + max(now / 8, minutes(30)))))
            #expect(given.record?.mark == before?.mark)
            #expect(given.record?.run == before?.run)
            #expect(given.record?.phase == .broken)
        }
    }

    @Test("a neutral answer between two good ones neither counts nor ends the row")
    func neutralBetweenGood() {
        var trial = HealthTrial.broken()
        trial.answer(.success, hours(2))
        #expect(trial.answer(.inconclusive, hours(2) + 60).record?.mark?.good == 1)
        #expect(trial.answer(.throttled, hours(2) + 120).next == .afterBlock)
        #expect(trial.answer(.success, hours(2) + 200).event == .resolved)
    }

    @Test("a gap, a new timeline or a clock that goes back resolve nothing and mark nothing twice")
    func missingData() {
        var trial = HealthTrial.broken()
        trial.timeline = 7
        for time in [hours(500), hours(-20), hours(501)] {
            let decision = trial.answer(.unknownOriginError, time)
            #expect(decision.record?.phase == .broken)
            #expect(decision.event == nil)
        }
    }

    @Test("after a resolve everything is new: burst, window, incident")
    func anew() {
        var trial = HealthTrial.broken()
        let first = trial.record?.mark?.incident
        trial.answers(.success, [hours(2), hours(2) + 60])
        let times = HealthTrial.untilMark.map { $0 + hours(3) }
        #expect(trial.answers(.unknownOriginError, times)?.event == .marked)
        #expect(trial.record?.mark?.incident != first)
        #expect(trial.record?.requests == 10)
    }

    @Test("a run keeps its last 64 rays, its first ten colos, and the grade that was given")
    func evidence() {
        var trial = HealthTrial()
        for i in 0..<70 {
            var classification = Classification(.unknownOriginError)
            if i < 20 { classification.grade = i < 10 ? .genuine : .probable }
            var evidence = Evidence()
            evidence.cfRay = "ray\(i)"
            evidence.colo = "C\(i / 2)"
            classification.evidence = evidence
            trial.answer(classification, at(Double(i)), started: at(Double(i)))
        }
        #expect(trial.record?.run?.rays == (6..<70).map { "ray\($0)" })
        #expect(trial.record?.run?.colos == (0..<10).map { "C\($0)" })
        #expect(trial.record?.run?.grade == .probable)
        #expect(trial.record?.run?.evidence?.cfRay == "ray69")
    }
}
