import CrawlCore
import CrawlTesting
import Testing

/// Random lives of a URL against the oracle: outcomes, delays, stops, slow answers and clock jumps.
struct HealthPropertyTests {
    /// How a sequence goes about its life.
    private struct Temper {
        var main: Outcome
        /// Of every answer: how likely it is something else than `main`.
        var change: Double
        var neutral: Double
        var stop: Double
        var slow: Double
        var jump: Double
        var early: Double

        init(_ random: inout SeededRandom) {
            main = random.chance(0.8) ? .unknownOriginError : random.pick(Outcome.failing) ?? .unknownOriginError
            change = random.pick([0, 0, 0, 0.03, 0.3]) ?? 0
            neutral = random.pick([0, 0, 0.1, 0.6]) ?? 0
            stop = random.pick([0, 0, 0.1, 0.3]) ?? 0
            slow = random.pick([0, 0.2, 0.8]) ?? 0
            jump = random.pick([0, 0, 0, 0.05, 0.2]) ?? 0
            early = random.pick([0, 0, 0, 0.1]) ?? 0
        }

        func outcome(_ random: inout SeededRandom) -> Outcome {
            if random.chance(neutral) { return random.pick([.throttled, .inconclusive, .blocked]) ?? .inconclusive }
            guard random.chance(change) else { return main }
            return random.pick(Outcome.allCases.filter { $0 != .refusedByPolicy }) ?? main
        }
    }

    private struct Count {
        var marks = 0
        var restarts = 0
        var answers = 0
    }

    @Test("20,000 random sequences: marked exactly when the oracle finds the hour, at its first answer that has it")
    func agreesWithTheOracle() throws {
        var count = Count()
        for seed in UInt64(1)...20_000 {
            if let fault = Self.run(seed: seed, &count) {
                Issue.record("seed \(seed): \(fault)")
                return
            }
        }
        // The sequences are worth something only if they get somewhere.
        #expect(count.marks > 4000, "\(count)")
        #expect(count.restarts > 4000, "\(count)")
    }

    /// What went wrong; nil = nothing.
    private static func run(seed: UInt64, _ count: inout Count) -> String? {
        var random = SeededRandom(seed: seed)
        let temper = Temper(&random)
        var trial = HealthTrial(jitter: random.pick([0, 0.1, 0.5]) ?? 0, seed: seed &* 31) { rules in
            if random.chance(0.1) { rules.burst = [] }
            if random.chance(0.1) { rules.minProbeTimes = random.int(1...8) }
        }
        var oracle = HealthOracle(rules: trial.machine.rules)
        var due = at(0)
        var clock = at(0)
        for _ in 0..<40 {
            if random.chance(temper.jump) {
                // Half of the jumps back are not noticed: small ones are not.
                let jump = random.int(-7200...7200)
                clock = clock + .seconds(jump)
                if jump > 0 || random.chance(0.5) { trial.timeline += 1 }
            }
            var started = random.chance(temper.early) ? clock : max(clock, due)
            started = started + .milliseconds(random.int(0...800))
            if random.chance(temper.stop) { started = started + .seconds(random.int(0...6000)) }
            var completed = started + .milliseconds(random.int(1...900))
            if random.chance(temper.slow) { completed = completed + .seconds(random.int(0...300)) }
            if random.chance(temper.jump / 4) {
                completed = completed + .seconds(random.int(-7200...7200))
                trial.timeline += 1
            }
            let outcome = temper.outcome(&random)
            oracle.answers.append(
                HealthOracle.Answer(outcome: outcome, started: started, completed: completed, timeline: trial.timeline))

            let before = trial.record?.run
            var classification = Classification(outcome)
            classification.byEdge = true
            let decision = trial.answer(classification, completed, started: started)
            count.answers += 1
            if let before, let after = decision.record?.run, after.since != before.since { count.restarts += 1 }
            let isMark = oracle.isMark()
            guard isMark == (decision.event == .marked) else {
                return "oracle says \(isMark), machine \(decision)\n\(oracle.answers)"
            }
            if isMark {
                count.marks += 1
                return nil
            }
            clock = completed
            switch decision.next {
            case .health(let time), .retry(let time):
                guard time > completed else { return "asks again at \(time), before \(completed)\n\(oracle.answers)" }
                due = time
            case .afterBlock, .recrawl: due = completed + .seconds(random.int(1...1200))
            case .never: return "is never asked again\n\(oracle.answers)"
            }
        }
        return nil
    }

    @Test("a steady failure is marked at 60–62 min within 11 requests, whatever the delays below a minute")
    func steadyFailure() {
        for seed in UInt64(1)...3000 {
            var random = SeededRandom(seed: seed)
            var trial = HealthTrial(jitter: 0.1, seed: seed)
            let first = at(Double(random.int(0...5)))
            var started = at(0)
            var completed = first
            for request in 1...12 {
                let decision = trial.answer(Classification(.unknownOriginError), completed, started: started)
                if decision.event == .marked {
                    #expect(started - first >= .seconds(3600), "seed \(seed)")
                    #expect(started - first <= .seconds(3600 + 90 + 20), "seed \(seed)")
                    #expect(request == 10, "seed \(seed)")
                    break
                }
                guard case .health(let next) = decision.next, request < 12 else {
                    Issue.record("seed \(seed): no mark after \(request) requests")
                    return
                }
                started = next + .milliseconds(random.int(0...20_000))
                completed = started + .milliseconds(random.int(0...5000))
            }
        }
    }

    @Test("after a mark: only good answers in a row resolve, whatever else comes")
    func resolves() {
        for seed in UInt64(1)...3000 {
            var random = SeededRandom(seed: seed)
            var trial = HealthTrial.broken { $0.jitter = 0.1 }
            var clock = at(3600)
            var inARow = 0
            for _ in 0..<30 {
                var outcome = random.pick(Outcome.allCases) ?? .success
                if outcome == .refusedByPolicy { outcome = .success }
                var classification = Classification(outcome)
                classification.byEdge = random.chance(0.5)
                if random.chance(0.1) { trial.timeline += 1 }
                let decision = trial.answer(classification, clock, started: clock)
                switch classification.kind {
                case .good: inARow += 1
                case .neutral: break
                case .failing, .wavering, .refused: inARow = 0
                }
                #expect((decision.event == .resolved) == (inARow == 2), "seed \(seed): \(outcome)")
                if inARow == 2 { break }
                #expect(decision.record?.phase == .broken, "seed \(seed): \(outcome)")
                if case .health(let next) = decision.next {
                    #expect(next >= clock + .seconds(60), "seed \(seed): \(outcome)")
                    clock = next
                } else {
                    #expect(decision.next == .afterBlock, "seed \(seed): \(outcome)")
                }
            }
        }
    }
}
