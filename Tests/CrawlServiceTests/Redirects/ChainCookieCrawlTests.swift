import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Pages that are given only to whoever brings the cookie that a redirect set. Real scheduler, loop and store, virtual
/// time.
@Suite struct ChainCookieCrawlTests {
    static let page = "http://a.test/page"

    /// Redirects by URL, each with the cookies it sets; whoever brings `k=1` to `page` gets `answer`.
    static func crawl(
        _ hops: [String: (to: String, cookies: [String])], delay: Duration = .zero, recrawl: Recrawl = .never,
        status: Int32 = 302,
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in .init(status: 200) },
        edit: (inout SchedulerRules) -> Void = { _ in }
    ) throws -> VirtualCrawl {
        try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: delay) {
                $0.recrawl = recrawl
                edit(&$0)
            }
        ) { request in
            if request.url == page, request.cookies?.contains("k=1") ?? false { return answer(request) }
            guard let hop = hops[request.url] else { return .init(status: 404) }
            return .redirect(status, to: hop.to, setCookies: hop.cookies)
        }
    }

    struct Chain: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hops: [String: (to: String, cookies: [String])]
        /// The Cookie header of the second request; nil = there is none.
        var cookies: String?
    }

    static let chains = [
        Chain(testDescription: "to itself", hops: [page: (page, ["k=1"])], cookies: "k=1"),
        Chain(
            testDescription: "over a page of the same origin",
            hops: [page: ("/check", []), "http://a.test/check": (page, ["k=1; path=/", "l=2"])], cookies: "k=1; l=2"),
        Chain(
            testDescription: "over another origin, the cookie set by the first",
            hops: [page: ("http://b.test/check", ["k=1"]), "http://b.test/check": (page, ["m=3"])], cookies: "k=1"),
        Chain(
            testDescription: "over two others",
            hops: [
                page: ("http://b.a.test/1", []),
                "http://b.a.test/1": ("http://c.test/2", ["k=1; Domain=a.test; Path=/"]),
                "http://c.test/2": (page, []),
            ], cookies: "k=1"),
        Chain(testDescription: "to itself without a cookie", hops: [page: (page, [])], cookies: nil),
        Chain(
            testDescription: "a cookie of another domain",
            hops: [page: ("http://b.test/1", []), "http://b.test/1": (page, ["k=1", "k=1; domain=a.test"])],
            cookies: nil),
        Chain(
            testDescription: "a cookie for https only", hops: [page: (page, ["k=1; Secure"])], cookies: nil),
        Chain(
            testDescription: "over three others",
            hops: [
                page: ("/1", ["k=1"]), "http://a.test/1": ("/2", []), "http://a.test/2": ("/3", []),
                "http://a.test/3": (page, []),
            ], cookies: nil),
    ]

    @Test("it is asked once more with them", arguments: chains)
    func onceMore(chain: Chain) throws {
        let crawl = try Self.crawl(chain.hops)
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(24))
        #expect(crawl.log.filter { $0.url == Self.page }.map(\.cookies) == [nil] + (chain.cookies.map { [$0] } ?? []))
        #expect(crawl.log.count == chain.hops.count + (chain.cookies == nil ? 0 : 1), "and nothing else")
        let record = try #require(try crawl.record(Self.page))
        #expect(record.lastOutcome == (chain.cookies == nil ? .redirected : .success))
        #expect(record.state == .done && (record.content != nil) == (chain.cookies != nil))
        #expect(crawl.log.filter { $0.url != Self.page }.allSatisfy { $0.cookies == nil }, "nobody else gets them")
        #expect(try crawl.store.stats().urls[.scheduled] ?? 0 == 0)
    }

    @Test("under the crawl delay, and before what else is due there")
    func turn() throws {
        let crawl = try Self.crawl([Self.page: (Self.page, ["k=1"])], delay: .seconds(10))
        crawl.enqueue([Self.page] + (0..<5).map { "http://a.test/\($0)" })
        crawl.time.run(for: .minutes(2))
        let log = crawl.log
        let first = try #require(log.firstIndex { $0.url == Self.page })
        #expect(log[first + 1].url == Self.page && log[first + 1].cookies == "k=1")
        #expect(zip(log, log.dropFirst()).allSatisfy { $1.at - $0.at >= .seconds(10) } && log.count == 7)
    }

    @Test("no earlier than the Retry-After of the redirect that leads back", arguments: [120, 700])
    func retryAfter(wish: Int) throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { request in
            switch request.url {
            case Self.page where request.cookies == nil: .redirect(to: "/check")
            case "http://a.test/check": RespellingTests.waiting(wish, to: Self.page, setCookies: ["k=1; path=/"])
            default: .init(status: 200)
            }
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.times(Self.page).count == 1 && crawl.times("http://a.test/check").count == 1)
        crawl.enqueue(["http://a.test/other"])
        crawl.time.run(for: .hours(1))
        #expect(crawl.times("http://a.test/other") == [.minutes(1)], "others go on")
        let back = try #require(crawl.times("http://a.test/check").first)
        #expect(crawl.times(Self.page).dropFirst() == (wish == 120 ? [back + .seconds(120)] : []))
        #expect(try crawl.record(Self.page)?.lastOutcome == (wish == 120 ? .success : .redirected))
    }

    @Test("each recrawl goes the chain anew")
    func recrawl() throws {
        let crawl = try Self.crawl(
            [Self.page: ("/check", []), "http://a.test/check": (Self.page, ["k=1; path=/"])],
            recrawl: .every(.seconds(3600)))
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(3.5))
        #expect(
            crawl.log.filter { $0.url == Self.page }.map(\.cookies) == [nil, "k=1", nil, "k=1", nil, "k=1", nil, "k=1"])
        #expect(crawl.times("http://a.test/check").count == 4)
        #expect(try crawl.record(Self.page)?.lastOutcome == .success)
    }

    @Test("what the second request meets, if it is no page, changes nothing", arguments: [Int32(520), 503, 302])
    func noPage(status: Int32) throws {
        let hops = [
            Self.page: (to: "http://b.test/", cookies: ["k=1"]), "http://b.test/": (to: Self.page, cookies: []),
        ]
        let crawl = try Self.crawl(hops) { _ in
            status == 302 ? .redirect(to: "http://b.test/", setCookies: ["k=1"]) : .init(status: status)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(24))
        #expect(crawl.log.count == 3, "no burst, no second round")
        let record = try #require(try crawl.record(Self.page))
        #expect(record.lastOutcome == .redirected && record.state == .done && record.attempts == 2)
        #expect(record.health == nil && record.content == nil)
    }

    @Test("only while it is configured")
    func off() throws {
        let crawl = try Self.crawl([Self.page: (Self.page, ["k=1"])], edit: { $0.chainCookies = false })
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(10))
        #expect(crawl.log.count == 1)
        #expect(try crawl.record(Self.page)?.redirects.map(\.problem) == ["redirect-loop"])
    }

    @Test("a restart forgets them; ten minutes do")
    func forgotten() throws {
        let hops = [
            Self.page: (to: "http://b.test/", cookies: ["k=1"]), "http://b.test/": (to: Self.page, cookies: []),
        ]
        let crawl = try Self.crawl(hops, delay: .seconds(30))
        crawl.enqueue(["http://b.test/first"])
        crawl.enqueue([Self.page])
        crawl.time.run(for: .seconds(10))
        try crawl.restart()
        crawl.time.run(for: .hours(1))
        #expect(crawl.log.filter { $0.url == Self.page }.map(\.cookies) == [nil])

        let slow = try Self.crawl(hops, delay: .seconds(601))
        slow.enqueue(["http://b.test/first"])
        slow.enqueue([Self.page])
        slow.time.run(for: .hours(2))
        #expect(slow.log.filter { $0.url == Self.page }.map(\.cookies) == [nil])
    }

    @Test("a URL that is removed on the way is not asked")
    func removed() throws {
        let crawl = try Self.crawl([Self.page: (Self.page, ["k=1"])], delay: .seconds(10))
        crawl.enqueue([Self.page])
        crawl.time.run(for: .seconds(5))
        try crawl.remove(Self.page)
        crawl.time.run(for: .minutes(5))
        #expect(crawl.log.count == 1)
    }

    @Test("with another spelling, and with validators")
    func together() throws {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings { $0.recrawl = .every(.seconds(3600)) }
        ) { request in
            guard request.url == "http://a.test/p[", request.cookies == "k=1" else {
                return .redirect(to: "/p[", setCookies: ["k=1"])
            }
            guard request.etag == nil else { return .init(status: 304) }
            return .init(status: 200) { result in
                var details = FetchDetails()
                details.etag = "\"e\""
                result.details = details
            }
        }
        crawl.enqueue(["http://a.test/p%5B"])
        crawl.time.run(for: .minutes(61))
        #expect(crawl.log.map { $0.url.dropFirst(13) } == ["/p%5B", "/p[", "/p[", "/p["])
        #expect(crawl.log.map(\.cookies) == [nil, "k=1", nil, "k=1"])
        #expect(crawl.log.map(\.etag) == [nil, nil, "\"e\"", "\"e\""])
        #expect(try crawl.record("http://a.test/p%5B")?.lastOutcome == .notModified)
    }
}
