import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// The clock is set back by days: no origin waits longer for it than for a hold that begins now.
@Suite struct ClockSetBackTests {
    static let robots = RobotsCrawlTests.robots

    enum How: CaseIterable, CustomTestStringConvertible {
        case running
        case stopped
        case killed
        var testDescription: String { "\(self)" }
    }

    /// The clock is set back by five days, while the daemon runs or between two of its lives.
    static func setBack(_ crawl: VirtualCrawl, _ how: How) throws {
        if how == .stopped { crawl.stop() }
        crawl.time.jump(by: .hours(-120))
        if how != .running { try crawl.restart() }
    }

    /// How long the origin was left alone from now on.
    static func wait(_ crawl: VirtualCrawl, for url: String, within limit: Duration) -> Duration? {
        let asked = crawl.log.count
        let now = crawl.time.now()
        crawl.time.run(for: limit)
        return crawl.log.dropFirst(asked).first { $0.url.hasPrefix(url) }.map { $0.at - now }
    }

    @Test("held for robots.txt: asked again within a probe's distance, or a recheck's", arguments: How.allCases)
    func robotsHold(how: How) throws {
        for (minutes, limit) in [(20.0, 16.0), (75, 61)] {
            let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
                .init(status: request.url == Self.robots ? 520 : 200)
            }
            crawl.enqueue(RobotsCrawlTests.pages(1))
            crawl.time.run(for: .minutes(minutes))
            try Self.setBack(crawl, how)
            let wait = Self.wait(crawl, for: Self.robots, within: .hours(100))
            #expect(wait.map { $0 <= .minutes(limit) } ?? false, "\(minutes) \(String(describing: wait))")
        }
    }

    @Test("a copy is not used for longer than a day of the new time", arguments: How.allCases)
    func copy(how: How) throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings { $0.recrawl = .every(.seconds(3600)) }) {
            $0.url == Self.robots ? .text("") : .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(1))
        crawl.time.run(for: .hours(3))
        try Self.setBack(crawl, how)
        crawl.enqueue(RobotsCrawlTests.pages(30))
        let wait = Self.wait(crawl, for: Self.robots, within: .hours(119))
        #expect(wait.map { $0 <= .hours(24) } ?? false, "\(String(describing: wait))")
    }

    @Test("all refused: the rules are looked at again within a day", arguments: How.allCases)
    func refused(how: How) throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            request.url == Self.robots ? .text("User-agent: *\nDisallow: /\n") : .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(for: .hours(3))
        try Self.setBack(crawl, how)
        let wait = Self.wait(crawl, for: Self.robots, within: .hours(119))
        #expect(wait.map { $0 <= .hours(24) + .seconds(2) } ?? false, "\(String(describing: wait))")
    }

    @Test("a block lasts no longer than it did when it began", arguments: How.allCases)
    func block(how: How) throws {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings { $0.recrawl = .every(.seconds(60)) }
        ) { request in
            .throttled(429, retryAfter: "600")
        }
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(for: .minutes(1))
        try Self.setBack(crawl, how)
        crawl.enqueue(["http://a.test/new"])
        let wait = Self.wait(crawl, for: "http://a.test/", within: .hours(100))
        let limit: Duration = how == .killed ? .hours(24.1) : .minutes(10.1)
        #expect(wait.map { $0 <= limit } ?? false, "\(String(describing: wait))")
        #expect(wait.map { $0 >= .minutes(9) } ?? false, "\(String(describing: wait))")
    }

    @Test("a clock set ahead makes no gap shorter: five seconds of it are not five seconds of quiet")
    func ahead() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(10))) { _ in
            .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(for: .seconds(2))
        crawl.time.jump(by: .hours(1))
        crawl.enqueue(["http://b.test/page"])  // something that makes the loop look at the clock
        #expect(Self.wait(crawl, for: "http://a.test/", within: .minutes(1)) == .seconds(8))
    }
}
