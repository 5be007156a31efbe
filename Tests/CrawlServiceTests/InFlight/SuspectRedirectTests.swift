import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// A suspect that is redirected: what its second request meets may be what ends the daemon, and is met alone, too.
struct SuspectRedirectTests {
    private static let page = "http://a.test/x%5B1%5D"
    private static let latency = Duration.milliseconds(300)

    struct Kind: CustomTestStringConvertible, Sendable {
        var name: String
        /// By URL: where it leads, and the cookies it sets. The page's own only while it is asked as it is written and
        /// without a cookie.
        var hops: [String: (to: String, cookies: [String])]
        /// What the page's second request asks for; nil = there is none.
        var second: String?
        var testDescription: String { name }
    }

    private static let kinds = [
        Kind(name: "to itself, with a cookie", hops: [page: ("/x%5B1%5D", ["k=1"])], second: page),
        Kind(name: "to itself, spelled in another way", hops: [page: ("/x[1]", [])], second: "http://a.test/x[1]"),
        Kind(
            name: "to itself, spelled in another way, with a cookie", hops: [page: ("/x[1]", ["k=1"])],
            second: "http://a.test/x[1]"),
        Kind(
            name: "over another site that sets a cookie",
            hops: [page: ("http://b.test/check", ["k=1"]), "http://b.test/check": (page, [])], second: page),
    ]

    /// A crawl in which something is in flight for minutes to come, and the page is a suspect, or is put back.
    private static func crawl(
        _ kind: Kind, ends: Int = 2, recrawl: Recrawl = .never, pages: Int = 300
    ) throws -> (VirtualCrawl, Int64) {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: .seconds(1)) { $0.recrawl = recrawl }
        ) { request in
            guard let hop = kind.hops[request.url], request.cookies == nil else {
                return .init(status: 200, latency: latency)
            }
            return .redirect(to: hop.to, setCookies: hop.cookies, latency: latency)
        }
        crawl.enqueue([page])
        let id = try #require(try crawl.record(page)).id
        crawl.kill()
        for number in 0..<ends {
            let end = FaultEnd(at: crawl.time.now() + .seconds(Double(number - ends)), tickets: [id])
            _ = try crawl.store.note(end, now: crawl.time.now())
        }
        try crawl.restart()
        crawl.enqueue((0..<pages).flatMap { n in (1...6).map { "http://c\($0).test/\(n)" } })
        return (crawl, id)
    }

    /// Requests of the second process; the first one's only came at the start.
    private static func asked(_ urls: Set<String>, _ crawl: VirtualCrawl) -> [SimulatedFetcher.Request] {
        crawl.log.filter { urls.contains($0.url) && $0.at > crawl.start }
    }

    /// Those that were in flight together with one for `urls`.
    private static func company(of urls: Set<String>, _ crawl: VirtualCrawl) -> [SimulatedFetcher.Request] {
        let own = asked(urls, crawl)
        return crawl.log.filter { other in
            !urls.contains(other.url) && own.contains { max($0.at - other.at, other.at - $0.at) < latency }
        }
    }

    @Test("its second request goes out alone, and a good answer to that clears it", arguments: kinds)
    func alone(_ kind: Kind) throws {
        let (crawl, _) = try Self.crawl(kind)
        crawl.time.run(for: .minutes(9))
        let second = try #require(kind.second)
        let own: Set<String> = [Self.page, second]
        #expect(Self.asked(own, crawl).map(\.url) == [Self.page, second])
        #expect(Self.company(of: own, crawl).isEmpty)
        #expect(try crawl.record(Self.page)?.lastOutcome == .success)
        #expect(crawl.snapshot()?.suspects == 0)
        try crawl.restart()
        #expect(crawl.snapshot()?.suspects == 0, "the store has forgotten it, too")
    }

    @Test("it is a suspect still when the daemon ends by the second answer", arguments: kinds)
    func found(_ kind: Kind) throws {
        let (crawl, id) = try Self.crawl(kind, pages: 0)
        let second = try #require(kind.second)
        for _ in 0..<600 where Self.asked([Self.page, second], crawl).count < 2 {
            crawl.time.run(for: .milliseconds(100))
        }
        #expect(Self.asked([Self.page, second], crawl).count == 2)
        crawl.kill()
        let news = try crawl.store.note(FaultEnd(at: crawl.time.now(), tickets: [id]), now: crawl.time.now())
        #expect(news.putBack?.url == Self.page)
    }

    @Test("one that leads elsewhere is cleared when no second request can come of it any more")
    func elsewhere() throws {
        let (crawl, _) = try Self.crawl(Kind(name: "", hops: [Self.page: ("http://b.test/", ["k=1"])]))
        crawl.time.run(for: .minutes(5))
        #expect(Self.asked([Self.page], crawl).count == 1)
        #expect(crawl.snapshot()?.suspects == 1)
        crawl.time.run(for: .minutes(8))
        #expect(Self.asked([Self.page], crawl).count == 1)
        #expect(crawl.snapshot()?.suspects == 0)
    }

    @Test("put back: nothing of it is asked before, though its redirect is remembered")
    func putBack() throws {
        let kind = Self.kinds[1]
        let (crawl, _) = try Self.crawl(kind, ends: 3, pages: 10)
        crawl.time.run(for: .minutes(50))
        #expect(Self.asked([Self.page], crawl).isEmpty)
        crawl.time.run(for: .minutes(20))
        #expect(try crawl.record(Self.page)?.lastOutcome == .success)
        #expect(crawl.snapshot()?.suspects == 0)
    }
}
