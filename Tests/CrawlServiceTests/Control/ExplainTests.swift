import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// "Why is it not being fetched?", for every reason there is.
@Suite struct ExplainTests {
    static let url = "http://a.test/page-0"
    static let urls = (0..<40).map { "http://a.test/page-\($0)" }
    static let start = VirtualTime().now()

    static func explain(_ url: String, _ crawl: VirtualCrawl) throws -> Explanation {
        let canonical = try #require(VirtualCrawl.canonical(url))
        let stored = try #require(try crawl.store.explanation(canonical, now: crawl.time.now()))
        let found = Mutex<Explanation?>(nil)
        crawl.loop.view(of: [stored.url.id]) { view in
            found.withLock { $0 = Explanation(stored, view: view) }
        }
        crawl.time.run(for: .zero)
        return try #require(found.withLock { $0 })
    }

    static func rules(_ url: String, _ crawl: VirtualCrawl) throws -> [String] {
        try explain(url, crawl).because.map(\.rule)
    }

    static func crawl(
        delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in },
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws -> VirtualCrawl {
        try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: delay, edit: edit), answer: answer)
    }

    @Test("in flight, then done")
    func inFlight() throws {
        let crawl = try Self.crawl { _ in .init(status: 200, latency: .seconds(5)) }
        crawl.enqueue([Self.url])
        #expect(try Self.rules(Self.url, crawl) == ["in-flight"])
        crawl.time.run(for: .seconds(10))
        let done = try Self.explain(Self.url, crawl)
        #expect(done.because.map(\.rule) == ["done"])
        #expect(done.nextAttemptAt == nil)
        #expect(done.history.isEmpty)
    }

    @Test("a suspect and a pending URL name the run; every attempt stands in the history, the newest first")
    func pending() throws {
        let crawl = try Self.crawl { _ in
            .init(status: 520) { result in
                var details = FetchDetails()
                details.cfRay = "0123456789abcdef-FRA"
                details.server = "cloudflare"
                result.details = details
            }
        }
        crawl.enqueue([Self.url])
        crawl.time.run(for: .seconds(2))
        #expect(try Self.explain(Self.url, crawl).because.first?.detail.contains("burst") ?? false)
        crawl.time.run(until: Self.start + .minutes(20))
        let pending = try Self.explain(Self.url, crawl)
        #expect(pending.because.map(\.rule) == ["not-due"])
        #expect(pending.because.first?.until == pending.nextAttemptAt)
        #expect(pending.nextAttemptAt == (Self.start + .minutes(30)).text)
        #expect(pending.history.count == 7)
        #expect(pending.history.allSatisfy { $0.times != nil })
        #expect(pending.history.first?.at == (Self.start + .minutes(15)).text)
        #expect(
            pending.history.allSatisfy { $0.cfRay == "0123456789abcdef-FRA" && $0.colo == "FRA" && $0.status == 520 })
        crawl.time.run(until: Self.start + .hours(30))
        let broken = try Self.explain(Self.url, crawl)
        #expect(broken.because.map(\.rule) == ["broken-origin"])
        #expect(broken.incident != nil)
        // 96 probes a day, less the 22 canaries of the first 27 hours.
        let saved = try #require(broken.ledger.saved)
        #expect((90...95).contains(saved), "\(saved)")
        #expect(broken.history.count <= 20)
    }

    @Test("twenty attempts are kept, however long it fails")
    func bounded() throws {
        let crawl = try Self.crawl(edit: { $0.health.recheckMax = .seconds(3600) }) { _ in .init(status: 520) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(40))
        #expect(try Self.explain(Self.url, crawl).history.count == 20)
    }

    @Test("of a broken origin canary and scouts keep their last twenty attempts, the newest among them")
    func boundedOrigin() throws {
        let crawl = try Self.crawl(delay: .seconds(1), edit: { $0.health.recheckMax = .seconds(3600) }) { _ in
            .init(status: 520)
        }
        crawl.enqueue(Array(Self.urls.prefix(3)))
        crawl.time.run(until: Self.start + .hours(90))
        var full = 0
        for url in Self.urls.prefix(3) {
            let asked = crawl.log.filter { $0.url == url }
            let history = try Self.explain(url, crawl).history
            #expect(history.count == min(20, asked.count), "\(url)")
            #expect(history.first?.at == asked.last?.at.text)
            if asked.count > 20 { full += 1 }
        }
        #expect(full == 3, "the canary is asked every other time, the others in turn between")
    }

    @Test("the next attempt is told as far as it is known: not while paused or held by others, not before Retry-After")
    func nextAttempt() throws {
        let crawl = try Self.crawl(delay: .seconds(1)) { request in
            request.url.contains("//dead.test/") ? .init(status: 520) : .throttled(retryAfter: "600")
        }
        crawl.enqueue(Self.urls)
        crawl.time.run(for: .seconds(5))
        let waiting = try Self.explain(Self.urls[39], crawl)
        #expect(waiting.because.first?.rule == "retry-after")
        let ahead = (waiting.queue?.place ?? 1) - 1
        #expect(waiting.nextAttemptAt == (Self.start + .seconds(600) + .seconds(ahead)).text)
        crawl.loop.setPaused(true)
        crawl.time.run(for: .zero)
        #expect(try Self.explain(Self.urls[39], crawl).nextAttemptAt == nil)
        crawl.loop.setPaused(false)

        let dead = (0..<50).map { "http://dead.test/\($0)" }
        crawl.enqueue(dead)
        crawl.time.run(for: .minutes(70))
        let asked = Set(crawl.log.map(\.url))
        let untouched = try Self.explain(try #require(dead.first { !asked.contains($0) }), crawl)
        #expect(untouched.because.first?.rule == "origin-broken")
        #expect(untouched.because.first?.detail.contains("520 since ") ?? false)
        #expect(untouched.because.first?.until != nil, "the next recheck")
        #expect(untouched.nextAttemptAt == nil)
        let canary = try #require(try dead.map { try Self.explain($0, crawl) }.first { $0.nextAttemptAt != nil })
        #expect(canary.nextAttemptAt == untouched.because.first?.until)
    }

    @Test("an origin that fails as a whole: suspect, then broken; slots and partial where only some fail")
    func origins() throws {
        let crawl = try Self.crawl(delay: .seconds(1)) { _ in .init(status: 520) }
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(10))
        let asked = Set(crawl.log.map(\.url))
        let untouched = try #require(Self.urls.first { !asked.contains($0) })
        #expect(try Self.rules(untouched, crawl).first == "origin-suspect")
        #expect(try Self.explain(untouched, crawl).state == "held")
        crawl.time.run(until: Self.start + .minutes(70))
        #expect(try Self.rules(untouched, crawl).first == "origin-broken")
        #expect(try Self.explain(untouched, crawl).incident != nil)

        let half = try Self.crawl(delay: .milliseconds(100)) { request in
            .init(status: (Int(request.url.split(separator: "-").last ?? "") ?? 0) % 2 == 0 ? 520 : 200)
        }
        half.enqueue(Self.urls)
        // Which are asked first is drawn: if they and some scouts fail, the origin is suspect until one is good.
        half.time.run(until: Self.start + .minutes(50))
        let rules = try Self.urls.compactMap { try Self.rules($0, half).first }
        #expect(rules.filter { $0 == "probe-slots" }.count == 12)
        half.time.run(until: Self.start + .hours(60))
        #expect(try Self.urls.contains { try Self.rules($0, half).first == "partial" })
    }

    @Test("paused, Retry-After, budget, crawl delay, robots.txt, refused: with the moment they end")
    func waits() throws {
        let crawl = try Self.crawl(delay: .seconds(10)) { _ in .init(status: 200) }
        crawl.enqueue(Self.urls)
        crawl.time.run(for: .seconds(1))
        let delayed = try Self.explain(Self.urls[39], crawl)
        #expect(delayed.because.first?.rule == "crawl-delay")
        #expect(delayed.because.first?.until == (Self.start + .seconds(10)).text)
        crawl.loop.setPaused(true)
        crawl.time.run(for: .zero)
        #expect(try Self.rules(Self.urls[39], crawl).first == "paused")

        let throttled = try Self.crawl { _ in .throttled(retryAfter: "600") }
        throttled.enqueue(Self.urls)
        throttled.time.run(for: .seconds(1))
        let blocked = try Self.explain(Self.urls[39], throttled)
        #expect(blocked.because.first?.rule == "retry-after")
        #expect(blocked.because.first?.until == (Self.start + .seconds(600)).text)

        let spent = try Self.crawl(edit: { $0.budget.requestsPerDay = 20 }) { _ in .init(status: 200) }
        spent.enqueue(Self.urls)
        spent.time.run(for: .seconds(1))
        #expect(try Self.urls.contains { try Self.rules($0, spent).first == "budget" })

        var settings = RobotsCrawlTests.settings()
        settings.rules.crawlDelay = .zero
        let refused = try VirtualCrawl(settings: settings) { request in
            request.url.hasSuffix("/robots.txt") ? .text("User-agent: *\nDisallow: /page-0\n") : .init(status: 200)
        }
        refused.enqueue([Self.url])
        refused.time.run(for: .seconds(1))
        let because = try #require(try Self.explain(Self.url, refused).because.first)
        #expect(because.rule == "robots")
        #expect(because.detail.hasPrefix("line 2: Disallow: /page-0"))
        #expect(because.until == nil)
    }

    @Test("a URL that nobody handed over is unknown")
    func unknown() throws {
        let crawl = try Self.crawl { _ in .init(status: 200) }
        #expect(try crawl.store.explanation(try #require(VirtualCrawl.canonical(Self.url)), now: Self.start) == nil)
    }
}
