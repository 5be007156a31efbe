import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What an alert gives a site's owner to look up: the ray of every failing answer, whoever was asked, and how many there
/// were.
@Suite struct ReportTimelineTests {
    static let start = GoldenTimelineTests.start

    /// Tells the requests apart.
    static func ray(_ request: SimulatedFetcher.Request) -> String {
        let hex = String(
            UInt64(bitPattern: request.at.ms) &* 1_000 &+ UInt64(request.url.utf8.count % 1_000), radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex + "-FRA"
    }

    static func failing(_ request: SimulatedFetcher.Request) -> SimulatedFetcher.Answer {
        .init(status: 520, latency: .milliseconds(20)) { result in
            var details = FetchDetails()
            details.server = "cloudflare"
            details.cfRay = ray(request)
            result.details = details
        }
    }

    /// Of different lengths, so that no two requests of a moment have one ray.
    static func urls(_ count: Int) -> [String] {
        (0..<count).map { "http://a.test/" + String(repeating: "x", count: $0 + 1) }
    }

    @Test(
        "an origin's alert has the rays of canary, scouts and all that tripped it; a reminder those of the rechecks too"
    )
    func origin() throws {
        let crawl = try VirtualCrawl(
            settings: OriginTimelineTests.settings(), sinks: [EpisodeTimelineTests.Diary()], reminder: .hours(24),
            answer: Self.failing)
        crawl.enqueue(Self.urls(200))
        crawl.time.run(until: Self.start + .minutes(62))
        let seen = crawl.log
        #expect(Set(seen.map(\.url)).count >= 4, "three and a scout at least")
        let alert = try #require(try crawl.store.alerts(after: 0, limit: 10).first?.alert.facts)
        #expect(alert.event == .brokenOrigin && alert.scope == .origin)
        #expect(Set(alert.rays) == Set(seen.map(Self.ray)))
        #expect(alert.rays.count == seen.count)
        #expect(alert.observations == seen.count && alert.requestsSpent == seen.count)

        crawl.time.run(until: Self.start + .hours(26))
        let reminder = try #require(try crawl.store.alerts(after: 0, limit: 10).last?.alert.facts)
        #expect(reminder.event == .reminder)
        #expect(Set(reminder.rays) == Set(crawl.log.filter { $0.at - Self.start < .hours(25) }.map(Self.ray)))
        #expect(reminder.observations == reminder.rays.count && reminder.requestsSpent == reminder.rays.count)
    }

    @Test("a soft-blocked origin's alert has them too, and none of the control profile's")
    func softBlocked() throws {
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(delay: .seconds(1))) { request in
            request.profile == SoftBlockTimelineTests.control ? .init(status: 200) : Self.failing(request)
        }
        crawl.enqueue(Self.urls(200))
        crawl.time.run(until: Self.start + .minutes(2))
        let alert = try #require(try crawl.store.alerts(after: 0, limit: 10).first?.alert.facts)
        #expect(alert.event == .softBlocked && alert.scope == .origin)
        let ours = crawl.log.filter { $0.profile == nil }
        #expect(Set(alert.rays) == Set(ours.map(Self.ray)))
        #expect(alert.observations == ours.count && alert.requestsSpent == crawl.log.count)
    }

    @Test("a shared incident's reminder has the rays of all that joined it, and of their daily tries")
    func partial() throws {
        let broken = Set(Self.urls(6))
        let settings = GoldenTimelineTests.settings {
            $0.health.urlIncidents = 2
            $0.health.probeSlots = 2
            $0.health.originTrip = 0
            $0.recrawl = .every(.hours(1))
        }
        let crawl = try VirtualCrawl(settings: settings, sinks: [EpisodeTimelineTests.Diary()], reminder: .hours(24)) {
            request in
            broken.contains(request.url) ? Self.failing(request) : .init(status: 200)
        }
        crawl.enqueue(Self.urls(8))
        crawl.time.run(until: Self.start + .hours(60))
        let alerts = try crawl.store.alerts(after: 0, limit: 50).map(\.alert.facts)
        let opened = try #require(alerts.first { $0.scope == .partial })
        let reminder = try #require(alerts.last { $0.event == .reminder && $0.scope == .partial })
        #expect(opened.rays.count == 1)
        #expect(reminder.urlsAffected >= 2)
        #expect(reminder.rays.count >= 3, "two that joined, and a try of at least one of them")
        #expect(reminder.observations == reminder.rays.count)
        #expect(Set(reminder.rays).isSubset(of: Set(crawl.log.map(Self.ray))))
    }

    @Test("a relapse adds its rays to those of before")
    func relapse() throws {
        let settings = GoldenTimelineTests.settings {
            $0.recrawl = .every(.minutes(10))
            $0.recrawlBounds.shortest = .minutes(1)
        }
        let crawl = try VirtualCrawl(settings: settings, sinks: [EpisodeTimelineTests.Diary()], reminder: .hours(24)) {
            request in
            let at = request.at - Self.start
            return at < .hours(3) || at > .hours(3) + .minutes(5) ? Self.failing(request) : .init(status: 200)
        }
        crawl.enqueue(["http://a.test/"])
        crawl.time.run(until: Self.start + .hours(26))
        let before = crawl.log.filter { $0.at - Self.start < .hours(3) }.map(Self.ray)
        let reminder = try #require(try crawl.store.alerts(after: 0, limit: 50).last?.alert.facts)
        #expect(reminder.event == .reminder && reminder.relapses == 1)
        #expect(Set(reminder.rays).isSuperset(of: before))
        #expect(reminder.rays.count > before.count + 5)
    }
}
