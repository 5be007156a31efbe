import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// `robots.obey` changed by a reload: what robots.txt holds ends with it.
@Suite struct RobotsReloadTests {
    static let robots = RobotsCrawlTests.robots
    static let start = VirtualTime().now()

    static func obey(_ obeys: Bool, _ crawl: VirtualCrawl) {
        var rules = RobotsCrawlTests.settings().rules
        rules.robots.obeys = obeys
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .zero)
    }

    static func crawl(latency: Duration = .zero) throws -> VirtualCrawl {
        try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            request.url == robots ? .init(status: 520, latency: latency) : .init(status: 200)
        }
    }

    @Test("no longer obeyed: held URLs go on at once, and the incident is withdrawn", arguments: [20.0, 75])
    func withdraws(after minutes: Double) throws {
        let crawl = try Self.crawl()
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(for: .minutes(minutes))
        let isMarked = minutes > 60
        #expect(
            try crawl.record("http://a.test/page-0")?.hold == (isMarked ? .originBroken : .robotsUnreachable))
        let asked = crawl.times(Self.robots).count
        Self.obey(false, crawl)
        crawl.time.run(for: .seconds(1))
        #expect(crawl.times(Self.robots).count == asked)
        #expect(crawl.log.count == asked + 3)
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
        #expect(try crawl.record("http://a.test/page-0")?.hold == nil)
        #expect(try crawl.store.stats().heldURLs == 0)
        #expect(
            try crawl.store.incidents(openOnly: false, after: nil, limit: 9).map(\.how)
                == (isMarked ? ["withdrawn"] : []))
        let alerts = try crawl.store.alerts(after: 0, limit: 9).map(\.alert.facts)
        #expect(alerts.map(\.event) == (isMarked ? [.brokenOrigin, .resolved] : []))
        #expect(alerts.last?.how == (isMarked ? .withdrawn : nil))

        Self.obey(true, crawl)
        crawl.enqueue(["http://a.test/new"])
        crawl.time.run(for: .seconds(1))
        #expect(crawl.times(Self.robots).count == asked + 2)  // anew, with a burst of its own
        #expect(try crawl.record("http://a.test/new")?.hold == .robotsUnreachable)
    }

    @Test("an answer that was under way holds nothing any more")
    func underWay() throws {
        let crawl = try Self.crawl(latency: .seconds(10))
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(for: .seconds(5))
        Self.obey(false, crawl)
        crawl.time.run(for: .minutes(2))
        #expect(crawl.times(Self.robots).count == 1)
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
        #expect(try crawl.store.originRecord("http://a.test")?.hold == nil)
        Self.obey(true, crawl)
        crawl.time.run(for: .minutes(2))
        #expect(crawl.times(Self.robots).count == 1)  // nothing is due
    }

    @Test("origins that wait for another host's answer go on, and that host is not asked for them")
    func waiting() throws {
        let crawl = try RobotsHubTests.crawl(delay: .seconds(10), target: { "http://hub.test/\($0).txt" }) { _ in
            .text("User-agent: *\nDisallow: /\n")
        }
        crawl.enqueue(RobotsHubTests.farm(20))
        crawl.time.run(for: .seconds(5))
        let asked = RobotsHubTests.atHub(crawl).count
        Self.obey(false, crawl)
        crawl.time.run(for: .minutes(1))
        #expect(try RobotsHubTests.isDone(crawl, RobotsHubTests.farm(20)) == 20)
        #expect(RobotsHubTests.atHub(crawl).count == asked)
    }
}
