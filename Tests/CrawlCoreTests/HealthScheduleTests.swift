import Testing

@testable import CrawlCore

/// When a failing URL is asked again: the burst, the probes, what jitter may do to them.
struct HealthScheduleTests {
    @Test("golden timeline: ten requests, a mark at the tenth, the same for every class", arguments: Outcome.failing)
    func golden(outcome: Outcome) throws {
        var trial = HealthTrial()
        let times = HealthTrial.untilMark
        for (i, time) in times.enumerated().dropLast() {
            let decision = trial.answer(outcome, time)
            #expect(decision.next == .health(at(times[i + 1])), "after request \(i + 1)")
            #expect(decision.event == nil)
            #expect(decision.record?.phase == (i < 4 ? .suspect : .pending), "after request \(i + 1)")
        }
        let marked = trial.answer(outcome, minutes(60))
        #expect(marked.event == .marked)
        #expect(marked.record?.phase == .broken)
        #expect(marked.record?.requests == 10)
        #expect(marked.record?.run?.observations == 10)
        #expect(marked.record?.run?.probeTimes == 6)
        #expect(marked.next == .health(at(minutes(90))))

        #expect(trial.answer(outcome, minutes(90)).next == .health(at(hours(2))))
        let good = trial.answer(.success, hours(2))
        #expect(good.next == .health(at(hours(2) + 60)))
        #expect(good.event == nil)
        #expect(good.record?.phase == .broken)
        let resolved = trial.answer(.success, hours(2) + 60)
        #expect(resolved == HealthMachine.Decision(record: nil, next: .recrawl, event: .resolved))
    }

    @Test("the closed set of failing classes")
    func classes() {
        #expect(
            Set(Outcome.failing.compactMap(\.cause)) == ["520", "521", "522", "523", "524", "525", "526", "530"])
        #expect(Outcome.allCases.allSatisfy { ($0.cause != nil) == ($0.kind() == .failing) })
    }

    @Test("burst steps count from the answer before, however late it was")
    func burstCountsFromTheAnswer() {
        var trial = HealthTrial()
        #expect(trial.answer(.unknownOriginError, 0).next == .health(at(1)))
        #expect(trial.answer(.unknownOriginError, 61, started: 1).next == .health(at(63)))
        #expect(trial.answer(.unknownOriginError, 100, started: 90).next == .health(at(104)))
    }

    @Test("without a burst the first step is the first probe")
    func noBurst() {
        var trial = HealthTrial { $0.burst = [] }
        let decision = trial.answer(.unknownOriginError, 0)
        #expect(decision.record?.phase == .pending)
        #expect(decision.next == .health(at(minutes(5))))
    }

    struct Collapse: CustomTestStringConvertible, Sendable {
        var name: String
        var answered: [Double]
        var next: Double
        var testDescription: String { name }
    }

    @Test(
        "steps passed over collapse into one attempt",
        arguments: [
            Collapse(name: "just before the first probe", answered: [299], next: 300),
            Collapse(name: "on the first probe", answered: [300], next: 900),
            Collapse(name: "5 and 15 passed over", answered: [960], next: 1800),
            Collapse(name: "just before 30", answered: [1799], next: 1800),
            Collapse(name: "5 and 15 and 30 passed over", answered: [1801], next: 2700),
            Collapse(name: "past the last probe", answered: [1801, 3599 + 300], next: 4500),
            Collapse(name: "on a repeated step", answered: [1801, 4100], next: 4500),
        ])
    func collapse(_ entry: Collapse) {
        var trial = HealthTrial { $0.minProbeTimes = 100 }
        trial.answers(.unknownOriginError, HealthTrial.burst)
        #expect(trial.answers(.unknownOriginError, entry.answered)?.next == .health(at(entry.next)))
    }

    @Test("after the last probe its difference repeats, far out too")
    func repeats() {
        let rules = HealthRules()
        #expect(rules.probe(after: .seconds(3600)).offset == .seconds(4500))
        #expect(rules.probe(after: .seconds(4499)).offset == .seconds(4500))
        #expect(rules.probe(after: .seconds(4500)).offset == .seconds(5400))
        #expect(rules.probe(after: .seconds(3600 + 900 * 1000 + 1)).offset == .seconds(3600 + 900 * 1001))
    }

    @Test("jitter only lengthens, by a share of the step's own difference; the deciding probe starts 60:00–61:30")
    func jitter() {
        var earliest = Double.infinity
        var latest = -Double.infinity
        for seed in UInt64(1)...2000 {
            var trial = HealthTrial(jitter: 0.1, seed: seed)
            var now = 0.0
            var count = 0
            let burst = [1.0, 2, 4, 8]
            let probes = [300.0, 900, 1800, 2700, 3600]
            while true {
                let decision = trial.answer(.unknownOriginError, now)
                count += 1
                guard case .health(let next) = decision.next else {
                    Issue.record("seed \(seed): no next attempt")
                    return
                }
                let step = Double((next - at(0)).ms) / 1000
                if decision.event == .marked {
                    let wait = step - now
                    #expect(wait >= 1800 && wait <= 1980, "seed \(seed): recheck after \(wait)")
                    break
                }
                if count <= 4 {
                    let wait = step - now
                    #expect(
                        wait >= burst[count - 1] - 0.0005 && wait <= burst[count - 1] * 1.1 + 0.0005, "seed \(seed)")
                } else {
                    let probe = probes[count - 5]
                    let difference = count == 5 ? probe : probe - probes[count - 6]
                    #expect(step >= probe && step <= probe + difference * 0.1, "seed \(seed): probe at \(step)")
                }
                now = step
            }
            #expect(count == 10, "seed \(seed): \(count) requests")
            earliest = min(earliest, now)
            latest = max(latest, now)
        }
        #expect(earliest >= 3600 && earliest < 3602, "\(earliest)")
        #expect(latest <= 3690 && latest > 3688, "\(latest)")
    }

    struct Doubling: CustomTestStringConvertible, Sendable {
        var name: String
        var step: Int
        var wait: Duration
        var testDescription: String { name }
    }

    @Test(
        "waits double up to their limit and never overflow",
        arguments: [
            Doubling(name: "first", step: 0, wait: .seconds(60)),
            Doubling(name: "third", step: 2, wait: .seconds(240)),
            Doubling(name: "the last below the limit", step: 10, wait: .seconds(61_440)),
            Doubling(name: "the limit", step: 11, wait: .seconds(86_400)),
            Doubling(name: "far beyond", step: .max, wait: .seconds(86_400)),
            Doubling(name: "below zero", step: -3, wait: .seconds(60)),
        ])
    func doubling(_ entry: Doubling) {
        #expect(Backoff.doubling(from: .seconds(60), step: entry.step, limit: .seconds(86_400)) == entry.wait)
    }
}
