import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// Each reason with the rule, the value behind it, and the time it ends, or what ends it instead.
@Suite struct ExplainReasonTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        /// Makes the crawl and brings it to the moment of the question.
        var crawl: @Sendable () throws -> VirtualCrawl
        var url = ExplainTests.url
        var state = "scheduled"
        var rule: String
        var detail: String
        /// nil = no time ends it.
        var until: Duration?
        /// nil = that is not known.
        var next: Duration?
        var testDescription: String { name }
    }

    static let start = ExplainTests.start

    static func time(_ since: Duration) -> String { (start + since).text }

    private static func crawled(
        _ urls: [String] = [ExplainTests.url], for time: Duration, settings: CrawlLoop.Settings,
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(settings: settings, answer: answer)
        crawl.enqueue(urls)
        crawl.time.run(for: time)
        return crawl
    }

    private static func softBlocked(switches: Bool, for time: Duration) throws -> VirtualCrawl {
        let settings = GoldenTimelineTests.settings(delay: .seconds(10)) {
            $0.softBlock = SoftBlockRules(control: 1, name: "browser", switches: switches)
        }
        return try crawled(for: time, settings: settings, answer: SoftBlockTimelineTests.blocked)
    }

    /// Robots.txt is obeyed, and answered so.
    private static func robots(
        _ answer: SimulatedFetcher.Answer, for time: Duration, edit: (inout SchedulerRules) -> Void = { _ in }
    ) throws -> VirtualCrawl {
        try crawled(for: time, settings: RobotsCrawlTests.settings(edit: edit)) { request in
            request.url.hasSuffix("/robots.txt") ? answer : .init(status: 200)
        }
    }

    /// A rule of ours refuses the attempt.
    static func refused(_ flag: FetchResult.Flags, _ address: IPAddress? = nil) -> SimulatedFetcher.Answer {
        SimulatedFetcher.Answer(status: 0) { result in
            result.flags = flag
            result.remoteAddress = nil
            var details = FetchDetails()
            details.refusedAddress = address
            result.details = details
        }
    }

    private static let guards: [Row] = [
        Row(
            name: "storm",
            crawl: {
                let crawl = try StormTimelineTests.crawl(outage: .hours(1)..<(.hours(4)))
                crawl.time.run(until: start + .hours(2))
                return crawl
            },
            url: GuardCrawl.site(3), rule: "storm",
            detail:
                "many sites behind cloudflare fail since \(time(.hours(1))); its end may come sooner",
            until: .hours(7)),
        Row(
            name: "offline",
            crawl: {
                let crawl = try OfflineTimelineTests.crawl(outage: .minutes(60)..<(.minutes(100)))
                crawl.time.run(until: start + .minutes(80))
                return crawl
            },
            url: GuardCrawl.site(3), rule: "offline",
            detail: "no site answers since \(time(.hours(1))); one is asked every 30 s, and the answers of two end it"),
    ]

    private static let softBlocks: [Row] = [
        Row(
            name: "soft-blocked, parked", crawl: { try softBlocked(switches: false, for: .hours(5)) },
            state: "soft-blocked", rule: "soft-blocked",
            detail: "520 since \(time(.zero)) to our own request, while profile browser is served; "
                + "crawlctl revive asks again"),
        Row(
            name: "soft-blocked, switched", crawl: { try softBlocked(switches: true, for: .seconds(65)) },
            state: "soft-blocked", rule: "soft-blocked",
            detail: "520 since \(time(.zero)) to our own request, while profile browser is served; "
                + "it is asked as that one from now on",
            until: .seconds(65), next: .seconds(70)),
    ]

    private static let robotsRows: [Row] = [
        Row(
            name: "robots.txt is awaited", crawl: { try robots(.text("", latency: .seconds(5)), for: .seconds(1)) },
            rule: "robots", detail: "first answer awaited; its answer ends it"),
        Row(
            name: "robots-unreachable", crawl: { try robots(.init(status: 520), for: .minutes(20)) },
            state: "held", rule: "robots-unreachable",
            detail: "robots.txt cannot be had, and no copy may be used: RFC 9309 §2.3.1.4: 520 since \(time(.zero)), "
                + "7 observations",
            until: .minutes(30)),
        Row(
            name: "robots-unreachable, put off",
            crawl: { try robots(.throttled(503, retryAfter: "120"), for: .minutes(1)) },
            state: "held", rule: "robots-unreachable",
            detail: "robots.txt cannot be had, and no copy may be used: RFC 9309 §2.3.1.4: throttled since "
                + "\(time(.zero)), 1 observation",
            until: .minutes(2)),
        Row(
            name: "robots-unreachable, by our own doing", crawl: { try robots(RobotsHoldTests.ours, for: .minutes(2)) },
            state: "held", rule: "robots-unreachable",
            detail: "robots.txt cannot be had, and no copy may be used: RFC 9309 §2.3.1.4: it was answered with "
                + "inconclusive",
            until: .minutes(3)),
        Row(
            name: "origin marked by its robots.txt", crawl: { try robots(.init(status: 520), for: .minutes(70)) },
            state: "held", rule: "origin-broken",
            detail: "all of the origin is broken, as its robots.txt shows; only that is asked: 520 since "
                + "\(time(.zero)), 10 observations; next look in 20 min: 30 min at least (health.recheck_first)",
            until: .minutes(90)),
        Row(
            name: "refused by robots.txt",
            crawl: { try robots(.text("User-agent: *\nDisallow: /page-0\n"), for: .seconds(1)) },
            state: "refused", rule: "robots",
            detail: "line 2: Disallow: /page-0; it is asked when a newer robots.txt allows it"),
        Row(
            name: "refused by max_crawl_delay",
            crawl: { try robots(.text("User-agent: *\nCrawl-delay: 60\n"), for: .seconds(31)) },
            state: "refused", rule: "max-crawl-delay",
            detail: "robots.txt asks for 60.0 seconds, allowed are 30.0 seconds; it is asked when robots.txt asks for "
                + "less, or politeness.max_crawl_delay allows more"),
    ]

    private static let refusals: [Row] = [
        Row(
            name: "address guard",
            crawl: {
                try crawled(for: .seconds(1), settings: GoldenTimelineTests.settings()) { _ in
                    refused(.addressRefused, IPAddress(v4: 0x0A00_0001))
                }
            },
            state: "refused", rule: "address-guard",
            detail: "its address 10.0.0.1 is not public; it is asked when fetch.allow_addresses is changed, or after "
                + "crawlctl revive"),
        Row(
            name: "request too large",
            crawl: {
                try crawled(for: .seconds(1), settings: GoldenTimelineTests.settings()) { _ in refused(.requestTooLarge)
                }
            },
            state: "refused", rule: "request-too-large",
            detail: "URL and headers together are longer than a request may be; crawlctl revive asks again"),
    ]

    private static let ends: [Row] = [
        Row(
            name: "gone",
            crawl: {
                try crawled(for: .seconds(1), settings: GoldenTimelineTests.settings()) { _ in .init(status: 404) }
            },
            state: "gone", rule: "gone", detail: "it answered 404; enqueue --force asks it again"),
        Row(
            name: "gone, and asked again all the same",
            crawl: {
                let settings = GoldenTimelineTests.settings { $0.recrawl = .every(.hours(6)) }
                return try crawled(for: .seconds(1), settings: settings) { _ in .init(status: 410) }
            },
            state: "gone", rule: "gone", detail: "it answered 410; enqueue --force asks it again", until: .hours(6),
            next: .hours(6)),
        Row(
            name: "done",
            crawl: {
                try crawled(for: .seconds(1), settings: GoldenTimelineTests.settings()) { _ in .init(status: 200) }
            },
            state: "done", rule: "done",
            detail: "fetched, and it has no recrawl interval; enqueue --force asks it again"),
    ]

    private static let waits: [Row] = [
        Row(
            name: "local-limit",
            crawl: {
                try crawled(for: .seconds(20), settings: GoldenTimelineTests.settings(delay: .seconds(1))) { _ in
                    LocalLimitCrawlTests.noSocket
                }
            },
            rule: "local-limit",
            detail: "no socket can be had since \(time(.zero)), EMFILE: the process has no descriptor left "
                + "(LimitNOFILE=); a request tries it again, and the first that get their sockets end it",
            until: .seconds(33), next: .seconds(33)),
        Row(
            name: "per-address",
            crawl: {
                let settings = GoldenTimelineTests.settings(delay: .seconds(1)) { $0.perAddressInFlight = 2 }
                let crawl = try VirtualCrawl(settings: settings) { request in
                    .init(status: 200, latency: request.url.hasSuffix("0") ? .zero : .seconds(60)) {
                        $0.remoteAddress = IPAddress(v4: 0xCB00_7107)
                    }
                }
                // One after another: the limit binds from an origin's second request on.
                for host in ["a", "b", "c"] {
                    crawl.enqueue(["http://\(host).test/page-0"])
                    crawl.enqueue(["http://\(host).test/page-1"])
                    crawl.time.run(for: .seconds(5))
                }
                return crawl
            },
            url: "http://c.test/page-1", rule: "per-address",
            detail: "2 requests in flight at 203.0.113.7; one of them has to end first"),
        Row(
            name: "budget",
            crawl: {
                let settings = GoldenTimelineTests.settings { $0.budget.requestsPerDay = 20 }
                let crawl = try crawled(ExplainTests.urls, for: .seconds(1), settings: settings) { _ in
                    .init(status: 200)
                }
                crawl.enqueue(["http://b.test/"])
                return crawl
            },
            url: "http://b.test/", rule: "budget",
            detail: "20 requests a day are spent", until: .hours(24), next: .hours(24)),
        Row(
            name: "budget of the origin",
            crawl: {
                let settings = GoldenTimelineTests.settings { $0.budget.requestsPerOriginPerDay = 20 }
                let crawl = try crawled(ExplainTests.urls, for: .seconds(1), settings: settings) { _ in
                    .init(status: 200)
                }
                crawl.enqueue(["http://a.test/later"])
                return crawl
            },
            url: "http://a.test/later", rule: "budget",
            detail: "20 requests a day to this origin are spent", until: .hours(24),
            next: .hours(48)),
        Row(
            name: "a retry after a 500",
            crawl: {
                try crawled(for: .minutes(2), settings: GoldenTimelineTests.settings()) { _ in .init(status: 500) }
            },
            rule: "not-due", detail: "a retry after serverError, later each time", until: .minutes(3),
            next: .minutes(3)),
        Row(
            name: "due later",
            crawl: {
                let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { _ in .init(status: 200) }
                var options = EnqueueOptions()
                options.dueAt = start + .hours(1)
                crawl.enqueue([ExplainTests.url], options: options)
                return crawl
            },
            rule: "not-due", detail: "it is due later", until: .hours(1), next: .hours(1)),
    ]

    @Test("what stops a broken URL's rechecks is told beside the mark")
    func recheckIsHeld() throws {
        let crawl = try Self.crawled(for: .minutes(61), settings: GoldenTimelineTests.settings()) { _ in
            .init(status: 520)
        }
        let marked = try ExplainTests.explain(ExplainTests.url, crawl)
        #expect(marked.because.map(\.rule) == ["broken-origin"] && marked.nextAttemptAt == Self.time(.minutes(90)))
        crawl.loop.setPaused(true)
        crawl.time.run(for: .hours(2))
        let paused = try ExplainTests.explain(ExplainTests.url, crawl)
        #expect(paused.state == "broken-origin" && paused.nextAttemptAt == nil)
        #expect(paused.because.map(\.rule) == ["broken-origin", "paused"])
    }

    @Test("a parked origin: its canary, a URL that failed and one never asked, each with what ends it")
    func parkedOrigin() throws {
        let settings = GoldenTimelineTests.settings(delay: .seconds(1)) {
            $0.softBlock = SoftBlockRules(control: 1, name: "browser")
        }
        let urls = (0..<50).map { "http://a.test/\($0)" }
        let crawl = try Self.crawled(urls, for: .minutes(2), settings: settings, answer: SoftBlockTimelineTests.blocked)
        let asked = Set(crawl.log.map(\.url))
        let canary = try #require(try urls.first { try crawl.record($0)?.state == .softBlocked })
        let failed = try #require(try asked.first { try crawl.record($0)?.health?.isOpen ?? false })
        let untouched = try #require(urls.first { !asked.contains($0) })
        for (url, state) in [(canary, "soft-blocked"), (failed, "soft-blocked"), (untouched, "held")] {
            let explanation = try ExplainTests.explain(url, crawl)
            #expect(explanation.state == state, "\(url)")
            let reason = try #require(explanation.because.first)
            #expect(reason.rule == "soft-blocked" && reason.until == nil)
            #expect(reason.detail.contains("profile browser is served"), "\(reason.detail)")
            #expect(reason.detail.contains("crawlctl revive --origin asks again"), "\(reason.detail)")
            #expect(explanation.nextAttemptAt == nil && explanation.incident != nil)
        }
    }

    /// A transfer that ended without an HTTP answer.
    private static func failure(_ curlCode: Int32, errno: Int32 = 0) -> SimulatedFetcher.Answer {
        SimulatedFetcher.Answer(status: 0) { result in
            result.curlCode = curlCode
            result.osErrno = errno
            result.flags = errno == 0 ? [] : .sentPacket
        }
    }

    @Test("what was met without an HTTP answer is told as what it was")
    func met() throws {
        for (answer, words) in [
            (Self.failure(6), "no such host (counted as 523)"),
            (Self.failure(7, errno: 111), "connection refused (counted as 521)"),
            (Self.failure(7, errno: 101), "network unreachable (counted as 523)"), (.init(status: 523), "523"),
        ] {
            let crawl = try Self.crawled(for: .minutes(20), settings: GoldenTimelineTests.settings()) { _ in answer }
            let pending = try #require(try ExplainTests.explain(ExplainTests.url, crawl).because.first)
            #expect(pending.detail == "the next probe of an hour of \(words) since \(Self.time(.zero))")
            crawl.time.run(for: .minutes(50))
            let marked = try #require(try ExplainTests.explain(ExplainTests.url, crawl).because.first)
            #expect(
                marked.detail == "\(words) since \(Self.time(.zero)), 10 observations at 6 probe times; "
                    + "only canaries are sent; next look in 20 min: 30 min at least (health.recheck_first)")
        }
    }

    @Test("a full disk is the reason while nothing can be stored")
    func storage() throws {
        let crawl = try Self.crawled(for: .seconds(1), settings: GoldenTimelineTests.settings(delay: .hours(1))) { _ in
            .init(status: 200)
        }
        crawl.enqueue(ExplainTests.urls)
        let canonical = try #require(VirtualCrawl.canonical(ExplainTests.urls[1]))
        let stored = try #require(try crawl.store.explanation(canonical, now: crawl.time.now()))
        crawl.loop.lane.async { [loop = crawl.loop] in loop.trouble(FrontierError.full(path: "/x")) }
        crawl.time.run(for: .zero)
        let view = try #require(crawl.view(of: [stored.url.id]))
        #expect(view.storage == .full(since: crawl.time.now()))
        let explanation = Explanation(stored, view: view)
        #expect(explanation.because.first?.rule == "storage-full" && explanation.nextAttemptAt == nil)
        #expect(WaitText(stored.url, view).because == "storage-full")
        crawl.time.run(for: .seconds(2))
        #expect(crawl.view(of: [stored.url.id])?.storage == nil)
    }

    @Test(arguments: guards + softBlocks + robotsRows + refusals + ends + waits)
    func reason(_ row: Row) throws {
        let explanation = try ExplainTests.explain(row.url, row.crawl())
        #expect(explanation.state == row.state)
        let because = try #require(explanation.because.first)
        #expect(because.rule == row.rule)
        #expect(because.detail == row.detail)
        #expect(because.until == row.until.map { Self.time($0) })
        if let until = because.until { #expect(!because.detail.contains(until), "it would be told twice") }
        #expect(explanation.nextAttemptAt == row.next.map { Self.time($0) })
    }
}
