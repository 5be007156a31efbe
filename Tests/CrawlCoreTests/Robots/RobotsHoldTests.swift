import CrawlTesting
import Testing

@testable import CrawlCore

/// The hour of a robots.txt, driven answer by answer: what the virtual crawls cannot bring about.
@Suite struct RobotsHoldTests {
    final class Trial {
        var hold: RobotsHold
        var record: HealthRecord?
        var random = SeededRandom(seed: 1)
        var timeline = 0

        init(_ adjust: (inout HealthRules) -> Void = { _ in }) {
            var rules = HealthRules()
            rules.jitter = 0
            adjust(&rules)
            hold = RobotsHold(machine: HealthMachine(rules: rules))
        }

        @discardableResult
        func answer(
            _ outcome: Outcome, _ seconds: Double, wish: Duration? = nil, _ cover: GuardCover = GuardCover()
        ) -> HealthMachine.Decision {
            let classification = Classification(outcome)
            let observation = Observation(
                classification: classification, startedAt: at(seconds), completedAt: at(seconds), timeline: timeline,
                cover: cover)
            let decision = hold.observe(
                RobotsFailure.outcome(outcome), observation, wish: wish, record: record, using: &random)
            record = decision.record
            return decision
        }

        /// Whether the last of these minutes is told.
        func isTold(_ minutes: [Double]) -> Bool { isTold(.serverError, minutes) }

        func isTold(_ outcome: Outcome, _ minutes: [Double]) -> Bool {
            var last: HealthMachine.Decision?
            for minute in minutes { last = answer(outcome, minute * 60) }
            return last?.event == .marked
        }
    }

    @Test(
        "four probe times, and an hour to the start of the last request",
        arguments: [
            ([0, 30, 45, 60], true), ([0, 30, 60], false), ([0, 20, 40, 59.9], false), ([0, 41, 50, 60, 61], false),
            ([0, 40, 50, 60], true),
        ] as [([Double], Bool)])
    func hourRule(_ minutes: [Double], _ isTold: Bool) {
        let trial = Trial()
        #expect(trial.isTold(minutes) == isTold)
    }

    @Test("nothing is told in a storm, and the hour begins anew after it")
    func storm() {
        let trial = Trial()
        var inside = GuardCover()
        inside.mayMark = false
        for minute in [0.0, 15, 30, 45, 60] { #expect(trial.answer(.serverError, minute * 60, inside).event == nil) }
        var after = GuardCover()
        after.windowsFrom = at(61 * 60)
        let events = [62.0, 77, 92, 107, 121.9, 122].map { trial.answer(.serverError, $0 * 60, after).event }
        #expect(events == [nil, nil, nil, nil, nil, .marked])
    }

    @Test("a clock that was set voids what was seen before")
    func clock() {
        let trial = Trial()
        #expect(!trial.isTold([0, 15, 30, 45]))
        trial.timeline += 1
        #expect(!trial.isTold([60]))
        #expect(trial.isTold([75, 90, 105, 120]))
    }

    @Test("a run of 5xx that an earlier version wrote goes on, and so does a mark of its")
    func earlier() {
        let trial = Trial()
        var run = HealthRecord.Run(
            outcome: .serverError, since: at(0), lastAt: at(30 * 60), observations: 6, burstAttempts: 0, timeline: 0)
        var record = HealthRecord(streakSince: at(0))
        record.run = run
        record.level = 6
        record.requests = 6
        trial.record = record
        #expect(!trial.isTold([45, 55]))
        #expect(trial.isTold(.responseTimeout, [61]))
        #expect(trial.record?.run?.met == [.outcome(.serverError): 8, .outcome(.responseTimeout): 1])
        #expect(trial.record?.run?.cause == "robots")

        run.outcome = .unknownOriginError
        record.run = run
        record.phase = .broken
        record.mark = HealthRecord.Mark(incident: ULID(at: at(60 * 60), using: &trial.random))
        trial.record = record
        let next = trial.answer(.unknownOriginError, 2 * 3600)
        #expect(next.record?.run?.met == [.outcome(.unknownOriginError): 7])
        #expect(next.record?.run?.cause == "520")
        #expect(next.next == .health(at(2.5 * 3600)))
    }

    @Test("a class with numbers of its own keeps them while nothing else is met")
    func policies() {
        let twoHours: (inout HealthRules) -> Void = { rules in
            var policy = HealthPolicy()
            policy.brokenAfter = .seconds(7200)
            rules.policies[.connectTimeout] = policy
        }
        let alone = Trial(twoHours)
        #expect(!alone.isTold(.connectTimeout, [0, 15, 30, 45, 60, 75, 90, 105]))
        #expect(alone.isTold(.connectTimeout, [120]))
        let mixed = Trial(twoHours)
        #expect(!mixed.isTold(.connectTimeout, [0, 1, 3, 7, 15].map { $0 / 60 } + [15, 30]))
        #expect(mixed.isTold([45, 60]))
    }

    @Test("no wish makes two attempts further apart than the hour allows, whenever it is made")
    func wishes() {
        for seed in 1...200 as ClosedRange<UInt64> {
            let trial = Trial { $0.jitter = 0.1 }
            trial.random = SeededRandom(seed: seed)
            var draws = SeededRandom(seed: seed &* 31)
            var now = 0.0
            var count = 0
            while count < 40 {
                let wish: Duration? =
                    Bool.random(using: &draws) ? .seconds(Int.random(in: 1...90_000, using: &draws)) : nil
                let outcome: Outcome =
                    [.serverError, .unknownOriginError, .throttled].randomElement(using: &draws) ?? .throttled
                let decision = trial.answer(outcome, now, wish: wish)
                count += 1
                if decision.event == .marked { break }
                guard case .health(let next) = decision.next else { break }
                now = Double((next - at(0)).ms) / 1000
            }
            #expect(trial.record?.phase == .broken && now <= 62 * 60 && count <= 12, "seed \(seed): \(count) to \(now)")
        }
    }

    @Test("every failure has a name of its own that reads back", arguments: Outcome.allCases)
    func names(_ outcome: Outcome) {
        #expect(RobotsFailure(name: outcome.name) == .outcome(outcome))
        for fault in RobotsFault.allCases { #expect(RobotsFailure(name: fault.name) == .fault(fault)) }
        #expect(RobotsFailure(name: "?") == nil)
    }
}
