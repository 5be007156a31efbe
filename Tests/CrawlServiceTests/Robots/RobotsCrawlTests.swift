import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// robots.txt in a crawl: asked first, obeyed, kept, refreshed. Real scheduler, loop and store, virtual time.
@Suite struct RobotsCrawlTests {
    static let robots = "http://a.test/robots.txt"
    static let start = VirtualTime().now()

    static func settings(
        delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings {
        GoldenTimelineTests.settings(delay: delay) {
            $0.robots.obeys = true
            edit(&$0)
        }
    }

    static func pages(_ n: Int, of origin: String = "http://a.test") -> [String] {
        (0..<n).map { "\(origin)/page-\($0)" }
    }

    @Test("one robots.txt goes before all URLs of an origin; refused ones name the line and cost no request")
    func refuses() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.url == Self.robots ? .text("User-agent: *\nDisallow: /private/\n") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(50) + ["http://a.test/private/1", "http://a.test/private/2"])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.first?.url == Self.robots)
        #expect(crawl.times(Self.robots).count == 1)
        #expect(crawl.log.count == 51)
        #expect(!crawl.log.contains { $0.url.contains("private") })
        let record = try #require(try crawl.record("http://a.test/private/1"))
        #expect(record.state == .refused)
        #expect(record.attempts == 0)
        #expect(record.refusal?.rule == .robots)
        #expect(record.refusal?.text.contains("Disallow: /private/") == true)
        #expect(try crawl.record("http://a.test/page-7")?.state == .done)
    }

    @Test("refused URLs come back when the rules change, and only those the new ones allow")
    func readmits() throws {
        let crawl = try VirtualCrawl(settings: Self.settings { $0.recrawl = .every(.seconds(6 * 3600)) }) { request in
            guard request.url == Self.robots else { return .init(status: 200) }
            return .text(
                request.at - Self.start < .hours(20)
                    ? "User-agent: *\nDisallow: /a\nDisallow: /b\n" : "User-agent: *\nDisallow: /b\n")
        }
        crawl.enqueue(["http://a.test/a", "http://a.test/b", "http://a.test/c"])
        crawl.time.run(for: .hours(23))
        #expect(try crawl.record("http://a.test/a")?.state == .refused)
        crawl.time.run(for: .hours(8))
        #expect(crawl.times(Self.robots).count == 2)
        #expect(crawl.times("http://a.test/a").count >= 1)
        #expect(try crawl.record("http://a.test/a")?.state == .scheduled)
        #expect(try crawl.record("http://a.test/b")?.state == .refused)
        #expect(crawl.times("http://a.test/b").isEmpty)
    }

    @Test("a reload that no longer obeys robots.txt brings refused URLs back")
    func disobeys() throws {
        let settings = Self.settings()
        let crawl = try VirtualCrawl(settings: settings) { request in
            request.url == Self.robots ? .text("User-agent: *\nDisallow: /\n") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(3))
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 1)
        var rules = settings.rules
        rules.robots.obeys = false
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 4)
    }

    @Test("what the old policy has refused and no commit has stored yet comes back after a reload, too")
    func disobeysUncommitted() throws {
        let settings = Self.settings()
        let crawl = try VirtualCrawl(settings: settings) { request in
            request.url == Self.robots ? .text("User-agent: *\nDisallow: /\n") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(3))
        crawl.time.run(for: .milliseconds(50))
        #expect(try crawl.record("http://a.test/page-0")?.state == .scheduled, "judged, not committed")
        var rules = settings.rules
        rules.robots.obeys = false
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 4)
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
    }

    @Test("a readmission that the disk refused is tried again while running", arguments: ["adopt", "catchUp"])
    func readmissionFails(call: String) throws {
        let time = VirtualTime()
        let folder = try TemporaryFolder()
        let store = try FrontierStore(path: folder.file("frontier.sqlite"))
        let frontier = FailingFrontier(store)
        let fetcher = SimulatedFetcher(time: time) { request in
            request.url == Self.robots ? .text("User-agent: *\nDisallow: /\n") : .init(status: 200)
        }
        var settings = Self.settings()
        settings.policy.robots = settings.rules.robots
        let writer = FrontierWriter(frontier: frontier, clock: time)
        let loop = CrawlLoop(writer: writer, fetcher: fetcher, clock: time, settings: settings)
        loop.start { _ in }
        time.run(for: .zero)
        var batch = EnqueueBatch()
        let url = Array("http://a.test/page".utf8)
        url.withUnsafeBufferPointer { batch.append($0, originLength: 13, options: nil) }
        writer.enqueue(batch) {
            loop.noteWork($0.touched)
        } done: { _, _ in
        }
        time.run(for: .minutes(1))
        #expect(fetcher.log.map(\.url) == [Self.robots])
        frontier.fail(call, times: 3)
        var rules = settings.rules
        rules.robots.obeys = false
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        loop.apply(rules, OutcomeClassifier(), policy)
        time.run(for: .minutes(1))
        #expect(frontier.failuresLeft == 0)
        #expect(fetcher.log.map(\.url) == [Self.robots, "http://a.test/page"])
    }

    struct Lifetime: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var cacheControl: String?
        var fetches: Int
    }

    @Test(
        "a copy lives 24 h at most, as Cache-Control says within bounds, and is refreshed before it expires",
        arguments: [
            Lifetime(testDescription: "no header", cacheControl: nil, fetches: 2),
            Lifetime(testDescription: "a year", cacheControl: "max-age=31536000", fetches: 2),
            Lifetime(testDescription: "6 h", cacheControl: "public, max-age=21600", fetches: 6),
            Lifetime(testDescription: "unreadable", cacheControl: "max-age=soon", fetches: 2),
        ])
    func lifetime(_ entry: Lifetime) throws {
        let crawl = try VirtualCrawl(settings: Self.settings { $0.recrawl = .every(.seconds(600)) }) { request in
            request.url == Self.robots ? .text("", cacheControl: entry.cacheControl) : .init(status: 200)
        }
        crawl.enqueue(Self.pages(1))
        crawl.time.run(for: .hours(30))
        #expect(crawl.times(Self.robots).count == entry.fetches)
        // Refreshed early enough: no page waited for it.
        let gaps = zip(crawl.times("http://a.test/page-0"), crawl.times("http://a.test/page-0").dropFirst())
            .map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 < .seconds(602) })
    }

    @Test("no-store cannot make us ask more often than every 5 min")
    func noStore() throws {
        let crawl = try VirtualCrawl(settings: Self.settings { $0.recrawl = .every(.seconds(10)) }) { request in
            request.url == Self.robots ? .text("", cacheControl: "no-store") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(1))
        crawl.time.run(for: .minutes(60))
        #expect((11...15).contains(crawl.times(Self.robots).count))
    }

    @Test("the copy and its Crawl-delay survive a restart, clean or not", arguments: [false, true])
    func restart(isClean: Bool) throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) { request in
            request.url == Self.robots ? .text("User-agent: *\nCrawl-delay: 20\n") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(10))
        crawl.time.run(for: .seconds(65))
        #expect(crawl.log.map { $0.at - Self.start } == [.zero, .seconds(20), .seconds(40), .seconds(60)])
        if isClean { crawl.stop() }
        try crawl.restart()
        crawl.time.run(for: .minutes(5))
        #expect(crawl.times(Self.robots).count == 1)
        let gaps = zip(crawl.log, crawl.log.dropFirst()).map { $1.at - $0.at }
        #expect(gaps.allSatisfy { $0 >= .seconds(20) }, "\(gaps)")
        #expect(Set(crawl.log.map(\.url)).count == 11)
    }

    @Test("a Crawl-delay over the limit refuses the origin, with the reason")
    func tooSlow() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.url == Self.robots ? .text("User-agent: *\nCrawl-delay: 31\n") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(3))
        crawl.time.run(for: .minutes(5))
        #expect(crawl.log.count == 1)
        #expect(try crawl.record("http://a.test/page-0")?.refusal?.rule == .crawlDelay)
    }

    @Test("five redirects are followed, over hosts, each under its own host's delay; a sixth means: no rules")
    func redirects() throws {
        for hops in [1, 5, 6] {
            let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) { request in
                if request.url.hasSuffix("/robots.txt") {
                    let host = request.url.split(separator: "/")[1].prefix { $0 != "." }
                    let number = host == "a" ? 0 : Int(host.dropFirst()) ?? 0
                    if number < hops { return .redirect(301, to: "http://h\(number + 1).test/robots.txt") }
                    return .text("User-agent: *\nDisallow: /page-1\n")
                }
                return .init(status: 200)
            }
            crawl.enqueue(Self.pages(3) + Self.pages(2, of: "http://h1.test"))
            crawl.time.run(for: .minutes(5))
            let isRefused = try crawl.record("http://a.test/page-1")?.state == .refused
            #expect(isRefused == (hops <= 5), "\(hops) hops")
            for host in ["a", "h1"] {
                let times = crawl.log.filter { $0.url.hasPrefix("http://\(host).test/") }.map(\.at)
                #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) }, "\(host) \(hops)")
            }
            if hops == 5 {
                #expect(try crawl.store.originRecord("http://a.test")?.robots?.foundAt == "http://h5.test/robots.txt")
            }
        }
    }

    @Test("a redirect that leads nowhere, or to what is no web page, means: no rules", arguments: [nil, "ftp://x/"])
    func nowhere(target: String?) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.url == Self.robots ? .redirect(to: target) : .init(status: 200)
        }
        crawl.enqueue(Self.pages(2))
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 3)
    }

    @Test("4xx allows everything", arguments: [400, 401, 403, 404, 410, 418, 429, 451])
    func clientErrors(status: Int32) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.url == Self.robots ? .throttled(status, retryAfter: "30") : .init(status: 200)
        }
        crawl.enqueue(Self.pages(3))
        crawl.time.run(for: .minutes(1))
        #expect(Set(crawl.log.map(\.url)).count == 4)
        // A 429 asks for quiet all the same.
        #expect(crawl.times("http://a.test/page-0").first == (status == 429 ? .seconds(30) : .zero))
    }

    @Test("a robots.txt that is over the limit counts up to its last whole line")
    func cut() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard request.url == Self.robots else { return .init(status: 200) }
            return SimulatedFetcher.Answer(status: 200) { result in
                var details = FetchDetails()
                details.body = Array("User-agent: *\nDisallow: /private\nDisallow: /".utf8)
                result.details = details
                result.flags.insert(.bodyOverLimit)
                result.curlCode = 23
            }
        }
        crawl.enqueue(["http://a.test/page", "http://a.test/private"])
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://a.test/page")?.state == .done)
        #expect(try crawl.record("http://a.test/private")?.state == .refused)
    }

    @Test("more rules than the cache holds: every origin is still asked, and each robots.txt once")
    func smallCache() throws {
        let crawl = try VirtualCrawl(
            settings: Self.settings {
                $0.robots.cacheBytes = 2_000
                $0.perAddressInFlight = 0
            }
        ) { request in
            request.url.hasSuffix("/robots.txt")
                ? .text("User-agent: *\n" + (0..<30).map { "Disallow: /no\($0)\n" }.joined()) : .init(status: 200)
        }
        for page in 0..<3 {
            crawl.enqueue((0..<200).map { "http://h\($0).test/\(page)" })
            crawl.time.run(for: .minutes(1), limit: 200_000)
        }
        crawl.enqueue((0..<200).map { "http://h\($0).test/no7" })
        crawl.time.run(for: .minutes(1), limit: 200_000)
        #expect(crawl.log.filter { $0.url.hasSuffix("/robots.txt") }.count == 200)
        #expect(crawl.log.count == 800)
        #expect(try crawl.store.stats().urls[.refused] == 200)
    }

    @Test(
        "an origin whose URLs are all refused is still asked for its rules, over a restart too", arguments: [0, 1, 2])
    func allRefused(restarts: Int) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard request.url == Self.robots else { return .init(status: 200) }
            return .text("User-agent: *\nDisallow: /\(request.at - Self.start < .hours(30) ? "" : "no")\n")
        }
        crawl.enqueue(Self.pages(3))
        crawl.time.run(for: .hours(2))
        #expect(crawl.log.count == 1)
        for n in 0..<restarts {
            if n == 0 { crawl.stop() }
            try crawl.restart()
            crawl.time.run(for: .hours(3))
        }
        crawl.time.run(for: .hours(60))
        #expect((3...5).contains(crawl.times(Self.robots).count))
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
    }

    @Test("a challenge of the edge with a 5xx is no answer: the origin is held, and that is told after an hour")
    func challenge() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard request.url == Self.robots else { return .init(status: 200) }
            return SimulatedFetcher.Answer(status: 503) { result in
                var details = FetchDetails()
                details.cfMitigated = "challenge"
                details.server = "cloudflare"
                result.details = details
                result.flags.insert(.edge)
            }
        }
        crawl.enqueue(Self.pages(1))
        crawl.time.run(for: .hours(2), limit: 100_000)
        #expect((5...9).contains(crawl.log.count), "\(crawl.log.count)")
        #expect(try crawl.record("http://a.test/page-0")?.hold == .originBroken)
    }

    @Test("a redirect of robots.txt that comes during a stop allows nothing: it is asked anew")
    func redirectedWhileStopping() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            switch request.url {
            case Self.robots:
                var answer = SimulatedFetcher.Answer.redirect(301, to: "http://b.test/robots.txt")
                answer.latency = .seconds(1)
                return answer
            case "http://b.test/robots.txt": return .text("User-agent: *\nDisallow: /\n")
            default: return .init(status: 200)
            }
        }
        crawl.enqueue(Self.pages(2))
        crawl.time.run(for: .milliseconds(500))
        crawl.stop()
        try crawl.restart()
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.map(\.url) == [Self.robots, Self.robots, "http://b.test/robots.txt"])
        #expect(try crawl.record("http://a.test/page-0")?.state == .refused)
    }

    @Test("the Sitemap lines are kept and shown")
    func sitemaps() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.url == Self.robots
                ? .text("Sitemap: http://a.test/one.xml\nUser-agent: *\nDisallow:\nSitemap: http://a.test/two.xml\n")
                : .init(status: 200)
        }
        crawl.enqueue(Self.pages(1))
        crawl.time.run(for: .minutes(1))
        let robots = try #require(try crawl.store.originRecord("http://a.test")?.robots)
        #expect(robots.rules.sitemaps == ["http://a.test/one.xml", "http://a.test/two.xml"])
        #expect(robots.status == 200)
    }
}
