import CrawlTesting
import Testing

@testable import CrawlCore

/// The store answers when it can: the world goes on meanwhile.
struct LeaseUnderWayTests {
    /// Of one moment or the other: what is read may be of before or of after anything that is stored meanwhile.
    enum Reading: String, CaseIterable, CustomTestStringConvertible {
        case early = "read when it was asked for"
        case late = "read when it comes"
        var testDescription: String { rawValue }
    }

    private func trial(
        _ reading: Reading = .early, takes: Duration = .seconds(5), seed: UInt64 = 1,
        _ adjust: (inout SchedulerRules) -> Void = { $0.crawlDelay = .zero }
    ) -> SchedulerTrial {
        var trial = SchedulerTrial(seed: seed, adjust)
        trial.store = { _ in (takes, reading == .late) }
        return trial
    }

    @Test("an origin whose lease takes long keeps nobody")
    func othersGoOn() {
        var trial = trial()
        trial.store = { ($0.origin == 1 ? .seconds(60) : .zero, false) }
        for n in 0..<5 { for origin in [Int64(1), 2] { trial.enqueue(origin, n) } }
        trial.run(until: at(50))
        #expect(trial.starts(of: 1).isEmpty && trial.starts(of: 2).count == 5)
        trial.run(until: at(70))
        #expect(trial.starts(of: 1).count == 5)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("what is enqueued meanwhile is asked, once", arguments: Reading.allCases)
    func enqueued(_ reading: Reading) {
        var trial = trial(reading)
        trial.enqueue(1, 0)
        trial.run(until: at(2))
        trial.enqueue(1, 1)
        trial.enqueue(1, 2, due: at(30))
        trial.run(until: at(100))
        #expect(trial.starts.map { $0.id & URLKey.hashMask } == [0, 1, 2])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("what is stored of an answer meanwhile is asked when it says, and not before", arguments: Reading.allCases)
    func committed(_ reading: Reading) {
        var trial = trial(reading) {
            $0.crawlDelay = .zero
            $0.perOriginInFlight = 2
            $0.recrawl = .every(.seconds(40))
        }
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(3)) }
        trial.enqueue(1, 0)
        trial.run(until: at(6))
        // One is in flight since 5; the lease for the next comes at 11, when that is answered and stored.
        trial.enqueue(1, 1)
        trial.run(until: at(60))
        #expect(trial.starts.map { $0.id & URLKey.hashMask }.prefix(2) == [0, 1])
        #expect(trial.starts.filter { $0.id & URLKey.hashMask == 0 }.count == 2)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("rows that are removed meanwhile are not asked", arguments: Reading.allCases)
    func removed(_ reading: Reading) {
        var trial = trial(reading)
        for n in 0..<4 { trial.enqueue(1, n) }
        trial.run(until: at(2))
        for n in 0..<3 { trial.frontier[MemoryFrontier.id(1, n)] = nil }
        trial.scheduler.reconsider(origin: 1, now: at(2))
        trial.run(until: at(60))
        #expect(trial.starts.map { $0.id & URLKey.hashMask } == [3])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("URLs that are put before others all the time do not keep their origin from being asked")
    func putBefore() {
        var trial = trial()
        trial.enqueue(1, 0)
        for n in 1...60 {
            trial.run(until: at(Double(n)))
            trial.enqueue(1, n, priority: n, reorders: true)
        }
        // Three leases of 5 s each were of before, the fourth counts.
        #expect(trial.starts(of: 1).first == 20)
        trial.run(until: at(600))
        #expect(Set(trial.starts.map(\.id)).count == 61)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a store that cannot be read is asked again")
    func notLeased() {
        var trial = trial()
        trial.enqueue(1, 0)
        var batch = FetchBatch()
        guard case .lease(let request)? = trial.scheduler.next(at(0), into: &batch) else {
            Issue.record("nothing is leased")
            return
        }
        #expect(trial.scheduler.next(at(0), into: &batch) == nil && trial.scheduler.nextWake() == nil)
        trial.scheduler.notLeased(request, now: at(1))
        trial.scheduler.leased(trial.frontier.lease(request), for: request, now: at(1))  // nobody waits for it
        trial.now = at(1)
        trial.run(until: at(60))
        #expect(trial.starts(of: 1) == [6])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("origins are leased ahead while as much is in flight as may be, in their order, and not all of them")
    func ahead() {
        var trial = trial(takes: .milliseconds(1)) {
            $0.crawlDelay = .zero
            $0.maxInFlight = 1
        }
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(1)) }
        for origin in 1...500 { trial.enqueue(Int64(origin), 0) }
        trial.run(until: at(0.5))
        #expect(trial.starts.count == 1)
        #expect(trial.frontier.timesLeased > 100 && trial.frontier.timesLeased < 200)
        trial.run(until: at(600))
        #expect(trial.starts.map(\.origin) == (1...500).map { Int64($0) })
        #expect(trial.frontier.timesLeased <= 1000)  // once for its URL, and once to see that there is no other
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test(
        "whatever the store takes, every due URL is asked once, politely, and none is passed over",
        arguments: Array(1...40) as [UInt64])
    func anyOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let delay = random.pick([Duration.zero, .milliseconds(300), .seconds(1)]) ?? .zero
        let inFlight = random.int(1...40)
        let perOrigin = random.int(1...3)
        var trial = trial(seed: seed) {
            $0.crawlDelay = delay
            $0.maxInFlight = inFlight
            $0.perOriginInFlight = delay > .zero ? 1 : perOrigin
        }
        var stores = SeededRandom(seed: seed &+ 1000)
        trial.store = { _ in (.milliseconds(Int64(stores.int(0...900))), stores.chance(0.5)) }
        trial.server = { id, _ in
            SchedulerTrial.Reply(
                id % 7 == 0 ? .unknownOriginError : .success, after: .milliseconds(Int64(50 + id % 400)))
        }
        var failing: Set<Int64> = []
        for step in 0..<60 {
            for _ in 0..<random.int(0...6) {
                let (origin, n) = (Int64(random.int(1...8)), random.int(0...60))
                let id = MemoryFrontier.id(origin, n)
                guard trial.frontier[id] == nil else { continue }
                if id % 7 == 0 { failing.insert(id) }
                trial.enqueue(origin, n, due: trial.now + .milliseconds(Int64(random.int(0...3000))))
            }
            if random.chance(0.2) {
                trial.scheduler.reconsider(origin: Int64(random.int(1...8)), now: trial.now)
            }
            trial.run(until: at(Double(step) * 0.5))
        }
        trial.run(until: at(300))
        let known = trial.frontier.allRows.map(\.id).filter { !failing.contains($0) }
        let asked = trial.starts.map(\.id).filter { !failing.contains($0) }
        #expect(asked.count == Set(asked).count, "asked twice")
        #expect(Set(asked) == Set(known))
        #expect(Set(trial.starts.map(\.id)).isSuperset(of: failing))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
        #expect(trial.scheduler.leasedRows >= 0 && trial.scheduler.leasesUnderWay == 0)
    }
}
