import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// What `held_because` says of a due URL.
@Suite struct WaitReasonTests {
    static func because(_ url: String, _ crawl: VirtualCrawl) throws -> String? {
        let stored = try #require(try crawl.record(url))
        let text = Mutex<String?>(nil)
        crawl.loop.view(of: [stored.id]) { view in text.withLock { $0 = WaitText(stored, view).because } }
        crawl.time.run(for: .zero)
        return text.withLock { $0 }
    }

    @Test("robots.txt is being asked for, by the origin itself or another host")
    func robots() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            switch request.url {
            case "http://a.test/robots.txt":
                SimulatedFetcher.Answer(status: 301, latency: .seconds(5)) { result in
                    var details = FetchDetails()
                    details.redirectURL = "http://b.test/robots.txt"
                    result.details = details
                }
            case "http://b.test/robots.txt": .text("", latency: .seconds(5))
            default: .init(status: 200)
            }
        }
        crawl.enqueue(RobotsCrawlTests.pages(1))
        for _ in 0..<2 {
            crawl.time.run(for: .seconds(3))
            #expect(try Self.because("http://a.test/page-0", crawl) == "robots: first answer awaited")
        }
        crawl.time.run(for: .seconds(10))
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
        #expect(try Self.because("http://a.test/page-0", crawl) == nil)
    }

    @Test("the gap to the request before")
    func delay() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(10))) { _ in
            .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(for: .seconds(12))
        let last = "http://a.test/page-\(3 - 1)"
        let waiting = try RobotsCrawlTests.pages(3).filter { try crawl.record($0)?.state == .scheduled }
        #expect(waiting.count == 1)
        let because = try Self.because(waiting.first ?? last, crawl)
        #expect(
            because == "crawl-delay: 10s from request to request, as politeness.crawl_delay says, "
                + "until 2026-01-01T00:00:20.000Z")
    }

    @Test("as many requests as may be are in flight at the address")
    func address() throws {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: .seconds(1)) { $0.perAddressInFlight = 2 }
        ) { request in
            .init(status: 200, latency: request.url.hasSuffix("0") ? .zero : .seconds(60)) {
                $0.remoteAddress = IPAddress(v4: 0xCB00_7107)
            }
        }
        // One after another: the limit binds from an origin's second request on.
        for host in ["a", "b", "c"] {
            crawl.enqueue(["http://\(host).test/page-0"])
            crawl.time.run(for: .seconds(2))
        }
        for host in ["a", "b", "c"] { crawl.enqueue(["http://\(host).test/page-1"]) }
        crawl.time.run(for: .seconds(10))
        #expect(
            try Self.because("http://c.test/page-1", crawl)?.hasPrefix("per-address: 2 requests in flight at ") == true)
        crawl.time.run(for: .minutes(5))
        #expect(try crawl.record("http://c.test/page-1")?.state == .done)
    }
}
