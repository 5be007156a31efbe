import ControlAPI
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlService

/// What `status` says of why due work waits is what a look at every origin finds, at every moment.
@Suite struct WaitSumsTests {
    static let start = VirtualTime().now()

    /// By looking at all of them.
    private static func counted(_ scheduler: Scheduler, _ now: Instant) -> [WaitRule: Int] {
        var counted: [WaitRule: Int] = [:]
        for (origin, slot) in scheduler.origins {
            guard let active = slot.active else {
                // Nobody has looked what it has to be asked for.
                let isReady = slot.turn != 0 && slot.at <= now && scheduler.inFlight >= scheduler.rules.maxInFlight
                if let rule = scheduler.asleep[origin] ?? (isReady ? .all : nil) { counted[rule, default: 0] += 1 }
                continue
            }
            let isHeld = active.isHolding || scheduler.robots.peek(origin)?.hold(now) != nil
            guard !isHeld, active.hasDueWork(now), let wait = scheduler.wait(of: origin, now: now) else { continue }
            counted[wait.rule, default: 0] += 1
        }
        return counted
    }

    private static func url(_ index: Int) -> String { "http://o\(index % 1_000).test/\(index / 1_000)" }

    /// By the origin's number: throttled, broken, slow, or all at one address, or fine.
    private static func answer(_ request: SimulatedFetcher.Request) -> SimulatedFetcher.Answer {
        let host = request.url.dropFirst("http://o".count).prefix { $0.isNumber }
        let number = Int(host) ?? 0
        switch number % 10 {
        case 0 where request.at < start + .minutes(10): return .throttled(retryAfter: "\(600 + number)")
        case 1: return .init(status: 520)
        case 2: return .init(status: 200, latency: .seconds(5))
        case 3:
            return .init(status: 200, latency: .seconds(2)) { $0.remoteAddress = IPAddress(v4: 0xCB00_7107) }
        default: return .init(status: 200, latency: .milliseconds(100))
        }
    }

    @Test("10,000 URLs of 1,000 origins that wait for many things", arguments: [1_024, 60])
    func sums(maxInFlight: Int) throws {
        let settings = GoldenTimelineTests.settings(delay: .seconds(2)) {
            $0.maxInFlight = maxInFlight
            $0.perAddressInFlight = 4
            $0.budget.requestsPerOriginPerDay = 25
        }
        let crawl = try VirtualCrawl(settings: settings, inMemory: true, keepsLog: false, answer: Self.answer)
        for part in 0..<10 { crawl.enqueue((part * 1_000..<(part + 1) * 1_000).map(Self.url)) }
        var seen: Set<WaitRule> = []
        for step in 0..<60 {
            crawl.time.run(for: step < 40 ? .milliseconds(700) : .minutes(4))
            let now = crawl.time.now()
            let told = crawl.loop.scheduler?.dueWaits(now)
            let waits = try #require(told)
            let scheduler = try #require(crawl.loop.scheduler)
            #expect(waits.origins == Self.counted(scheduler, now), "step \(step)")
            seen.formUnion(waits.origins.keys)
            let blocks = scheduler.origins.values.compactMap { $0.active?.block?.block.until }.filter { $0 > now }
            if waits.origins[.retryAfter] != nil { #expect(waits.nextAfterBlock == blocks.min(), "step \(step)") }
            if step == 20 { for more in 0..<20 { crawl.enqueue((0..<300).map { Self.url($0) + "?\(more)" }) } }
        }
        #expect(seen.isSuperset(of: [.crawlDelay, .retryAfter, .address, .origin, .budget]), "\(seen)")
        #expect(seen.contains(.all) == (maxInFlight < 1_000))
        let figures = try crawl.store.figures(now: crawl.time.now())
        #expect(figures.stats.heldOrigins[.originBroken] == 100)
    }

    @Test("what keeps all is the reason of all: an operator, storage")
    func all() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(10)), answer: Self.answer)
        crawl.enqueue((0..<50).map { "http://o\($0 + 4).test/a" } + (0..<50).map { "http://o\($0 + 4).test/b" })
        crawl.time.run(for: .milliseconds(1_500))
        crawl.loop.setPaused(true)
        crawl.time.run(for: .seconds(70))
        #expect(crawl.snapshot()?.waits.origins.keys.sorted { $0.rawValue < $1.rawValue } == [.paused])
        let paused = try #require(crawl.snapshot()?.waits.origins[.paused])
        crawl.loop.lane.async { [loop = crawl.loop] in loop.trouble(FrontierError.full(path: "/x")) }
        crawl.time.run(for: .zero)
        var report = StatusReport(version: "1")
        report.tell(due: 7, try #require(crawl.snapshot()), held: [.originBroken: 3])
        #expect(
            report.waiting == [
                WaitingRecord(rule: "storage-full", origins: paused), WaitingRecord(rule: "origin-broken", origins: 3),
            ])
        #expect(report.dueNow == 7 && report.rate1m == 0 && report.secondsLeft == nil)
    }

    @Test("rates, and the time that is left at them")
    func rates() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1))) { _ in
            .init(status: 200, latency: .milliseconds(10))
        }
        crawl.enqueue((0..<20).flatMap { page in (0..<5).map { "http://a\($0).test/\(page)" } })
        crawl.time.run(for: .seconds(11))
        let snapshot = try #require(crawl.snapshot())
        var report = StatusReport(version: "1")
        report.tell(due: 45, snapshot, held: [:])
        #expect(report.rate10s == 5 && report.rate1m == 5 && report.secondsLeft == 9)
        crawl.time.run(for: .minutes(5))
        report.tell(due: 0, try #require(crawl.snapshot()), held: [:])
        #expect(report.rate10s == 0 && report.secondsLeft == nil)
    }
}
