import CrawlTesting
import Testing

@testable import CrawlCore

/// A failing answer to a conditional request, and what the plain answer after it makes of it.
struct HeldBackTests {
    /// Conditional at 0, plain as `second` says.
    struct Case: Sendable, CustomTestStringConvertible {
        var first: Outcome
        var second: Outcome
        var byEdge = false
        /// Seconds from the first answer to the plain request.
        var plainAt: Double
        /// nil = nothing is remembered.
        var phase: HealthRecord.Phase?
        /// When the run began that is left; nil = there is none.
        var since: Double?
        var observations = 0
        var isHeldBack = false
        var next: HealthMachine.Next
        var testDescription: String { "\(first), then \(second)\(byEdge ? " by the edge" : "")" }
    }

    static let cases: [Case] = [
        // Good: never was.
        Case(first: .unknownOriginError, second: .success, plainAt: 1, next: .recrawl),
        Case(first: .unknownOriginError, second: .gone, plainAt: 1, next: .recrawl),
        Case(first: .responseTimeout, second: .redirected, plainAt: 1, next: .recrawl),
        Case(first: .serverError, second: .success, plainAt: 60, next: .recrawl),
        Case(first: .truncated, second: .blocked, plainAt: 60, next: .recrawl),
        // The same class: it counts from its own time, the burst goes on.
        Case(
            first: .unknownOriginError, second: .unknownOriginError, plainAt: 1, phase: .suspect, since: 0,
            observations: 2, next: .health(at(3))),
        Case(
            first: .originDown, second: .originDown, plainAt: 1, phase: .suspect, since: 0, observations: 2,
            next: .health(at(3))),
        Case(
            first: .serverError, second: .serverError, plainAt: 60, phase: .healthy, since: 0, observations: 2,
            next: .retry(at(180))),
        // Another class: the streak begins with the plain one.
        Case(
            first: .unknownOriginError, second: .responseTimeout, plainAt: 1, phase: .suspect, since: 1,
            observations: 1, next: .health(at(2))),
        Case(
            first: .serverError, second: .unknownOriginError, plainAt: 60, phase: .suspect, since: 60,
            observations: 1, next: .health(at(61))),
        Case(
            first: .unknownOriginError, second: .serverError, plainAt: 1, phase: .healthy, since: 1, observations: 1,
            next: .retry(at(61))),
        Case(
            first: .serverError, second: .truncated, plainAt: 60, phase: .healthy, since: 60, observations: 1,
            next: .retry(at(120))),
        // Neutral: it waits on.
        Case(
            first: .unknownOriginError, second: .inconclusive, plainAt: 1, phase: .suspect, since: 0, observations: 1,
            isHeldBack: true, next: .health(at(61))),
        Case(
            first: .unknownOriginError, second: .blocked, byEdge: true, plainAt: 1, phase: .suspect, since: 0,
            observations: 1, isHeldBack: true, next: .health(at(61))),
        Case(
            first: .unknownOriginError, second: .throttled, plainAt: 1, phase: .suspect, since: 0, observations: 1,
            isHeldBack: true, next: .afterBlock),
        Case(
            first: .serverError, second: .inconclusive, plainAt: 60, phase: .healthy, since: 0, observations: 1,
            isHeldBack: true, next: .retry(at(120))),
        // A rule of ours.
        Case(
            first: .unknownOriginError, second: .refusedByPolicy, plainAt: 1, phase: .suspect, since: 0,
            observations: 1, isHeldBack: true, next: .never),
    ]

    @Test(arguments: cases) func plainAnswerDecides(_ test: Case) {
        var trial = HealthTrial()
        let first = trial.conditional(test.first, 0)
        #expect(first.record?.isHeldBack == true && first.event == nil)
        #expect(first.record?.isOpen == false)
        #expect(first.next == (test.plainAt == 1 ? .health(at(1)) : .retry(at(60))), "the machine's own next step")
        let second = trial.answer(test.second, test.plainAt, byEdge: test.byEdge)
        #expect(second.record?.phase == test.phase)
        #expect(second.record?.run?.since == test.since.map { at($0) })
        #expect(second.record?.run?.observations ?? 0 == test.observations)
        #expect(second.record?.isHeldBack ?? false == test.isHeldBack)
        #expect(second.next == test.next)
        guard !test.isHeldBack, let since = test.since else { return }
        #expect(second.record?.streakSince == at(since))
        #expect(second.record?.requests == test.observations)
    }

