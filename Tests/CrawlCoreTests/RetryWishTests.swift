import CrawlTesting
import Testing

@testable import CrawlCore

/// What Retry-After makes of a run: later attempts, and the mark when it is due all the same.
struct RetryWishTests {
    struct Latest: Sendable, CustomTestStringConvertible {
        var name: String
        var elapsed: Double
        var probeTimes: Int
        var latest: Double
        var testDescription: String { name }
    }

    @Test(
        "the latest next attempt, with the default probes at 5, 15, 30, 45 and 60 min",
        arguments: [
            Latest(name: "two more are needed before the last", elapsed: 0, probeTimes: 1, latest: 30),
            Latest(name: "one more is needed", elapsed: 20, probeTimes: 2, latest: 45),
            Latest(name: "no gap", elapsed: 10, probeTimes: 3, latest: 40),
            Latest(name: "the deciding step", elapsed: 40, probeTimes: 3, latest: 60),
            Latest(name: "enough, and still the deciding step", elapsed: 31, probeTimes: 9, latest: 60),
            Latest(name: "nothing to give away", elapsed: 46, probeTimes: 1, latest: 60),
            Latest(name: "too few left: the next step", elapsed: 16, probeTimes: 0, latest: 30),
            Latest(name: "the hour is over", elapsed: 61, probeTimes: 3, latest: 75),
        ])
    func latest(_ entry: Latest) {
        let found = RetryWish(HealthRules()).latest(after: .seconds(entry.elapsed * 60), probeTimes: entry.probeTimes)
        #expect(found.offset == .seconds(entry.latest * 60))
    }

    struct Golden: Sendable, CustomTestStringConvertible {
        var wish: Double
        /// Seconds.
        var times: [Double]
        var probeTimes: Int
        var testDescription: String { "a wish of \(wish) s" }
    }

    static let goldens: [Golden] = [
        Golden(wish: 0, times: HealthTrial.untilMark, probeTimes: 6),
        Golden(wish: 1, times: HealthTrial.untilMark, probeTimes: 6),
        Golden(wish: 5, times: [0, 5, 10, 18] + [5, 15, 30, 45, 60].map(minutes), probeTimes: 6),
        Golden(wish: 120, times: [0, 2, 5, 15, 30, 45, 60].map(minutes), probeTimes: 6),
        Golden(wish: 600, times: [0, 10, 20, 30, 45, 60].map(minutes), probeTimes: 6),
        Golden(wish: 1200, times: [0, 20, 40, 60].map(minutes), probeTimes: 4),
        Golden(wish: 3600, times: [0, 30, 45, 60].map(minutes), probeTimes: 4),
        Golden(wish: 86_400, times: [0, 30, 45, 60].map(minutes), probeTimes: 4),
    ]

    @Test("golden timelines: the same wish with every answer, and the mark at 60 min", arguments: goldens)
    func golden(_ entry: Golden) throws {
        var trial = HealthTrial()
        for (index, time) in entry.times.enumerated() {
            let decision = trial.wishing(.connectTimeout, time, wish: entry.wish)
            guard index < entry.times.count - 1 else {
                #expect(decision.event == .marked)
                #expect(decision.record?.run?.probeTimes == entry.probeTimes)
                #expect(decision.next == .health(at(time + max(1800, entry.wish))), "canary")
                break
            }
            #expect(decision.event == nil)
            #expect(decision.next == .health(at(entry.times[index + 1])), "after request \(index + 1)")
        }
    }

    @Test("a wish passes burst steps over, and is a step of the burst until the first probe's time")
    func burst() {
        var trial = HealthTrial()
        #expect(trial.wishing(.unknownOriginError, 0, wish: 2).next == .health(at(2)))
        #expect(trial.record?.phase == .suspect && trial.record?.run?.burstAttempts == 1)
        #expect(trial.wishing(.unknownOriginError, 2, wish: 290).next == .health(at(292)))
        #expect(trial.record?.phase == .suspect)
        #expect(trial.wishing(.unknownOriginError, 292, wish: 0).record?.phase == .pending)
        #expect(trial.record?.run?.probeTimes == 1, "the whole burst is one")

        var late = HealthTrial()
        #expect(late.wishing(.unknownOriginError, 0, wish: 301).next == .health(at(301)))
        #expect(late.record?.phase == .pending)
        #expect(late.wishing(.unknownOriginError, 301, wish: 0).record?.run?.probeTimes == 2)
    }

