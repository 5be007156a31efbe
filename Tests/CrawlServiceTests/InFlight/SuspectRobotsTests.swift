import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// A robots.txt whose answer ends the daemon: its origin waits, and nobody else does.
struct SuspectRobotsTests {
    private static let page = "https://a.example/page"
    private static let other = "https://b.example/"

    private static func crawl() throws -> VirtualCrawl {
        var settings = CrawlLoop.Settings()
        settings.rules.jitter = 0
        settings.rules.health.jitter = 0
        return try VirtualCrawl(settings: settings) { request in
            request.url.hasSuffix("/robots.txt")
                ? .text("User-agent: *\nDisallow: /x\n", latency: .milliseconds(300))
                : SimulatedFetcher.Answer(status: 200, latency: .milliseconds(300))
        }
    }

    /// As many ends with a.example's robots.txt in flight, and alone in the last.
    private static func ends(_ count: Int, _ crawl: VirtualCrawl) throws -> Int64 {
        crawl.enqueue([page, other])
        let ticket = URLKey.robots(of: URLKey.origin(of: try #require(try crawl.record(page)).id))
        crawl.kill()
        for number in 0..<count {
            let end = FaultEnd(at: crawl.time.now() + .seconds(Double(number - count)), tickets: [ticket])
            _ = try crawl.store.note(end, now: crawl.time.now())
        }
        try crawl.restart()
        return ticket
    }

    @Test("a suspect is asked with nothing else in flight, and a good answer clears it for good")
    func asked() throws {
        let crawl = try Self.crawl()
        let ticket = try Self.ends(2, crawl)
        crawl.time.run(for: .seconds(30))
        let own = crawl.log.filter { $0.url == "https://a.example/robots.txt" }.map(\.at)
        let last = try #require(own.last)
        #expect(
            !crawl.log.contains { $0.at != last && max($0.at - last, last - $0.at) < .milliseconds(300) },
            "\(crawl.log)")
        #expect(try crawl.record(Self.page)?.state == .done)
        #expect(try crawl.record(Self.other)?.state == .done)
        #expect(crawl.snapshot()?.suspects == 0)
        try crawl.restart()
        #expect(crawl.snapshot()?.suspects == 0, "the store has forgotten it, too")
        _ = ticket
    }

    @Test("put back: its origin waits for an hour and says why, all others go on")
    func putBack() throws {
        let crawl = try Self.crawl()
        let ticket = try Self.ends(3, crawl)
        crawl.time.run(for: .minutes(30))
        #expect(try crawl.record(Self.page)?.attempts == 0)
        #expect(try crawl.record(Self.other)?.state == .done)
        #expect(crawl.snapshot()?.suspectsPutBack == 1)
        let wait = try crawl.waits(of: [Self.page])[Self.page]
        guard case .suspect(let suspect)? = wait, let until = suspect.until else {
            Issue.record("\(String(describing: wait))")
            return
        }
        #expect(suspect.ends == 3)
        #expect(try crawl.store.opening(now: crawl.time.now()).suspects.map(\.ticket) == [ticket])
        crawl.time.run(for: .minutes(31))
        #expect(try crawl.record(Self.page)?.state == .done)
        let asked = crawl.log.filter { $0.url == "https://a.example/robots.txt" && $0.at >= until }
        #expect(asked.count == 1)
        #expect(crawl.snapshot()?.suspects == 0)
    }

    @Test("one that is redirected is asked alone at each hop")
    func redirected() throws {
        var settings = CrawlLoop.Settings()
        settings.rules.jitter = 0
        let crawl = try VirtualCrawl(settings: settings) { request in
            switch request.url {
            case "https://a.example/robots.txt": .redirect(301, to: "https://c.example/robots.txt")
            case let url where url.hasSuffix("/robots.txt"): .text("User-agent: *\nDisallow: /x\n")
            default: SimulatedFetcher.Answer(status: 200, latency: .milliseconds(300))
            }
        }
        let ticket = try Self.ends(2, crawl)
        crawl.enqueue((0..<40).map { "https://b.example/\($0)" })
        crawl.time.run(for: .minutes(5))
        #expect(try crawl.record(Self.page)?.state == .done, "\(crawl.log)")
        #expect(crawl.log.contains { $0.url == "https://c.example/robots.txt" })
        #expect(crawl.snapshot()?.suspects == 0)
        _ = ticket
    }
}