    @Test("an hour of 520 has the same steps, whether its first request was conditional or not")
    func sameTimeline() {
        var plain = HealthTrial(jitter: 0.1, seed: 7)
        var conditional = HealthTrial(jitter: 0.1, seed: 7)
        var now = 0.0
        for step in 0..<10 {
            let one = plain.answer(.unknownOriginError, now)
            let other =
                step == 0
                ? conditional.conditional(.unknownOriginError, now) : conditional.answer(.unknownOriginError, now)
            #expect(one.next == other.next && one.event == other.event)
            if step > 0 { #expect(one.record?.run == other.record?.run) }
            guard case .health(let next) = one.next else { break }
            now = Double((next - at(0)).ms) / 1000
        }
        #expect(plain.record?.phase == .broken && conditional.record?.phase == .broken)
    }

    @Test("after neutral answers the same class still counts it in; after a gap the window begins anew")
    func neutralBetween() {
        var trial = HealthTrial()
        trial.conditional(.unknownOriginError, 0)
        trial.answer(.inconclusive, 1)
        #expect(trial.answer(.unknownOriginError, 61).record?.run?.since == at(0))
        var late = HealthTrial()
        late.conditional(.unknownOriginError, 0)
        let second = late.answer(.unknownOriginError, minutes(41)).record
        #expect(second?.run?.since == at(minutes(41)) && second?.phase == .pending && second?.isHeldBack == false)
        #expect(second?.streakSince == at(0))
    }

    @Test("a class without a burst is asked plainly at its first probe, and no sooner")
    func withoutBurst() {
        var trial = HealthTrial { $0.burst = [] }
        #expect(trial.conditional(.unknownOriginError, 0).next == .health(at(300)))
        #expect(trial.record?.phase == .pending && trial.record?.isOpen == false)
        #expect(trial.answer(.unknownOriginError, 300).record?.run?.probeTimes == 2)
    }

    @Test("a class that is turned off is held back like a serverError")
    func turnedOff() {
        var trial = HealthTrial { $0.policies = [.originDown: HealthPolicy(isOff: true)] }
        #expect(trial.conditional(.originDown, 0).next == .retry(at(60)))
        #expect(trial.record?.isHeldBack == true)
        #expect(trial.answer(.success, 60).record == nil)
    }

    @Test("a 412 is asked plainly at once; whatever comes then is what counts")
    func preconditionFailed() {
        for (outcome, phase) in [
            (Outcome.success, nil), (.clientError, nil), (.unknownOriginError, HealthRecord.Phase.suspect),
            (.serverError, .healthy),
        ] {
            var trial = HealthTrial()
            var failed = Classification(.clientError)
            failed.isPreconditionFailed = true
            let first = trial.answer(failed, at(0), started: at(0))
            #expect(first.next == .retry(at(0)))
            #expect(first.record?.isHeldBack == true && first.record?.run == nil)
            let second = trial.answer(outcome, 1)
            #expect(second.record?.phase == phase)
            #expect(second.record?.isHeldBack ?? false == false)
            if let record = second.record {
                #expect(record.streakSince == at(1) && record.run?.since == at(1) && record.requests == 1)
            }
        }
    }

    @Test("what is held back and switched to the control profile stays switched")
    func switched() {
        var trial = HealthTrial()
        trial.record = HealthRecord(streakSince: at(-10))
        trial.record?.softBlock = .switched
        trial.conditional(.unknownOriginError, 0)
        #expect(trial.record?.isIdle == false)
        #expect(trial.answer(.responseTimeout, 1).record?.softBlock == .switched)
        #expect(trial.answer(.success, 2).record?.isIdle == true)
    }

    // MARK: Validators

    @Test("two faults in a row, and no validators are sent for 30 days")
    func trust() {
        var trust = ValidatorTrust()
        trust.noteFault(at: at(0))
        #expect(!trust.asksPlainly(at: at(0)) && trust.faults == 1)
        trust.noteGood()
        trust.noteFault(at: at(1))
        #expect(!trust.asksPlainly(at: at(1)))
        trust.noteFault(at: at(2))
        #expect(trust.asksPlainly(at: at(2)) && trust.asksPlainly(at: at(2) + .seconds(30 * 86_400 - 1)))
        #expect(!trust.asksPlainly(at: at(2) + .seconds(30 * 86_400)))
        #expect(trust.faults == 0, "after that two more are needed")
        #expect(ValidatorTrust(faults: -1, plainUntil: nil).faults == 0)
        #expect(ValidatorTrust(faults: 300, plainUntil: nil).faults == 0)
    }

    // MARK: Beside others

    @Test("held back answers take no slot, and trip no origin unless one run is open")
    func breaker() {
        func run(_ since: Double, _ outcome: Outcome = .unknownOriginError) -> OriginBreaker.OpenRun {
            OriginBreaker.OpenRun(outcome: outcome, since: at(since))
        }
        func canary(_ runs: [Int64: OriginBreaker.OpenRun], _ held: [Int64: OriginBreaker.OpenRun], good: Double? = nil)
            -> Int64?
        {
            OriginBreaker().canary(
                for: runs, heldBack: held, threshold: 3, lastGoodAt: good.map { at($0) }, now: at(100))
        }
        #expect(canary([:], [1: run(0), 2: run(1), 3: run(2), 4: run(3)]) == nil)
        #expect(canary([1: run(5)], [2: run(1), 3: run(2)]) == 1, "the canary is one whose run is open")
        #expect(canary([1: run(5)], [2: run(1), 3: run(2, .originDown)]) == nil)
        #expect(canary([1: run(5)], [2: run(1), 3: run(7)], good: 3) == nil)
        var health = OriginHealth()
        var record = HealthRecord.heldBack()
        health.note(record, before: nil, of: 1)
        #expect(health.runs.isEmpty && health.heldBack.count == 1 && health.unmetSince == at(0))
        record.isHeldBack = false
        health.note(record, before: nil, of: 1)
        #expect(health.runs.count == 1 && health.heldBack.isEmpty)
        health.note(nil, before: record, of: 1)
        #expect(health.unmetSince == nil)
    }
}

extension HealthTrial {
    /// The answer to a request with validators.
    @discardableResult
    mutating func conditional(_ outcome: Outcome, _ completed: Double) -> HealthMachine.Decision {
        var observation = Observation(
            classification: Classification(outcome), startedAt: at(completed), completedAt: at(completed),
            timeline: timeline)
        observation.isConditional = true
        let decision = machine.observe(observation, record: record, using: &random)
        record = decision.record
        return decision
    }
}

extension HealthRecord {
    fileprivate static func heldBack() -> HealthRecord {
        var trial = HealthTrial()
        return trial.conditional(.unknownOriginError, 0).record ?? HealthRecord(streakSince: at(0))
    }
}
