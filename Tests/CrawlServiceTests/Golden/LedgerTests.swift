import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What requests went for, and what the marks have saved; the same after a restart.
@Suite struct LedgerTests {
    static let start = VirtualTime().now()

    @Test(
        "an origin's mark saves what the pending schedule would send, never more than the crawl delay allows",
        arguments: [(urls: 10, perDay: 960), (urls: 1_000, perDay: 86_400)])
    func origin(urls: Int, perDay: Int64) throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1))) { _ in
            .init(status: 520)
        }
        crawl.enqueue((0..<urls).map { "http://a.test/page-\($0)" })
        crawl.time.run(until: Self.start + .hours(3))
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        crawl.time.run(until: incident.markedAt + .hours(24))
        let ledger = try crawl.store.ledger(now: crawl.time.now())
        #expect(ledger.spent == Int64(crawl.log.count))
        #expect(ledger.wasted == ledger.spent)
        // A day's worth, less the 21 canaries and scouts of that day.
        #expect(ledger.saved <= perDay)
        #expect(ledger.saved >= perDay - 22, "\(ledger.saved)")
        try crawl.restart()
        #expect(try crawl.store.ledger(now: crawl.time.now()) == ledger)
    }

    @Test("several marks of one origin save no more together than its crawl delay allows")
    func sharesTheDelay() throws {
        let broken = (0..<6).map { "http://a.test/broken-\($0)" }
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: .minutes(4)) { $0.health.originTrip = 0 }
        ) { _ in .init(status: 520) }
        crawl.enqueue(broken)
        crawl.time.run(until: Self.start + .hours(6))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 6)
        let before = try crawl.store.ledger(now: crawl.time.now()).saved
        crawl.time.run(for: .hours(24))
        // 360 a day are allowed, less about 14 canaries of each of six pages; 96 for each would be 576.
        let saved = try crawl.store.ledger(now: crawl.time.now()).saved - before
        #expect((265...285).contains(saved), "\(saved)")
        crawl.kill()
        try crawl.restart()
        #expect(try crawl.store.ledger(now: crawl.time.now()).saved - before == saved)
    }

    @Test("good answers are spent and not wasted; what is repaired saves no more, and what it saved stays")
    func repaired() throws {
        let url = "http://a.test/broken"
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { request in
            .init(status: request.url == url && request.at < Self.start + .hours(3) ? 520 : 200)
        }
        crawl.enqueue([url, "http://b.test/good"])
        crawl.time.run(until: Self.start + .hours(5))
        let ledger = try crawl.store.ledger(now: crawl.time.now())
        #expect(ledger.spent == Int64(crawl.log.count))
        #expect(ledger.wasted == Int64(crawl.log.count - 3), "the good page, the canary and its confirmation are not")
        // Two hours from the mark to the good answer, four probes each, less five canaries.
        #expect((2...4).contains(ledger.saved), "\(ledger.saved)")
        crawl.time.run(until: Self.start + .hours(50))
        #expect(try crawl.store.ledger(now: crawl.time.now()) == ledger)
        let resolved = try #require(try crawl.store.alerts(after: 0, limit: 10).last?.alert.facts)
        #expect(Int64(resolved.requestsSaved) == ledger.saved)
    }
}
