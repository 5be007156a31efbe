import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Requests per UTC day, in all and per origin, over days and restarts. Virtual time begins at midnight UTC.
@Suite struct BudgetCrawlTests {
    static let start = VirtualTime().now()
    static let midnight = Duration.hours(24)

    static func crawl(
        all: Int = 0, origin: Int = 0, edit: (inout SchedulerRules) -> Void = { _ in },
        status: @escaping @Sendable (String) -> Int32 = { _ in 200 }
    ) throws -> VirtualCrawl {
        let settings = GoldenTimelineTests.settings {
            $0.budget.requestsPerDay = all
            $0.budget.requestsPerOriginPerDay = origin
            edit(&$0)
        }
        return try VirtualCrawl(settings: settings) { .init(status: status($0.url)) }
    }

    static func pages(_ n: Int, of host: String) -> [String] { (0..<n).map { "http://\(host).test/\($0)" } }

    @Test("ordinary traffic stops at 95 % of the day's requests and goes on at midnight UTC")
    func day() throws {
        let crawl = try Self.crawl(all: 100)
        crawl.enqueue(Self.pages(80, of: "a") + Self.pages(80, of: "b"))
        crawl.time.run(for: Self.midnight - .seconds(1))
        #expect(crawl.log.count == 95)
        crawl.time.run(for: .hours(1))
        #expect(crawl.log.count == 160)
        #expect(crawl.log.dropFirst(95).allSatisfy { $0.at - Self.start >= Self.midnight })
    }

    @Test("each origin has its own; the others go on")
    func perOrigin() throws {
        let crawl = try Self.crawl(origin: 20)
        crawl.enqueue(Self.pages(50, of: "a") + Self.pages(10, of: "b"))
        crawl.time.run(for: .hours(2))
        #expect(crawl.log.filter { $0.url.contains("a.test") }.count == 19)
        #expect(crawl.log.filter { $0.url.contains("b.test") }.count == 10)
        crawl.time.run(for: .hours(24 * 3))
        #expect(crawl.log.count == 60)
    }

    @Test("what was spent survives restarts, clean or not", arguments: [false, true])
    func restart(isClean: Bool) throws {
        let crawl = try Self.crawl(all: 40, origin: 20)
        crawl.enqueue(Self.pages(50, of: "a"))
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 19)
        if isClean { crawl.stop() }
        try crawl.restart()
        crawl.enqueue(Self.pages(50, of: "b"))
        crawl.time.run(for: .hours(2))
        #expect(crawl.log.filter { $0.url.contains("a.test") }.count == 19)
        #expect(crawl.log.filter { $0.url.contains("b.test") }.count == 19)
        try crawl.restart()
        crawl.enqueue(Self.pages(5, of: "c"))
        crawl.time.run(for: .hours(2))
        #expect(crawl.log.count == 38)
    }

    @Test("retries count, and what is kept for health traffic lets an hour of 520 be seen through")
    func health() throws {
        let crawl = try Self.crawl(all: 400, status: { $0.contains("broken") ? 520 : 200 })
        crawl.enqueue(["http://a.test/broken"])
        crawl.time.run(for: .seconds(20))
        crawl.enqueue(Self.pages(1000, of: "a"))
        crawl.time.run(for: .minutes(70))
        #expect(crawl.log.filter { $0.url.contains("broken") }.count == 10)
        #expect(crawl.log.count > 380 && crawl.log.count <= 400)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 5).count == 1)
    }

    @Test("a new limit counts at once, in both directions")
    func reload() throws {
        let crawl = try Self.crawl(all: 20)
        crawl.enqueue(Self.pages(60, of: "a"))
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 19)
        var rules = GoldenTimelineTests.settings().rules
        rules.budget.requestsPerDay = 40
        crawl.loop.apply(rules, OutcomeClassifier(), RefusalPolicy())
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 38)
    }

    @Test("robots.txt counts, and its refresh is not stopped by what ordinary traffic spent")
    func robots() throws {
        let crawl = try Self.crawl(origin: 10, edit: { $0.robots.obeys = true }, status: { _ in 404 })
        crawl.enqueue(Self.pages(50, of: "a"))
        crawl.time.run(for: .minutes(10))
        #expect(crawl.log.count == 9)
        #expect(crawl.log.first?.url == "http://a.test/robots.txt")
    }
}
