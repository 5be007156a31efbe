import CrawlTesting
import Testing

@testable import CrawlCore

/// Health traffic beside the crawl: its share, and that nothing else suffers from it.
struct SchedulerHealthTests {
    @Test("health traffic takes at most every second request while others are due, all of them when none is")
    func share() {
        var trial = SchedulerTrial()
        for n in 0..<10 { trial.put(pending: 1, n, due: at(0)) }
        for n in 100..<130 { trial.enqueue(1, n) }
        trial.run(until: at(20))
        let isHealth = trial.starts.map { $0.id & URLKey.hashMask < 100 }
        #expect(Array(isHealth.prefix(20)) == (0..<20).map { $0 % 2 == 0 })
        #expect(!isHealth.dropFirst(20).contains(true))
        trial.run(until: at(100))
        for n in 200..<205 { trial.put(pending: 1, n, due: at(100)) }
        trial.run(until: at(200))
        #expect(trial.starts(of: 1).suffix(5) == [100, 101, 102, 103, 104])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("health traffic goes by due time")
    func order() {
        var trial = SchedulerTrial()
        for (n, due) in [(0, -1.0), (1, -3), (2, -2), (3, 60)] { trial.put(pending: 1, n, due: at(due)) }
        trial.run(until: at(100))
        #expect(trial.starts.map { $0.id & URLKey.hashMask } == [1, 2, 0, 3])
        #expect(trial.starts(of: 1) == [0, 1, 2, 60])
    }

    @Test("one 520 among 10,000 due URLs at a delay of 1 s is marked within 65 min")
    func amongMany() throws {
        var trial = SchedulerTrial { $0.health.jitter = 0.1 }
        let bad = MemoryFrontier.id(1, 5000)
        trial.server = { id, _ in SchedulerTrial.Reply(id == bad ? .unknownOriginError : .success) }
        for n in 0..<10_000 { trial.enqueue(1, n, due: at(-1), priority: n == 5000 ? 1 : 0) }
        trial.run(until: at(65 * 60))
        let mark = try #require(trial.verdicts.first { $0.event == .marked })
        #expect(mark.id == bad)
        #expect(mark.at - at(0) >= .seconds(3600))
        #expect(trial.starts.filter { $0.id == bad }.count == 10)
        #expect(trial.starts.count >= 3890, "the others went on: \(trial.starts.count)")
        #expect(trial.frontier[bad]?.state == .brokenOrigin)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("three 520 paths do not stop 1,000 good ones")
    func threeBad() {
        var trial = SchedulerTrial()
        trial.server = { id, _ in
            SchedulerTrial.Reply(id & URLKey.hashMask < 3 ? .unknownOriginError : .success)
        }
        for n in 0..<1003 { trial.enqueue(1, n) }
        trial.run(until: at(1003 + 3 * 10))
        let good = trial.verdicts.filter { $0.outcome == .success }
        #expect(good.count == 1000)
        #expect(Set(good.map(\.id)).count == 1000)
        trial.run(until: at(2 * 3600))
        #expect(trial.verdicts.filter { $0.event == .marked }.count == 3)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("golden timeline through the scheduler: ten requests to the mark, canaries, resolved")
    func golden() {
        var trial = SchedulerTrial { $0.crawlDelay = .zero }
        trial.commitDelay = .zero
        trial.server = { _, now in
            SchedulerTrial.Reply(now < at(3 * 3600) ? .unknownOriginError : .success, after: .zero)
        }
        trial.enqueue(1, 0)
        trial.run(until: at(24 * 3600))
        let canaries: [Double] = [5400, 7200, 9000, 10_800, 10_860]
        #expect(trial.starts(of: 1) == HealthTrial.untilMark + canaries)
        #expect(trial.verdicts.compactMap(\.event) == [.marked, .resolved])
        #expect(trial.verdicts.last?.state == .done)
        let marked = trial.verdicts.first { $0.event == .marked }?.incident
        #expect(marked != nil && trial.verdicts.last?.incident == marked)
        #expect(trial.drained == [1])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("recheck never: a broken URL is not asked again")
    func never() {
        var trial = SchedulerTrial { $0.health.recheckFirst = nil }
        trial.server = { _, _ in SchedulerTrial.Reply(.originDown) }
        trial.enqueue(1, 0)
        trial.run(until: at(100 * 3600))
        #expect(trial.starts.count == 10)
        #expect(trial.verdicts.last?.state == .brokenOrigin)
        #expect(trial.drained == [1])
    }

    @Test("a new timeline restarts the windows of what is under way and of what is stored")
    func timeline() {
        var trial = SchedulerTrial()
        trial.server = { _, _ in SchedulerTrial.Reply(.unknownOriginError) }
        trial.enqueue(1, 0)
        trial.run(until: at(3500))
        trial.scheduler.timeline = 1
        trial.run(until: at(7200))
        #expect(trial.verdicts.first { $0.event == .marked } == nil)
        trial.run(until: at(7400))
        #expect(trial.verdicts.filter { $0.event == .marked }.count == 1)
    }

    @Test(
        "what an outcome leads to, without and with a recrawl",
        arguments: [
            (Outcome.success, URLState.done), (.notModified, .done), (.redirected, .done), (.gone, .gone),
            (.clientError, .done), (.tooLarge, .done), (.blocked, .done), (.serverError, .scheduled),
            (.truncated, .scheduled), (.inconclusive, .scheduled), (.unknownOriginError, .scheduled),
            (.throttled, .scheduled), (.refusedByPolicy, .refused),
        ])
    func states(outcome: Outcome, state: URLState) throws {
        for recrawl in [nil, Recrawl.every(.seconds(500))] {
            var trial = SchedulerTrial { $0.recrawl = recrawl ?? .never }
            trial.server = { _, _ in SchedulerTrial.Reply(outcome) }
            trial.enqueue(1, 0)
            trial.run(until: at(0.2))
            let verdict = try #require(trial.verdicts.first)
            let isGood = outcome.kind() == .good
            #expect(verdict.state == (isGood && recrawl != nil && outcome != .gone ? .scheduled : state))
            #expect(verdict.dueAt == nil || verdict.healthDueAt == nil)
            if isGood { #expect(verdict.dueAt == (recrawl == nil ? nil : at(500.1))) }
            #expect((verdict.healthDueAt != nil) == (outcome.kind() == .failing))
        }
    }
}
