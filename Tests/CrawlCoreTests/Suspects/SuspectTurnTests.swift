import CrawlTesting
import Testing

@testable import CrawlCore

/// When a suspect is asked: one at a time, with nothing else in flight, behind all others, and in the end.
struct SuspectTurnTests {
    private static func opening(_ tickets: [Int64], putBackUntil: Instant? = nil) -> FrontierOpening {
        var opening = FrontierOpening()
        opening.suspects = tickets.map { ticket in
            var row = SuspectRow(ticket: ticket, lastEndAt: at(-10))
            row.ends = 2
            row.putBackUntil = putBackUntil
            return row
        }
        return opening
    }

    /// What was in flight beside it at any moment, as far as every answer takes `answer`.
    private static func company(of id: Int64, _ trial: SchedulerTrial, answer: Duration) -> Int {
        let own = trial.starts.filter { $0.id == id }
        return trial.starts.count { other in
            other.id != id && own.contains { max($0.at - other.at, other.at - $0.at) < answer }
        }
    }

    @Test("behind all others, and alone")
    func behind() {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect])) { $0.crawlDelay = .zero }
        for origin in Int64(1)...4 { for n in 0..<20 { trial.enqueue(origin, n, priority: n == 0 ? 9 : 0) } }
        trial.run(until: at(30))
        #expect(trial.starts.count == 80)
        #expect(trial.starts.last?.id == suspect)
        #expect(Self.company(of: suspect, trial, answer: .milliseconds(100)) == 0)
        #expect(trial.scheduler.takeCleared() == [suspect])
        #expect(trial.scheduler.suspectCount(now: at(30)).all == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("several have their turns one by one, and those between them are asked first")
    func oneByOne() {
        let suspects = (0..<10).map { MemoryFrontier.id(1, $0) } + [MemoryFrontier.id(2, 0)]
        var trial = SchedulerTrial(opening: Self.opening(suspects))
        for origin in Int64(1)...3 { for n in 0..<10 { trial.enqueue(origin, n) } }
        trial.run(until: at(120))
        #expect(trial.starts.count == 30)
        for suspect in suspects { #expect(Self.company(of: suspect, trial, answer: .milliseconds(100)) == 0) }
        #expect(Set(trial.scheduler.takeCleared()) == Set(suspects))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a crawl that has no quiet moment stops once a minute at most, and asks several in a row then")
    func busy() throws {
        let suspects = (101...150).map { MemoryFrontier.id($0, 0) }
        var trial = SchedulerTrial(opening: Self.opening(suspects))
        trial.server = { id, _ in
            guard URLKey.origin(of: id) < 100 else { return SchedulerTrial.Reply() }
            return SchedulerTrial.Reply(after: .milliseconds(1500 + Int(id % 7) * 100))
        }
        for origin in Int64(101)...150 { trial.enqueue(origin, 0) }
        for origin in Int64(2)...20 { for n in 0..<200 { trial.enqueue(origin, n) } }
        trial.run(until: at(200))
        let own = trial.starts.filter { suspects.contains($0.id) }.map { Double(($0.at - at(0)).ms) / 1000 }
        #expect(own.count == 50)
        var stops: [[Double]] = []
        for start in own {
            if let last = stops.last?.last, start - last < 30 {
                stops[stops.count - 1].append(start)
            } else {
                stops.append([start])
            }
        }
        #expect(stops.map(\.count) == [20, 20, 10], "\(stops)")
        let begins = stops.compactMap(\.first)
        #expect(begins.first.map { $0 >= 60 && $0 < 64 } ?? false, "\(begins)")
        for (end, begin) in zip(stops.compactMap(\.last), begins.dropFirst()) {
            #expect(begin - end >= 60 && begin - end < 65, "\(begins)")
        }
        for suspect in suspects { #expect(Self.company(of: suspect, trial, answer: .milliseconds(100)) == 0) }
        let others = trial.starts.filter { !suspects.contains($0.id) }.map(\.at)
        let widest = try #require(zip(others.dropFirst(), others).map { $0 - $1 }.max())
        #expect(widest < .seconds(6), "\(widest)")
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a stop asks for five seconds at most, and begins none after that")
    func slowSuspects() throws {
        let suspects = (101...120).map { MemoryFrontier.id($0, 0) }
        var trial = SchedulerTrial(opening: Self.opening(suspects))
        trial.server = { id, _ in SchedulerTrial.Reply(after: .seconds(2)) }
        for origin in Int64(101)...120 { trial.enqueue(origin, 0) }
        for origin in Int64(2)...20 { for n in 0..<200 { trial.enqueue(origin, n) } }
        trial.run(until: at(100))
        #expect(trial.starts.count { suspects.contains($0.id) } == 3)
        let others = trial.starts.filter { !suspects.contains($0.id) }.map(\.at)
        let widest = try #require(zip(others.dropFirst(), others).map { $0 - $1 }.max())
        #expect(widest < .seconds(10), "\(widest)")
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("of 1,000 suspects in a crawl that is never quiet each is asked within 70 minutes, and one's hour is kept")
    func many() throws {
        let suspects = (1001...2000).map { MemoryFrontier.id($0, 0) }
        let failing = suspects[500]
        var trial = SchedulerTrial(opening: Self.opening(suspects)) { $0.leasePerOrigin = 4000 }
        trial.server = { id, _ in
            guard URLKey.origin(of: id) > 1000 else { return SchedulerTrial.Reply(after: .seconds(3)) }
            return SchedulerTrial.Reply(id == failing ? .unknownOriginError : .success)
        }
        for origin in Int64(1001)...2000 { trial.enqueue(origin, 0) }
        for origin in Int64(1)...4 { for n in 0..<3000 { trial.enqueue(origin, n) } }
        trial.run(until: at(8000))
        #expect(trial.starts.contains { $0.origin <= 4 && $0.at > at(7990) }, "the crawl was busy to the end")
        let first = suspects.compactMap { suspect in trial.starts.first { $0.id == suspect }?.at }
        #expect(first.count == 1000 && first.allSatisfy { $0 < at(70 * 60) })
        let own = trial.verdicts.filter { $0.id == failing }
        let begun = try #require(own.first?.at)
        let marked = try #require(own.first { $0.event == .marked }?.at)
        #expect(marked - begun >= .seconds(3600) && marked - begun < .seconds(3800), "\(marked - begun)")
        #expect(Self.company(of: failing, trial, answer: .milliseconds(100)) == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("answers that take longer than a stop do not keep it waiting for ever, and stop nobody for long")
    func slowCompany() {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect]))
        // Two that hang for two minutes each, one beginning in the middle of the other, and one that is quick.
        trial.server = { id, _ in
            SchedulerTrial.Reply(after: URLKey.origin(of: id) <= 3 ? .seconds(120) : .milliseconds(50))
        }
        trial.enqueue(1, 0)
        for n in 0..<60 { trial.enqueue(2, n) }
        for n in 0..<60 { trial.enqueue(3, n, due: at(60)) }
        for n in 0..<3000 { trial.enqueue(4, n) }
        trial.run(until: at(3600))
        #expect(trial.starts.contains { $0.id == suspect })
        #expect(Self.company(of: suspect, trial, answer: .milliseconds(50)) == 0)
        let before = trial.starts.prefix { $0.id != suspect }.filter { $0.origin == 4 }.map(\.at)
        let stopped = zip(before.dropFirst(), before).map { ($0 - $1).ms - 1000 }.reduce(0, +)
        #expect(Double(stopped) < 0.35 * Double(((before.last ?? at(0)) - at(0)).ms))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("put back: not asked before, while all others are")
    func putBack() {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect], putBackUntil: at(3600)))
        for n in 0..<5 { trial.enqueue(1, n) }
        trial.enqueue(2, 0)
        trial.run(until: at(100))
        #expect(trial.starts.count == 5)
        #expect(trial.scheduler.suspectWait(of: suspect, now: trial.now) == SuspectWait(ends: 2, until: at(3600)))
        #expect(trial.scheduler.suspectCount(now: trial.now) == (1, 1))
        trial.run(until: at(4000))
        #expect(trial.starts.last.map { $0.id == suspect && $0.at == at(3600) } ?? false)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("only a good answer clears it", arguments: [Outcome.serverError, .inconclusive, .connectTimeout, .throttled])
    func notCleared(_ outcome: Outcome) {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect]))
        trial.server = { _, now in SchedulerTrial.Reply(now < at(5) ? outcome : .success) }
        trial.enqueue(1, 0)
        for n in 0..<3 { trial.enqueue(2, n) }
        trial.run(until: at(4))
        #expect(trial.starts(of: 1).count >= 1)
        #expect(trial.scheduler.takeCleared().isEmpty && trial.scheduler.suspectCount(now: at(4)).all == 1)
        trial.run(until: at(4000))
        #expect(trial.scheduler.takeCleared() == [suspect])
        #expect(Self.company(of: suspect, trial, answer: .milliseconds(100)) == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a probe of an hour keeps its schedule")
    func probe() {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect]))
        trial.server = { id, _ in SchedulerTrial.Reply(id == suspect ? .unknownOriginError : .success, after: .zero) }
        trial.enqueue(1, 0)
        trial.run(until: at(3700))
        #expect(trial.starts(of: 1) == [0, 1, 3, 7, 15, 300, 900, 1800, 2700, 3600])
        #expect(trial.verdicts.last?.event == .marked)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("removed or put off while it waits: nobody is stopped for it")
    func gone() {
        let suspects = [MemoryFrontier.id(1, 0), MemoryFrontier.id(1, 1)]
        var trial = SchedulerTrial(opening: Self.opening(suspects))
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(20)) }
        for n in 0..<2 { trial.enqueue(1, n) }
        for origin in Int64(2)...9 { for n in 0..<10 { trial.enqueue(origin, n) } }
        trial.run(until: at(10))
        trial.frontier[suspects[0]] = nil
        trial.frontier[suspects[1]]?.due = at(1000)
        trial.run(until: at(900))
        #expect(trial.starts(of: 1).isEmpty)
        trial.run(until: at(1200))
        #expect(trial.starts(of: 1).count == 1)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("nothing in a pause; the turn comes after it")
    func pause() {
        let suspect = MemoryFrontier.id(1, 0)
        var trial = SchedulerTrial(opening: Self.opening([suspect]))
        trial.scheduler.isPaused = true
        trial.enqueue(1, 0)
        trial.run(until: at(100))
        #expect(trial.starts.isEmpty)
        trial.scheduler.isPaused = false
        trial.run(until: at(200))
        #expect(trial.starts.count == 1)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }
}