    @Test(
        "10,000 sequences of wishes: no gap over max_gap, the deciding request starts 60:00–61:30, nobody is asked early"
    )
    func anyWishes() {
        var (earliest, latest, requests) = (Double.infinity, 0.0, 0)
        for seed in UInt64(1)...10_000 {
            var random = SeededRandom(seed: seed)
            let jitter = random.pick([0, 0.1]) ?? 0
            var trial = HealthTrial(jitter: jitter, seed: seed &* 77)
            let habit = random.pick([0, 3, 8, 14, 17, 100, 290, 310, 900, 1190, 1750, 1799, 1801, 3550, 86_400]) ?? 0
            let isSteady = random.chance(0.4)
            var oracle = HealthOracle(rules: trial.machine.rules)
            var (started, completed, last) = (0.0, 0.0, 0.0)
            for count in 1...30 {
                let wish = isSteady ? Double(habit) : Double(random.int(0...habit * 2))
                oracle.answers.append(
                    HealthOracle.Answer(
                        outcome: .responseTimeout, started: at(started), completed: at(completed), timeline: 0,
                        wish: .milliseconds(Int64(wish * 1000))))
                let decision = trial.wishing(.responseTimeout, completed, started: started, wish: wish)
                #expect(oracle.isMark() == (decision.event == .marked), "seed \(seed)")
                #expect(completed - last <= 2400, "seed \(seed): a gap of \(completed - last) s")
                if decision.event == .marked {
                    #expect(started >= 3600 && started <= 3600 + 90.001 + 101, "seed \(seed): \(started)")
                    if completed - started < 1 { #expect(started <= 3691, "seed \(seed): \(started)") }
                    (earliest, latest, requests) = (min(earliest, started), max(latest, started), max(requests, count))
                    break
                }
                guard case .health(let next) = decision.next, count < 30 else {
                    Issue.record("seed \(seed): no mark after \(count) requests")
                    return
                }
                last = completed
                started = Double((next - at(0)).ms) / 1000
                #expect(started > completed, "seed \(seed)")
                // As slow as a 524 is.
                completed = started + (seed % 5 == 0 ? 100 : Double(random.int(1...500)) / 1000)
            }
        }
        #expect(
            earliest >= 3600 && earliest < 3601 && latest > 3660 && requests <= 13, "\(earliest) \(latest) \(requests)")
    }

    @Test("a slow answer to a request that a wish had put off does not pass the deciding step over")
    func slowAnswer() {
        var trial = HealthTrial()
        for time in [0.0, 1, 3, 7, 15, 300, 900, 1800, 2705] { trial.wishing(.responseTimeout, time, wish: 800) }
        #expect(trial.wishing(.responseTimeout, 3605, started: 3505, wish: 800).next == .health(at(3606)))
        #expect(trial.wishing(.responseTimeout, 3706, started: 3606, wish: 800).event == .marked)
    }

    @Test("a retry, a canary and a resolving look come at the later of their wait and the wish")
    func elsewhere() {
        var trial = HealthTrial()
        #expect(trial.wishing(.serverError, 0, wish: 30).next == .retry(at(60)))
        #expect(trial.wishing(.serverError, 60, wish: 600).next == .retry(at(660)))
        var broken = HealthTrial.broken()
        #expect(broken.wishing(.serverError, hours(2), wish: 60).next == .health(at(hours(2.5))))
        #expect(broken.wishing(.connectTimeout, hours(4), wish: hours(9)).next == .health(at(hours(13))))
        #expect(broken.wishing(.success, hours(13), wish: hours(9)).next == .health(at(hours(22))))
        var soon = HealthTrial.broken()
        #expect(soon.wishing(.gone, hours(2), wish: 30).next == .health(at(hours(2) + 60)))
        var elsewhere = HealthTrial.broken()
        #expect(
            elsewhere.wishing(.redirected, hours(2), wish: hours(9)).next == .health(at(hours(2) + 60)),
            "that is for its target")
    }
}

extension HealthTrial {
    /// An answer that asks for `wish` seconds of quiet.
    @discardableResult
    mutating func wishing(
        _ outcome: Outcome, _ completed: Double, started: Double? = nil, wish: Double
    ) -> HealthMachine.Decision {
        var classification = Classification(outcome)
        classification.evidence = Evidence()
        classification.evidence?.retryAfter = Int64(wish.rounded(.up))
        var observation = Observation(
            classification: classification, startedAt: at(started ?? completed), completedAt: at(completed),
            timeline: timeline)
        observation.wish = .milliseconds(Int64((wish * 1000).rounded()))
        let decision = machine.observe(observation, record: record, using: &random)
        record = decision.record
        return decision
    }
}
