import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What Retry-After, as a header or in the edge's own document, does to a crawl: real scheduler, loop and store, virtual
/// time.
@Suite struct RetryWishTimelineTests {
    static let url = "http://a.test/page"
    static let start = GoldenTimelineTests.start
    static let ray = "9f3e5c1a7b2d4e60"

    /// As Cloudflare answers for a site; `code` = the document's, nil = no document.
    static func edge(_ status: Int32, retryAfter: String? = nil, code: Int? = nil) -> SimulatedFetcher.Answer {
        .init(status: status) { result in
            var details = FetchDetails()
            details.server = "cloudflare"
            details.cfRay = ray + "-FRA"
            details.retryAfter = retryAfter
            if let code {
                details.bodyHead = Array(
                    #"""
                    {"cloudflare_error":true,"error_code":\#(code),"error_name":"connection_timeout",
                    "error_category":"origin","retryable":true,"retry_after":120,"ray_id":"\#(ray)"}
                    """#.utf8)
            }
            result.details = details
        }
    }

    static func crawl(
        edit: (inout SchedulerRules) -> Void = { _ in },
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws -> VirtualCrawl {
        try VirtualCrawl(settings: GoldenTimelineTests.settings(edit: edit), answer: answer)
    }

    @Test(
        "golden: a wish with every answer delays steps, and the mark comes at 60 min",
        arguments: [
            ("5", [0, 5, 10, 18, 300, 900, 1800, 2700, 3600]), ("120", [0, 120, 300, 900, 1800, 2700, 3600]),
            ("600", [0, 600, 1200, 1800, 2700, 3600]), ("1200", [0, 1200, 2400, 3600]),
            ("3600", [0, 1800, 2700, 3600]), ("86400", [0, 1800, 2700, 3600]), ("31536000", [0, 1800, 2700, 3600]),
        ] as [(String, [Int])])
    func golden(wish: String, seconds: [Int]) throws {
        let crawl = try Self.crawl { _ in Self.edge(522, retryAfter: wish) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.times(Self.url) == seconds.map { .seconds($0) })
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.markedAt == Self.start + .minutes(60) && incident.facts.cause == "522")
        // The canary: half an hour later, or when the wish is over, but no later than max_retry_after has it.
        crawl.time.run(until: Self.start + .hours(26))
        let canary = try #require(crawl.times(Self.url).dropFirst(seconds.count).first)
        #expect(canary == .minutes(60) + max(.minutes(30), min(.seconds(Int(wish) ?? 0), .hours(24))))
    }

    @Test("a stop in the middle of a long wish changes nothing of it")
    func restart() throws {
        let crawl = try Self.crawl { _ in Self.edge(524, retryAfter: "3600") }
        crawl.enqueue([Self.url])
        for minute in [10.0, 40] {
            crawl.time.run(until: Self.start + .minutes(minute))
            crawl.stop()
            try crawl.restart()
        }
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.times(Self.url) == [.zero, .minutes(30), .minutes(45), .minutes(60)])
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
    }

    @Test("the document's own wish and code count where the status says less, and the explanation tells them")
    func document() throws {
        let crawl = try Self.crawl { _ in Self.edge(502, code: 522) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .seconds(130))
        let explained = try ExplainTests.explain(Self.url, crawl)
        let attempt = try #require(explained.history.first)
        #expect(attempt.outcome == "connectTimeout" && attempt.status == 502 && attempt.cfCode == 522)
        #expect(attempt.errorName == "connection_timeout" && attempt.errorCategory == "origin")
        #expect(attempt.retryable == true && attempt.retryAfter == 120)
        let detail = try #require(explained.because.first?.detail)
        #expect(detail.contains("connection_timeout, a fault of origin") && detail.contains("2m of quiet"))
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.times(Self.url) == [0, 2, 5, 15, 30, 45, 60].map { .minutes($0) })
        let facts = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first?.facts)
        let evidence = try #require(AlertMessages.evidence(facts))
        #expect(evidence.errorName == "connection_timeout" && evidence.errorCategory == "origin")
        #expect(evidence.retryable == true && evidence.status == 502)
    }

    @Test("a 502 that is signed as the origin's fault keeps its class and says so")
    func badGateway() throws {
        let crawl = try Self.crawl { _ in Self.edge(502, retryAfter: "600", code: 502) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(60))
        // The backoff doubles from 1 min on: 1, 2, 4, 8, 16.
        #expect(crawl.times(Self.url) == [0, 10, 20, 30, 40, 56].map { .minutes($0) })
        let attempt = try #require(try ExplainTests.explain(Self.url, crawl).history.first)
        #expect(attempt.outcome == "serverError" && attempt.errorCategory == "origin" && attempt.cfCode == 502)
    }

    @Test("a retry waits for the later of backoff and wish", arguments: [500, 502, 504, 501] as [Int32])
    func retry(status: Int32) throws {
        let crawl = try Self.crawl { _ in .throttled(status, retryAfter: "150") }
        crawl.enqueue([Self.url, "http://a.test/other"])
        crawl.time.run(until: Self.start + .minutes(10))
        let times = crawl.times(Self.url)
        #expect(times == [0, 150, 300, 540].map { .seconds($0) })
        #expect(crawl.times("http://a.test/other") == times, "the wish is for one URL")
    }

    @Test(
        "403 and 413 are not tried again, and a recrawl comes no earlier than the wish",
        arguments: [403, 413] as [Int32])
    func recrawl(status: Int32) throws {
        let crawl = try Self.crawl { _ in .throttled(status, retryAfter: "7200") }
        var options = EnqueueOptions()
        options.recrawl = .every(.hours(1))
        crawl.enqueue([Self.url], options: options)
        options.recrawl = .every(.hours(3))
        crawl.enqueue(["http://a.test/seldom"], options: options)
        options.recrawl = .never
        crawl.enqueue(["http://a.test/once"], options: options)
        crawl.time.run(until: Self.start + .hours(5))
        #expect(crawl.times(Self.url) == [.zero, .hours(2), .hours(4)])
        #expect(crawl.times("http://a.test/seldom") == [.zero, .hours(3)])
        #expect(crawl.times("http://a.test/once") == [.zero])
        #expect(try crawl.record("http://a.test/once")?.state == .done)
    }

    @Test("a redirect's wish is for its target, if that is new", arguments: [301, 302, 307] as [Int32])
    func redirect(status: Int32) throws {
        let crawl = try Self.crawl { request in
            guard request.url.hasPrefix("http://a.test/") else { return .init(status: 200) }
            let target = request.url.replacing("http://a.test/", with: "http://b.test/")
            return .init(status: status) { result in
                var details = FetchDetails()
                details.redirectURL = target
                details.retryAfter = "300"
                result.details = details
            }
        }
        crawl.enqueue(["http://b.test/known"])
        crawl.enqueue(["http://a.test/new", "http://a.test/known"])
        crawl.time.run(until: Self.start + .seconds(1))
        #expect(try crawl.record("http://b.test/new")?.dueAt == Self.start + .seconds(300))
        crawl.time.run(until: Self.start + .minutes(10))
        #expect(crawl.times("http://b.test/new") == [.seconds(300)])
        #expect(crawl.times("http://b.test/known") == [.zero])
        #expect(crawl.times("http://a.test/new") == [.zero])
    }

    // MARK: Codes that throttle

    @Test("an edge's code blocks the origin; the same again doubles the wait, and a day of nothing else blocks the URL")
    func throttled() throws {
        let crawl = try Self.crawl { _ in Self.edge(429, retryAfter: "30", code: 1015) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(10))
        #expect(crawl.times(Self.url) == [0, 30, 90, 210, 450].map { .seconds($0) })
        let explained = try ExplainTests.explain(Self.url, crawl)
        #expect(explained.because.first { $0.rule == "retry-after" }?.detail.contains("1015") ?? false)
        // A restart forgets neither how long that has lasted nor the last wait.
        crawl.kill()
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(20))
        #expect(try crawl.record(Self.url)?.lastOutcome == .throttled)
        crawl.time.run(until: Self.start + .hours(90))
        let times = crawl.times(Self.url)
        // 30 s × (2^n − 1).
        #expect(times == (0...12).map { .seconds(30 * ((1 << $0) - 1)) })
        let record = try #require(try crawl.record(Self.url))
        #expect(record.lastOutcome == .blocked && record.state == .done)
    }

    @Test("nor does a daemon that stands still for hours")
    func throttledOverAStop() throws {
        let crawl = try Self.crawl { _ in Self.edge(429, retryAfter: "30", code: 1015) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .seconds(100))
        crawl.stop()
        crawl.time.run(until: Self.start + .hours(2))
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(2) + .minutes(5))
        #expect(crawl.times(Self.url) == [0, 30, 90, 7200, 7440].map { .seconds($0) })
        crawl.time.run(until: Self.start + .hours(90))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.lastOutcome == .blocked && record.state == .done)
    }

    @Test("any other answer ends the doubling, and the day")
    func calmed() throws {
        let crawl = try Self.crawl { request in
            let seconds = (request.at - Self.start).ms / 1000
            return seconds < 200 || (210..<400).contains(seconds) ? Self.edge(403, code: 1205) : .init(status: 200)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .seconds(205))
        // 120 s, as the document asks: 0, 120, then 240 more.
        #expect(crawl.times(Self.url) == [.zero, .seconds(120)])
        crawl.time.run(until: Self.start + .minutes(30))
        #expect(crawl.times(Self.url) == [0, 120, 360, 840].map { .seconds($0) })
        crawl.enqueue(["http://a.test/2"])
        crawl.time.run(for: .seconds(1))
        let origin = try #require(try crawl.store.originRecord("http://a.test"))
        #expect(origin.block?.edge == nil)
    }

    @Test(
        "1016 and 1033 are a resolver's fault at whatever status, robots.txt's too",
        arguments: [409, 530, 502] as [Int32])
    func resolve(status: Int32) throws {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings { $0.robots.obeys = true },
            answer: { _ in Self.edge(status, code: 1016) })
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(
            Set(crawl.log.map(\.url)) == ["http://a.test/robots.txt"],
            "a site that cannot be found has no rules to tell")
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.cause == "530" && incident.facts.scope == .origin)
    }

    @Test("a proof waits for the wish, and is left for a later answer if that is long", arguments: ["120", "1200"])
    func proof(wish: String) throws {
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings()) { request in
            request.profile == SoftBlockTimelineTests.control ? .init(status: 200) : Self.edge(520, retryAfter: wish)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(70))
        let own = crawl.log.filter { $0.profile == nil }.map { $0.at - Self.start }
        let seconds = Int(wish) ?? 0
        for (before, after) in zip(own, own.dropFirst()) where wish == "120" {
            #expect(after - before >= .seconds(seconds))
        }
        #expect(try crawl.record(Self.url)?.state == (wish == "120" ? .softBlocked : .brokenOrigin))
    }
}
