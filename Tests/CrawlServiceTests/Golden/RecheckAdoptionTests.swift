import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import GRDB
import Testing

/// A database of the version before rechecks went by the outage's age.
@Suite struct RecheckAdoptionTests {
    static let start = VirtualTime().now()
    static let rules = HealthRules()

    /// Sites that answer 520 for ever, with rechecks that double: at 2, 4, 8 and 16 h. Stopped at `moment`.
    private static func old(
        _ urls: [String], at moment: Duration, robots: Bool = false, retryAfter: String? = nil
    ) throws -> VirtualCrawl {
        let settings = GoldenTimelineTests.settings {
            $0.health.recheckRatio = 0
            $0.health.recheckFirst = .hours(1)
            $0.robots.obeys = robots
        }
        let crawl = try VirtualCrawl(settings: settings) { _ in RetryWishTimelineTests.edge(520, retryAfter: retryAfter)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: start + moment)
        crawl.stop()
        crawl.kill()
        try DatabaseQueue(path: crawl.store.path).write {
            try $0.execute(sql: "INSERT OR REPLACE INTO fact VALUES ('rechecks_after', -9223372036854775808)")
        }
        return crawl
    }

    private static func adopt(_ crawl: VirtualCrawl, after: Int64? = nil, chunk: Int = 2) throws -> Int {
        if let after {
            try DatabaseQueue(path: crawl.store.path).write {
                try $0.execute(sql: "UPDATE fact SET value = ? WHERE name = 'rechecks_after'", arguments: [after])
            }
        }
        let store = try FrontierStore(path: crawl.store.path)
        let marks = try store.hastenRechecks(rules, now: crawl.time.now(), chunk: chunk)
        #expect(try store.hastenRechecks(rules, now: crawl.time.now(), chunk: chunk) == 0, "once")
        return marks
    }

    /// When the next request to each URL comes, after the restart.
    private static func looks(_ crawl: VirtualCrawl, _ urls: [String]) throws -> [Duration] {
        let asked = crawl.log.count
        try crawl.restart()
        crawl.time.run(until: start + .hours(16) - .minutes(1))
        return urls.compactMap { url in crawl.log.dropFirst(asked).first { $0.url == url }?.at }.map { $0 - start }
    }

    @Test("a look that is not overdue by the rule comes when the rule has it")
    func sooner() throws {
        let crawl = try Self.old([GoldenTimelineTests.url], at: .hours(8) + .minutes(20))
        #expect(try Self.adopt(crawl) == 1)
        #expect(try Self.looks(crawl, [GoldenTimelineTests.url]) == [.hours(9)])
    }

    @Test("what is overdue by the rule is spread over resolve_spread, whatever the chunks", arguments: [1, 2, 1000])
    func overdue(chunk: Int) throws {
        let urls = (0..<20).map { "http://o\($0).test/" }
        let crawl = try Self.old(urls, at: .hours(11))
        #expect(try Self.adopt(crawl, chunk: chunk) == 20)
        let looks = try Self.looks(crawl, urls)
        #expect(looks.count == 20)
        #expect(looks.allSatisfy { $0 >= .hours(11) && $0 <= .hours(11) + .minutes(10) }, "\(looks)")
        #expect(Set(looks.map { $0.ms / 60_000 }).count > 5, "\(looks)")
    }

    @Test("a mark by robots.txt too")
    func robots() throws {
        let crawl = try Self.old(["http://a.test/"], at: .hours(8) + .minutes(20), robots: true)
        #expect(try Self.adopt(crawl) == 1)
        #expect(try Self.looks(crawl, ["http://a.test/robots.txt"]) == [.hours(9)])
    }

    @Test("a server's wish is kept, and a look that comes sooner anyway")
    func kept() throws {
        let wish = try Self.old([GoldenTimelineTests.url], at: .hours(8) + .minutes(20), retryAfter: "25200")
        #expect(try Self.adopt(wish) <= 1)
        let looks = try Self.looks(wish, [GoldenTimelineTests.url])
        #expect(looks.allSatisfy { $0 >= .hours(15) }, "\(looks)")
        let soon = try Self.old([GoldenTimelineTests.url], at: .hours(2) + .minutes(5))
        #expect(try Self.adopt(soon) == 1, "at 2:30, and not at 4:00")
        #expect(try Self.looks(soon, [GoldenTimelineTests.url]) == [.hours(2.5)])
    }

    @Test("cut short, it goes on where it was")
    func goesOn() throws {
        let urls = (0..<10).map { "http://o\($0).test/" }
        let crawl = try Self.old(urls, at: .hours(11))
        let ids = try DatabaseQueue(path: crawl.store.path).read {
            try Int64.fetchAll($0, sql: "SELECT id FROM health WHERE phase = 3 ORDER BY id")
        }
        #expect(ids.count == 10)
        #expect(try Self.adopt(crawl, after: ids[3]) == 6)
    }
}
