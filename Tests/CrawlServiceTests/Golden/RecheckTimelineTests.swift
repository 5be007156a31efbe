import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// When what is marked is looked at, to the millisecond, and what its recovery leads to: real scheduler, loop and store,
/// virtual time.
@Suite struct RecheckTimelineTests {
    static let url = GoldenTimelineTests.url
    static let start = GoldenTimelineTests.start

    static func crawl(
        outage: Duration, edit: (inout SchedulerRules) -> Void = { _ in }
    ) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(edit: edit)) { request in
            .init(status: request.at - start < outage ? 520 : 200)
        }
        crawl.enqueue([url])
        return crawl
    }

    /// `h:mm:ss.mmm`, one after the other.
    static func times(_ text: String) -> [Duration] {
        text.split(whereSeparator: \.isWhitespace).compactMap { time in
            let parts = time.split(whereSeparator: { ":.".contains($0) }).compactMap { Int64($0) }
            guard parts.count == 4 else { return nil }
            return .milliseconds(((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3])
        }
    }

    private func expect(_ crawl: VirtualCrawl, _ times: [Duration]) throws {
        let last = try #require(times.last)
        let looks = crawl.times(Self.url).dropFirst(10).map(\.ms)
        #expect(looks == (times + [last + .minutes(1)]).map(\.ms))
    }

    @Test("520 for 3 h: marked 1:00, looked at each 30 min, good 3:30, confirmed 3:31, resolved 4:01")
    func threeHours() throws {
        let crawl = try Self.crawl(outage: .hours(3) + .milliseconds(1))
        crawl.time.run(until: Self.start + .hours(24))
        #expect(
            crawl.times(Self.url) == GoldenTimelineTests.hourOf520 + [90, 120, 150, 180, 210, 211].map { .minutes($0) })
        let alerts = try crawl.store.alerts(after: 0, limit: 10)
        #expect(alerts.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(alerts.map(\.alert.at) == [Self.start + .minutes(60), Self.start + .minutes(211)])
        #expect(alerts.last?.deliveries.map(\.nextAt) == [Self.start + .minutes(241)])
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }

    static let first =
        """
        1:30:00.000 2:00:00.000 2:30:00.000 3:00:00.000 3:30:00.000 4:00:00.000 4:30:00.000 5:03:45.000 5:41:43.125
        6:24:26.015 7:12:29.266 8:06:32.924 9:07:22.039 10:15:47.293 11:32:45.704 12:59:21.417 14:36:46.594
        16:26:22.418 18:29:40.220 20:48:22.747 23:24:25.590 26:19:58.788 29:37:28.636 33:19:39.715 37:29:37.179
        42:10:49.326 47:27:10.491 53:23:04.302
        """

    @Test("520 for two days: each look an eighth of its age after the one before")
    func twoDays() throws {
        let crawl = try Self.crawl(outage: .hours(48))
        crawl.time.run(until: Self.start + .hours(60))
        let times = Self.times(Self.first)
        #expect(times.count == 28)
        try expect(crawl, times)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }

    @Test("520 for 30 days: from the eighth day on one look a day")
    func thirtyDays() throws {
        let crawl = try Self.crawl(outage: .hours(24 * 30))
        crawl.time.run(until: Self.start + .hours(24 * 30 + 12))
        let rest = Self.times(
            """
            60:03:27.339 67:33:53.256 76:00:37.413 85:30:42.089 96:12:02.350 108:13:32.643 121:45:14.223 136:58:23.500
            154:05:41.437 173:21:24.116 195:01:34.630
            """)
        let daily = Self.times(
            """
            219:01:34.630 243:01:34.630 267:01:34.630 291:01:34.630 315:01:34.630 339:01:34.630 363:01:34.630
            387:01:34.630 411:01:34.630 435:01:34.630 459:01:34.630 483:01:34.630 507:01:34.630 531:01:34.630
            555:01:34.630 579:01:34.630 603:01:34.630 627:01:34.630 651:01:34.630 675:01:34.630 699:01:34.630
            723:01:34.630
            """)
        let times = Self.times(Self.first) + rest + daily
        #expect(times.count == 61)
        try expect(crawl, times)
    }

    @Test("a day without the daemon: one overdue look, then in step with the age")
    func stopped() throws {
        let crawl = try Self.crawl(outage: .hours(48))
        crawl.time.run(until: Self.start + .hours(5))
        crawl.stop()
        crawl.time.skip(.hours(24))
        let before = crawl.times(Self.url).count
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(40))
        let looks = crawl.times(Self.url).dropFirst(before)
        let first = try #require(looks.first)
        #expect(first >= .hours(29) && first < .hours(29) + .minutes(1), "\(first)")
        let next = first + .milliseconds(first.ms / 8)
        #expect(Array(looks) == [first, next, next + .milliseconds(next.ms / 8)])
    }

    @Test("a Retry-After that is longer is kept, a shorter one moves nothing", arguments: [600, 7200])
    func wish(seconds: Int) throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { request in
            RetryWishTimelineTests.edge(
                520, retryAfter: request.at - Self.start >= .minutes(80) ? "\(seconds)" : nil)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(4))
        let looks = crawl.times(Self.url).dropFirst(10)
        let wait = max(Duration.minutes(30), .seconds(seconds))
        #expect(looks.prefix(2) == [.minutes(90), .minutes(90) + wait])
    }

    @Test("other values in force hold from the next look on")
    func reload() throws {
        let crawl = try Self.crawl(outage: .hours(100))
        crawl.time.run(until: Self.start + .hours(2) + .minutes(10))
        var rules = GoldenTimelineTests.settings().rules
        rules.health.recheckRatio = 0.5
        crawl.loop.apply(rules, OutcomeClassifier(), RefusalPolicy())
        crawl.time.run(until: Self.start + .hours(9))
        #expect(
            crawl.times(Self.url).dropFirst(10).map(\.ms)
                == [90, 120, 150, 225, 337.5, 506.25].map { Int64($0 * 60_000) })
    }
}
