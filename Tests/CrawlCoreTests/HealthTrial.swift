import CrawlCore
import CrawlTesting

/// A moment of a trial: `seconds` after its zero.
func at(_ seconds: Double) -> Instant { Instant(ms: 1_800_000_000_000 + Int64((seconds * 1000).rounded())) }

func minutes(_ n: Double) -> Double { n * 60 }
func hours(_ n: Double) -> Double { n * 3600 }

/// One URL and its health machine, driven answer by answer. Steps are exact unless jitter is asked for.
struct HealthTrial {
    var machine: HealthMachine
    var record: HealthRecord?
    var random: SeededRandom
    var timeline = 0

    init(jitter: Double = 0, seed: UInt64 = 1, _ adjust: (inout HealthRules) -> Void = { _ in }) {
        var rules = HealthRules()
        rules.jitter = jitter
        adjust(&rules)
        machine = HealthMachine(rules: rules)
        random = SeededRandom(seed: seed)
    }

    /// An answer complete at `completed` to a request that started at `started` (nil = at the same moment).
    @discardableResult
    mutating func answer(
        _ outcome: Outcome, _ completed: Double, started: Double? = nil, byEdge: Bool = false
    ) -> HealthMachine.Decision {
        var classification = Classification(outcome)
        classification.byEdge = byEdge
        return answer(classification, at(completed), started: at(started ?? completed))
    }

    @discardableResult
    mutating func answer(
        _ classification: Classification, _ completed: Instant, started: Instant
    ) -> HealthMachine.Decision {
        let observation = Observation(
            classification: classification, startedAt: started, completedAt: completed, timeline: timeline)
        let decision = machine.observe(observation, record: record, using: &random)
        record = decision.record
        return decision
    }

    /// The same outcome at each of these seconds; gives the last decision.
    @discardableResult
    mutating func answers(_ outcome: Outcome, _ times: [Double]) -> HealthMachine.Decision? {
        var last: HealthMachine.Decision?
        for time in times { last = answer(outcome, time) }
        return last
    }

    /// A trial whose URL was marked broken at 60:00.
    static func broken(
        _ outcome: Outcome = .unknownOriginError, _ adjust: (inout HealthRules) -> Void = { _ in }
    ) -> HealthTrial {
        var trial = HealthTrial(adjust)
        trial.answers(outcome, HealthTrial.untilMark)
        return trial
    }

    static let burst: [Double] = [0, 1, 3, 7, 15]
    static let untilMark: [Double] = burst + [5, 15, 30, 45, 60].map { minutes($0) }
}

extension Outcome {
    static let failing: [Outcome] = Outcome.allCases.filter { $0.kind() == .failing }
    static let wavering: [Outcome] = Outcome.allCases.filter { $0.kind() == .wavering }
    static let good: [Outcome] = Outcome.allCases.filter { $0.kind() == .good }
}
