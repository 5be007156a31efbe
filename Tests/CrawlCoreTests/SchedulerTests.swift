import CrawlTesting
import Testing

@testable import CrawlCore

/// Which origin and which URL comes next: politeness, limits, turns, pause and start.
struct SchedulerTests {
    @Test("one crawl delay between the starts to an origin, however fast it answers")
    func crawlDelay() {
        var trial = SchedulerTrial()
        for n in 0..<4 { trial.enqueue(1, n) }
        trial.run(until: at(100))
        #expect(trial.starts(of: 1) == [0, 1, 2, 3])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("the crawl delay counts from a request's real start, if that was later than its hand-over")
    func realStart() {
        var trial = SchedulerTrial()
        trial.server = { _, _ in
            var reply = SchedulerTrial.Reply()
            reply.handOver = .milliseconds(800)
            return reply
        }
        for n in 0..<3 { trial.enqueue(1, n) }
        trial.run(until: at(100))
        #expect(trial.starts(of: 1) == [0, 1.8, 3.6])
    }

    @Test("a slow origin is asked again when it has answered", arguments: [1, 2, 3])
    func perOrigin(limit: Int) {
        var trial = SchedulerTrial { $0.perOriginInFlight = limit }
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(10)) }
        for n in 0..<6 { trial.enqueue(1, n) }
        trial.run(until: at(100))
        #expect(trial.starts(of: 1) == (0..<6).map { Double($0 / limit * 10 + $0 % limit) })
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("never more in flight than allowed, and no fewer", arguments: [1, 7, 50])
    func maxInFlight(limit: Int) {
        var trial = SchedulerTrial { $0.maxInFlight = limit }
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(3)) }
        for origin in 1...50 { for n in 0..<2 { trial.enqueue(Int64(origin), n) } }
        trial.run(until: at(1000))
        #expect(trial.starts.count == 100)
        #expect(trial.mostInFlight == limit)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("origins that are ready at the same time take turns", arguments: [0, 1])
    func rotation(delay: Int) {
        var trial = SchedulerTrial {
            $0.crawlDelay = .seconds(delay)
            $0.maxInFlight = 1
        }
        trial.server = { _, _ in SchedulerTrial.Reply(after: .milliseconds(1)) }
        for origin in 1...5 { for n in 0..<40 { trial.enqueue(Int64(origin), n) } }
        trial.run(until: at(1000))
        #expect(trial.starts.count == 200)
        for round in stride(from: 0, to: 200, by: 5) {
            #expect(Set(trial.starts[round..<(round + 5)].map(\.origin)).count == 5, "round \(round)")
        }
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("within an origin by priority, then by due time")
    func order() {
        var trial = SchedulerTrial()
        trial.enqueue(1, 0, due: at(-5))
        trial.enqueue(1, 1, due: at(-9))
        trial.enqueue(1, 2, due: at(-1), priority: 5)
        trial.enqueue(1, 3, due: at(4), priority: 9)
        trial.run(until: at(60))
        #expect(trial.starts.map { $0.id & URLKey.hashMask } == [2, 1, 0, 3])
        #expect(trial.starts(of: 1) == [0, 1, 2, 4])
    }

    @Test("what becomes due later is asked when it is due, again and again")
    func recrawl() {
        var trial = SchedulerTrial { $0.recrawl = .every(.seconds(100)) }
        trial.enqueue(1, 0)
        trial.run(until: at(350))
        #expect(trial.starts(of: 1) == [0, 100.1, 200.2, 300.3])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    struct Beginning: CustomTestStringConvertible, Sendable {
        var name: String
        var wasUnclean = false
        var last: Double?
        var first: Double
        var testDescription: String { name }
    }

    @Test(
        "the first request of a new process keeps the delay to the last of the one before",
        arguments: [
            Beginning(name: "never asked anything", first: 0),
            Beginning(name: "stopped cleanly long ago", last: -60, first: 0),
            Beginning(name: "stopped cleanly a moment ago", last: -0.25, first: 0.75),
            Beginning(name: "unclean: what was in flight is unknown", wasUnclean: true, first: 1),
            Beginning(name: "unclean, last request long ago", wasUnclean: true, last: -600, first: 1),
            Beginning(name: "the clock was set back since", last: 86_400, first: 1),
        ])
    func beginning(_ entry: Beginning) {
        var opening = FrontierOpening()
        opening.origins = [1, 2]
        opening.wasUnclean = entry.wasUnclean
        opening.lastRequestAt = entry.last.map { at($0) }
        var trial = SchedulerTrial(opening: opening)
        for origin in Int64(1)...3 { trial.frontier[MemoryFrontier.id(origin, 0)] = MemoryFrontier.Row(due: at(-10)) }
        trial.scheduler.noteWork(origin: 3, dueAt: at(-10), reorders: false, now: at(0))
        trial.run(until: at(3))
        for origin in Int64(1)...3 { #expect(trial.starts(of: origin) == [entry.first], "origin \(origin)") }
    }

    @Test("a pause starts nothing; what is in flight ends; going on goes on")
    func pause() {
        var trial = SchedulerTrial()
        for n in 0..<5 { trial.enqueue(1, n) }
        trial.run(until: at(1.05))
        trial.scheduler.isPaused = true
        #expect(trial.scheduler.nextWake() == nil)
        trial.enqueue(2, 0)
        trial.run(until: at(50))
        #expect(trial.starts.count == 2)
        #expect(trial.verdicts.count == 2)
        #expect(trial.scheduler.inFlight == 0)
        trial.scheduler.isPaused = false
        trial.run(until: at(100))
        #expect(trial.starts(of: 1) == [0, 1, 50, 51, 52])
        #expect(trial.starts(of: 2) == [50])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a process that was paused starts paused")
    func startsPaused() {
        var opening = FrontierOpening()
        opening.isPaused = true
        opening.origins = [1]
        var trial = SchedulerTrial(opening: opening)
        trial.frontier[MemoryFrontier.id(1, 0)] = MemoryFrontier.Row(due: at(0))
        trial.run(until: at(100))
        #expect(trial.starts.isEmpty)
    }

    @Test("an origin without work is reported as drained, once, and let go of")
    func drained() {
        var opening = FrontierOpening()
        opening.origins = [1, 2, 3]
        var trial = SchedulerTrial(opening: opening)
        trial.frontier[MemoryFrontier.id(1, 0)] = MemoryFrontier.Row(due: at(0))
        trial.frontier[MemoryFrontier.id(2, 0)] = MemoryFrontier.Row(due: at(900))
        trial.run(until: at(100))
        #expect(trial.drained.sorted() == [1, 3])
        trial.run(until: at(2000))
        #expect(trial.drained.sorted() == [1, 2, 3])
        #expect(trial.scheduler.nextWake() == nil)
        trial.enqueue(3, 0)
        trial.run(until: at(3000))
        #expect(trial.starts(of: 3) == [2000])
        #expect(trial.drained.sorted() == [1, 2, 3, 3])
    }

    @Test("no busy loop: a bounded number of steps per request and second, whatever waits")
    func noBusyLoop() {
        var trial = SchedulerTrial()
        trial.server = { id, _ in
            id % 3 == 0
                ? SchedulerTrial.Reply(.throttled, after: .seconds(2)) : SchedulerTrial.Reply(after: .seconds(5))
        }
        for origin in 1...20 { for n in 0..<30 { trial.enqueue(Int64(origin), n, due: at(Double(n * 7))) } }
        for second in 1...300 {
            let before = (calls: trial.nextCalls, starts: trial.starts.count)
            trial.run(until: at(Double(second)))
            let calls = trial.nextCalls - before.calls
            #expect(calls <= 8 * (trial.starts.count - before.starts) + 100, "\(calls) calls in second \(second)")
        }
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("leased rows are few per origin while others wait, many for a lone one")
    func leaseSizes() {
        var alone = SchedulerTrial()
        for n in 0..<500 { alone.enqueue(1, n) }
        alone.run(until: at(100))
        #expect(alone.frontier.timesLeased <= 2)
        var many = SchedulerTrial()
        for origin in 1...30 { for n in 0..<100 { many.enqueue(Int64(origin), n) } }
        many.run(until: at(0.5))
        #expect(many.scheduler.leasedRows <= 30 * 20 + 100 && many.scheduler.leasedRows > 0)
    }

    @Test("over the limit of leased rows an origin leases what it starts, and all are asked")
    func leasedLimit() {
        var trial = SchedulerTrial { $0.leasedLimit = 50 }
        for origin in 1...30 { for n in 0..<20 { trial.enqueue(Int64(origin), n) } }
        trial.run(until: at(10))
        #expect(trial.scheduler.leasedRows <= 50)
        trial.run(until: at(100))
        #expect(trial.starts.count == 600)
        #expect(trial.scheduler.leasedRows == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }
}
