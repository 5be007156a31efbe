import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// The timelines that 520s lead to, to the millisecond: real scheduler, loop and store, virtual time.
@Suite struct GoldenTimelineTests {
    static let url = "http://a.test/broken"
    static let start = VirtualTime().now()

    static func settings(
        delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings {
        .exact(delay: delay, edit: edit)
    }

    static let hourOf520: [Duration] = [
        .seconds(0), .seconds(1), .seconds(3), .seconds(7), .seconds(15), .minutes(5), .minutes(15), .minutes(30),
        .minutes(45), .minutes(60),
    ]

    @Test("520 without end: burst, probes, the mark at the tenth request, then canaries")
    func endless() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue([Self.url])

        crawl.time.run(until: Self.start + .minutes(60) - .milliseconds(1))
        #expect(crawl.times(Self.url) == Array(Self.hourOf520.dropLast()))
        #expect(try crawl.record(Self.url)?.health?.phase == .pending)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)

        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.times(Self.url) == Self.hourOf520)
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .brokenOrigin)
        #expect(record.health?.run?.observations == 10)
        #expect(record.health?.run?.probeTimes == 6)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.firstAtMs == Self.start.ms)
        #expect(incident.markedAt == Self.start + .minutes(60))
        #expect(incident.facts.requestsSpent == 10)

        crawl.time.run(until: Self.start + .hours(2) + .minutes(15))
        #expect(crawl.times(Self.url).dropFirst(10) == [.minutes(90), .minutes(120)])
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)
    }

    @Test("recheck_ratio 0 and recheck_first 1h: an outage of 3 h, canary 2:00 fails, 4:00 good, confirmed 4:01")
    func threeHours() throws {
        let doubling = Self.settings {
            $0.health.recheckRatio = 0
            $0.health.recheckFirst = .hours(1)
        }
        let crawl = try VirtualCrawl(settings: doubling) { request in
            .init(status: request.at - Self.start < .hours(3) ? 520 : 200)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(24))
        #expect(crawl.times(Self.url) == Self.hourOf520 + [.hours(2), .hours(4), .minutes(241)])
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .done)
        #expect(record.health == nil)
        let alerts = try crawl.store.alerts(after: 0, limit: 10)
        #expect(alerts.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(alerts.map(\.alert.at) == [Self.start + .minutes(60), Self.start + .minutes(241)])
        #expect(alerts.last?.deliveries.map(\.nextAt) == [Self.start + .minutes(271)])
        #expect(Set(alerts.map(\.alert.facts.incident)).count == 1)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }

    @Test("One 520 path among 10,000 good ones at a crawl delay of 1 s is marked within 65 min")
    func amongMany() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1)) { $0.health.jitter = 0.1 }) {
            request in
            .init(status: request.url == Self.url ? 520 : 200)
        }
        crawl.enqueue((0..<5_000).map { "http://a.test/page-\($0)" } + [Self.url])
        crawl.enqueue((5_000..<10_000).map { "http://a.test/page-\($0)" })
        crawl.time.run(until: Self.start + .hours(5))  // any of 10,001 seconds may be its first
        let times = crawl.times(Self.url)
        let first = try #require(times.first)
        let incident = try #require(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).first)
        #expect(incident.markedAt - (Self.start + first) <= .minutes(65))
        let gaps = zip(crawl.log, crawl.log.dropFirst()).map { $1.at - $0.at }
        #expect(gaps.allSatisfy { $0 >= .seconds(1) })
    }

    @Test("Three 520 paths enqueued before 1,000 good ones do not stop the good ones")
    func threeBrokenFirst() throws {
        let broken = (0..<3).map { "http://a.test/broken-\($0)" }
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .milliseconds(100))) { request in
            .init(status: broken.contains(request.url) ? 520 : 200)
        }
        crawl.enqueue(broken)
        crawl.enqueue((0..<1_000).map { "http://a.test/page-\($0)" })
        crawl.time.run(until: Self.start + .minutes(5))
        #expect(Set(crawl.log.map(\.url)).count == 1_003)
        crawl.time.run(until: Self.start + .minutes(65))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 3)
    }

    @Test(
        "A stop of 20 min never restarts the window, one of 40 min always does", arguments: [5.0, 20, 25, 38],
        [false, true])
    func stopInTheMiddle(at minute: Double, restarts: Bool) throws {
        let stop = restarts ? 40.0 : 20
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(minute) + .seconds(20))
        crawl.stop()
        crawl.time.skip(.minutes(stop))
        try crawl.restart()
        let markedWithin = restarts ? minute + stop + 62 : 91
        crawl.time.run(until: Self.start + .minutes(markedWithin))
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        let firstAt = Instant(ms: incident.facts.firstAtMs) - Self.start
        #expect(restarts ? firstAt >= .minutes(minute + stop) : firstAt == .zero)
        #expect(incident.markedAt.ms - incident.facts.firstAtMs >= Duration.minutes(60).ms)
    }

    @Test("The clock is set an hour forward in the middle: no evidence comes out of it")
    func clockJump() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(20))
        crawl.time.jump(by: .minutes(35))
        crawl.time.run(for: .minutes(59))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        crawl.time.run(for: .minutes(30))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
    }

    @Test("The clock is set an hour back in the middle: the crawl goes on, and no evidence comes out of it")
    func clockSetBack() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) { request in
            .init(status: request.url == Self.url ? 520 : 200, latency: .milliseconds(300))
        }
        crawl.enqueue([Self.url] + (0..<60).map { "http://a.test/page-\($0)" })
        crawl.time.run(for: .seconds(30))
        crawl.time.jump(by: .hours(-1))
        crawl.enqueue(["http://b.test/new"])
        crawl.time.run(for: .seconds(60))
        #expect(try crawl.record("http://b.test/new")?.state == .done)
        #expect(Set(crawl.log.map(\.url)).count == 62)
        crawl.time.run(for: .minutes(58))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }
}
