import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// robots.txt that cannot be had: the copy is used on, or the origin is held and robots.txt runs the hour.
@Suite struct RobotsOutageTests {
    static let robots = RobotsCrawlTests.robots
    static let start = VirtualTime().now()

    @Test("520 to everything from the first request on: marked after an hour, robots obeyed, in at most 20 requests")
    func everything() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in .init(status: 520) }
        crawl.enqueue(RobotsCrawlTests.pages(100))
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(crawl.times(Self.robots) == GoldenTimelineTests.hourOf520)
        #expect(crawl.log.count == 10)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.url == Self.robots)
        #expect(incident.facts.origin == "http://a.test")
        #expect(incident.facts.cause == "520")
        #expect(incident.facts.urlsAffected == 100)
        #expect(incident.markedAt == Self.start + .minutes(60))
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)
        let record = try #require(try crawl.record("http://a.test/page-3"))
        #expect(record.hold == .originBroken)
        #expect(record.health == nil)
        #expect(record.attempts == 0)
        #expect(try crawl.store.stats().heldURLs == 100)

        crawl.enqueue(["http://a.test/new"])
        crawl.time.run(until: Self.start + .hours(4) + .minutes(29))
        #expect(crawl.times(Self.robots).dropFirst(10).map { $0.ms / 60_000 } == [90, 120, 150, 180, 210, 240])
        #expect(crawl.log.count == 16)
    }

    @Test("robots.txt confirms itself: two good answers a minute apart resolve, and the URLs are asked")
    func resolves() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            if request.at - Self.start < .hours(3) { return .init(status: 520) }
            return request.url == Self.robots ? .text("User-agent: *\nDisallow: /page-1\n") : .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(5))
        crawl.time.run(until: Self.start + .hours(6))
        #expect(
            crawl.times(Self.robots) == GoldenTimelineTests.hourOf520 + [90, 120, 150, 180, 181].map { .minutes($0) })
        #expect(crawl.times("http://a.test/page-0") == [.minutes(181)])
        #expect(try crawl.record("http://a.test/page-1")?.state == .refused)
        let alerts = try crawl.store.alerts(after: 0, limit: 10)
        #expect(alerts.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(alerts.last?.alert.facts.how == .recovered)
        #expect(try crawl.record("http://a.test/page-0")?.hold == nil)
        #expect(try crawl.store.stats().heldURLs == 0)
    }

    @Test("held as robots-unreachable before the mark, whatever the failure", arguments: [500, 502, 520, 521, 526])
    func held(status: Int32) throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in .init(status: status) }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(for: .minutes(20))
        #expect(try crawl.record("http://a.test/page-0")?.hold == .robotsUnreachable)
        #expect(crawl.log.allSatisfy { $0.url == Self.robots })
        #expect(crawl.log.count < 10)
    }

    @Test("the mark survives restarts at any moment", arguments: [0.2, 10, 50, 75, 130])
    func restarts(at minute: Double) throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            request.at - Self.start < .hours(3) ? .init(status: 520) : .text("")
        }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(until: Self.start + .minutes(minute))
        try crawl.restart()
        crawl.time.run(until: Self.start + .minutes(76))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).count == 1)
        crawl.time.run(until: Self.start + .hours(9))
        #expect(crawl.times(Self.robots).count <= 20)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["recovered"])
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
    }

    @Test(
        "a copy at most 30 days old is used on through an outage, then the origin is held, and that is told after an hour"
    )
    func copy() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings { $0.recrawl = .every(.seconds(12 * 3600)) }) {
            request in
            if request.url != Self.robots { return .init(status: 200) }
            return request.at - Self.start < .hours(1)
                ? .text("User-agent: *\nDisallow: /private\n") : .init(status: 503)
        }
        crawl.enqueue(["http://a.test/page", "http://a.test/private"])
        crawl.time.run(until: Self.start + .hours(24 * 29))
        #expect(crawl.times("http://a.test/page").count >= 57)
        #expect(crawl.times("http://a.test/private").isEmpty)
        #expect(try crawl.record("http://a.test/page")?.hold == nil)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
        crawl.time.run(until: Self.start + .hours(24 * 31))
        #expect(try crawl.record("http://a.test/page")?.hold == .originBroken)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts.cause) == ["robots"])
        let asked = crawl.times("http://a.test/page").count
        crawl.time.run(until: Self.start + .hours(24 * 33))
        #expect(crawl.times("http://a.test/page").count == asked)
    }

    @Test("503 with Retry-After: no answer yet, asked again when the time is over")
    func retryAfter() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            if request.url != Self.robots { return .init(status: 200) }
            return request.at == Self.start ? .throttled(503, retryAfter: "120") : .text("")
        }
        crawl.enqueue(RobotsCrawlTests.pages(1))
        crawl.time.run(for: .minutes(10))
        #expect(crawl.log.map { $0.at - Self.start } == [.zero, .minutes(2), .minutes(2)])
    }

    @Test("revive takes the mark off the origin, closes the incident, and asks anew")
    func revive() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            request.at - Self.start < .minutes(70) ? .init(status: 520) : .text("")
        }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(until: Self.start + .minutes(75))
        let commit = try #require(try crawl.store.revive(.origin("http://a.test"), now: crawl.time.now()))
        crawl.changed(commit.rows)
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["revived"])
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
    }

    @Test("removing all URLs closes the incident, and nothing is asked any more")
    func remove() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in .init(status: 520) }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(until: Self.start + .minutes(75))
        let commit = try #require(try crawl.store.remove(.origin("http://a.test"), now: crawl.time.now()))
        crawl.changed(commit.rows)
        let asked = crawl.log.count
        crawl.time.run(for: .hours(48))
        #expect(crawl.log.count == asked)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["removed"])
    }
}
