import Testing

@testable import CrawlCore

/// The hour rule, one condition after the other, and what restarts its window.
struct HealthHourRuleTests {
    @Test("(a) counts from the start of the request, not from its answer")
    func startOfTheRequest() {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.untilMark.dropLast())
        let early = trial.answer(.unknownOriginError, minutes(61), started: minutes(60) - 0.001)
        #expect(early.event == nil)
        #expect(early.next == .health(at(minutes(75))))
        #expect(trial.answer(.unknownOriginError, minutes(75)).event == .marked)
    }

    @Test("(a) counts from the moment the first answer was complete")
    func endOfTheFirstAnswer() {
        var trial = HealthTrial()
        trial.answer(.unknownOriginError, 100, started: 0)
        trial.answers(.unknownOriginError, [101, 103, 107, 115, 400, 1000, 1900, 2800])
        #expect(trial.answer(.unknownOriginError, 3699.999).event == nil)
        #expect(trial.answer(.unknownOriginError, 3700).event == .marked)
    }

    struct Sparse: CustomTestStringConvertible, Sendable {
        var name: String
        var burst = HealthTrial.burst
        var minutes: [Double]
        var marks: Bool
        var testDescription: String { name }
    }

    @Test(
        "(b) needs four probe times, the whole burst being one",
        arguments: [
            Sparse(name: "burst and two", minutes: [35, 61], marks: false),
            Sparse(name: "burst and three", minutes: [30, 45, 60], marks: true),
            Sparse(
                name: "a burst spread over an hour is one", burst: [0, 900, 1800, 2700, 3600], minutes: [], marks: false
            ),
            Sparse(
                name: "a spread burst and two", burst: [0, 900, 1800, 2700, 3600], minutes: [61, 62], marks: false),
            Sparse(
                name: "a spread burst and three", burst: [0, 900, 1800, 2700, 3600], minutes: [61, 62, 63], marks: true),
        ])
    func probeTimes(_ entry: Sparse) {
        var trial = HealthTrial()
        var last = trial.answers(.unknownOriginError, entry.burst)
        if !entry.minutes.isEmpty {
            last = trial.answers(.unknownOriginError, entry.minutes.map { CrawlCoreTests.minutes($0) })
        }
        #expect((last?.event == .marked) == entry.marks)
    }

    @Test("(c) a good answer ends run and streak; the next 520 begins anew, burst and all", arguments: Outcome.good)
    func goodBetween(good: Outcome) {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.untilMark.dropLast())
        #expect(trial.answer(good, minutes(50)) == HealthMachine.Decision(record: nil, next: .recrawl))
        let anew = trial.answer(.unknownOriginError, minutes(60))
        #expect(anew.event == nil)
        #expect(anew.record?.phase == .suspect)
        #expect(anew.record?.run?.since == at(minutes(60)))
        #expect(anew.next == .health(at(minutes(60) + 1)))
    }

    @Test(
        "(c) an answer of another class restarts the window, without a second burst",
        arguments: Outcome.failing.filter { $0 != .unknownOriginError } + Outcome.wavering)
    func otherClassBetween(other: Outcome) {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.untilMark.dropLast())
        trial.answer(other, minutes(50))
        #expect(trial.record?.run?.outcome == other)
        #expect(trial.record?.run?.since == at(minutes(50)))
        #expect(trial.record?.phase == (other.kind() == .failing ? .pending : .healthy))
        let back = trial.answer(.unknownOriginError, minutes(60))
        #expect(back.event == nil)
        #expect(back.record?.phase == .pending)
        #expect(back.record?.run?.burstAttempts == 0)
        #expect(back.next == .health(at(minutes(65))))
        #expect(back.record?.streakSince == at(0))
        #expect(trial.answers(.unknownOriginError, [65, 75, 90, 105].map { minutes($0) })?.event == nil)
        #expect(trial.answer(.unknownOriginError, minutes(120)).event == .marked)
    }

    @Test("a blocked answer of the origin itself is good, one made by the edge is not")
    func blocked() {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.untilMark.dropLast())
        var byEdge = trial
        byEdge.answer(.blocked, minutes(50), byEdge: true)
        #expect(byEdge.answer(.unknownOriginError, minutes(60)).event == .marked)
        trial.answer(.blocked, minutes(50))
        #expect(trial.record == nil)
    }

    struct Gap: CustomTestStringConvertible, Sendable {
        var name: String
        var gap: Double
        var restarts: Bool
        var testDescription: String { name }
    }

    static let gaps = [
        Gap(name: "20 min", gap: 1200, restarts: false),
        Gap(name: "40 min exactly", gap: 2400, restarts: false),
        Gap(name: "a millisecond over 40 min", gap: 2400.001, restarts: true),
        Gap(name: "a week", gap: 7 * 86_400, restarts: true),
        Gap(name: "a millisecond backwards", gap: -0.001, restarts: true),
        Gap(name: "a day backwards", gap: -86_400, restarts: true),
    ]

    @Test("(d) a gap over max_gap, or a clock that went back, restarts the window without a burst", arguments: gaps)
    func gap(_ entry: Gap) {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, HealthTrial.burst + [300, 900, 1800])
        let decision = trial.answer(.unknownOriginError, 1800 + entry.gap)
        #expect(decision.record?.run?.since == at(entry.restarts ? 1800 + entry.gap : 0))
        #expect(decision.event == (!entry.restarts && entry.gap >= 1800 ? .marked : nil))
        if entry.restarts {
            #expect(decision.record?.phase == .pending)
            #expect(decision.record?.run?.observations == 1)
            #expect(decision.record?.run?.probeTimes == 1)
            #expect(decision.record?.run?.burstAttempts == 0)
            #expect(decision.next == .health(at(1800 + entry.gap + 300)))
        }
    }

    @Test("a gap inside the burst ends the burst")
    func gapInTheBurst() {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, [0, 1])
        let decision = trial.answer(.unknownOriginError, hours(2))
        #expect(decision.record?.phase == .pending)
        #expect(decision.next == .health(at(hours(2) + 300)))
    }

    @Test("two 520s an hour apart are not an hour of 520")
    func twoAnHourApart() {
        var trial = HealthTrial()
        for hour in 0..<48 { #expect(trial.answer(.unknownOriginError, hours(Double(hour))).event == nil) }
        #expect(trial.record?.run?.observations == 1)
    }

    @Test(
        "a new timeline restarts the window at its next answer",
        arguments: [HealthRecord.Phase.suspect, .pending])
    func timeline(phase: HealthRecord.Phase) {
        var trial = HealthTrial()
        trial.answers(.unknownOriginError, phase == .suspect ? [0, 1] : HealthTrial.untilMark.dropLast())
        #expect(trial.record?.phase == phase)
        trial.timeline = 1
        let decision = trial.answer(.unknownOriginError, minutes(60))
        #expect(decision.event == nil)
        #expect(decision.record?.phase == .pending)
        #expect(decision.record?.run?.since == at(minutes(60)))
        #expect(decision.record?.run?.timeline == 1)
        #expect(decision.next == .health(at(minutes(65))))
    }

    @Test("a stop of 20 min never restarts a window, if answers take under 3 min; one of 40 min always does")
    func stops() {
        for seed in UInt64(1)...300 {
            var trial = HealthTrial(jitter: 0.1, seed: seed)
            var due = 0.0
            for step in 0..<30 where trial.record?.phase != .broken {
                var started = due
                let isStop = step > 5 && step % 3 == 0
                // The worst moment for a stop is just before an attempt was due.
                if isStop { started += 20 * 60 }
                let decision = trial.answer(.unknownOriginError, started + 170, started: started)
                guard case .health(let next) = decision.next else { break }
                #expect(decision.record?.run?.since == at(170), "seed \(seed), step \(step)")
                due = Double((next - at(0)).ms) / 1000
            }
            #expect(trial.record?.phase == .broken, "seed \(seed)")

            var stopped = HealthTrial(jitter: 0.1, seed: seed)
            stopped.answers(.unknownOriginError, HealthTrial.burst + [300, 900])
            let late = 900.001 + 40 * 60 + Double(seed)
            #expect(stopped.answer(.unknownOriginError, late).record?.run?.since == at(late), "seed \(seed)")
        }
    }
}
