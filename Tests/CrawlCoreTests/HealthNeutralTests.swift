import Testing

@testable import CrawlCore

/// Answers that say nothing about the URL, and failing ones that the hour does not count.
struct HealthNeutralTests {
    @Test("inconclusive without a run: 1 min doubling to 15 min, for as long as it lasts")
    func inconclusiveWithoutARun() {
        var trial = HealthTrial()
        var now = 0.0
        for wait in [60.0, 120, 240, 480, 900, 900, 900] {
            let decision = trial.answer(.inconclusive, now)
            #expect(decision.next == .retry(at(now + wait)))
            #expect(decision.record?.run == nil)
            #expect(decision.record?.phase == .healthy)
            now += wait
        }
        let good = trial.answer(.success, now)
        #expect(good.record == nil)
        #expect(trial.answer(.inconclusive, now).next == .retry(at(now + 60)), "it begins anew")
    }

    @Test("a streak that began with neutral answers still has its burst")
    func burstAfterNeutral() {
        var trial = HealthTrial()
        trial.answer(.inconclusive, 0)
        let decision = trial.answer(.unknownOriginError, 60)
        #expect(decision.record?.phase == .suspect)
        #expect(decision.next == .health(at(61)))
        #expect(decision.record?.run?.since == at(60))
    }

    struct Step: CustomTestStringConvertible, Sendable {
        var name: String
        var before: [Double]
        /// Where the step begins, and where the sixth neutral answer leads to.
        var from: Double
        var given: Double
        var testDescription: String { name }
    }

    static let steps = [
        Step(name: "in the burst", before: [0, 1], from: 3, given: 900),
        Step(name: "pending", before: HealthTrial.burst, from: 300, given: 900),
        Step(
            name: "before the deciding probe", before: Array(HealthTrial.untilMark.dropLast()), from: 3600, given: 4500),
    ]

    @Test("while a run is open: again after 1 min, five times a step, then the next probe step", arguments: steps)
    func triesPerStep(_ step: Step) {
        for (outcome, byEdge) in [(Outcome.inconclusive, false), (.blocked, true)] {
            var trial = HealthTrial()
            trial.answers(.unknownOriginError, step.before)
            let before = trial.record
            var now = step.from
            for _ in 1...5 {
                let decision = trial.answer(outcome, now, byEdge: byEdge)
                #expect(decision.next == .health(at(now + 60)))
                #expect(decision.record?.phase == before?.phase)
                now += 60
            }
            let given = trial.answer(outcome, now, byEdge: byEdge)
            #expect(given.next == .health(at(step.given)))
            #expect(given.record?.phase == .pending)
            #expect(given.record?.run == before?.run, "it is no observation")
            #expect(
                trial.answer(outcome, step.given, byEdge: byEdge).next == .health(at(step.given + 60)), "a new step")
        }
    }

    @Test("a failing answer between neutral ones begins the count anew")
    func triesBeginAnew() {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.burst)
        for start in [300.0, 900, 1800] {
            for i in 0..<5 {
                #expect(
                    trial.answer(.inconclusive, start + Double(i) * 60).next == .health(at(start + Double(i) * 60 + 60))
                )
            }
            trial.answer(.unknownOriginError, start + 300)
        }
    }

    @Test("neutral answers do not bridge a gap")
    func neutralIsNoObservation() {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.burst + [300])
        for minute in stride(from: 10.0, through: 40, by: 5) { trial.answer(.inconclusive, minutes(minute)) }
        #expect(trial.answer(.unknownOriginError, minutes(46)).record?.run?.since == at(minutes(46)))
    }

    @Test(
        "a throttled answer waits for the block, is no observation and no try",
        arguments: [nil, 0.0, 15, 300, 2700] as [Double?])
    func throttled(last: Double?) {
        var trial = HealthTrial()
        if let last { trial.answers(.unknownOriginError, HealthTrial.untilMark.filter { $0 <= last }) }
        var expected = trial.record
        for i in 1...20 {
            let decision = trial.answer(.throttled, (last ?? 0) + Double(i))
            expected?.requests += 1
            #expect(decision == HealthMachine.Decision(record: expected, next: .afterBlock))
        }
    }

    @Test("blocked by the edge without a run goes the way of the recrawl")
    func edgeBlockedWithoutARun() {
        var trial = HealthTrial()
        #expect(trial.answer(.blocked, 0, byEdge: true) == HealthMachine.Decision(record: nil, next: .recrawl))
    }

    @Test("wavering answers: 1 min doubling to 24 h; the level belongs to the streak", arguments: Outcome.wavering)
    func wavering(outcome: Outcome) {
        var trial = HealthTrial()
        var now = 0.0
        for (i, wait) in ([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440].map { $0 * 60.0 }).enumerated() {
            let decision = trial.answer(outcome, now)
            #expect(decision.next == .retry(at(now + wait)), "answer \(i + 1)")
            #expect(decision.record?.phase == .healthy)
            #expect(decision.record?.level == i + 1)
            now += wait
        }
        trial.answer(.success, now)
        #expect(trial.answer(outcome, now).next == .retry(at(now + 60)), "a new streak")
    }

    @Test("the level outlives runs of other classes")
    func levelOutlivesRuns() {
        var trial = HealthTrial()
        trial.answers(.serverError, [0, 60])
        trial.answer(.unknownOriginError, 180)
        #expect(trial.record?.phase == .pending, "one burst a streak, and the first run of this one was another's")
        trial.answer(.truncated, 480)
        #expect(trial.answer(.edgeOther, 500).next == .retry(at(500 + 480)))
    }

    @Test(
        "a refusal by policy changes nothing and waits for the rule",
        arguments: [[], HealthTrial.burst, HealthTrial.untilMark])
    func refused(before: [Double]) {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, before)
        var expected = trial.record
        expected?.requests += 1
        // A broken URL keeps its rechecks, or nothing would ever ask again.
        let next = expected?.phase == .broken ? HealthMachine.Next.health(at(3700 + 1800)) : .never
        #expect(trial.answer(.refusedByPolicy, 3700) == HealthMachine.Decision(record: expected, next: next))
    }
}
