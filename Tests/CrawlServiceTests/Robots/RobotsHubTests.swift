import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Many origins whose robots.txt leads to one host: the host is asked as politely as if all of that were its own.
@Suite struct RobotsHubTests {
    static let start = VirtualTime().now()
    static let hub = "http://hub.test/robots.txt"

    static func farm(_ n: Int) -> [String] { (0..<n).map { "http://f\($0).test/page" } }

    /// `f7.test` redirects to `target("7")`; everything else is answered by `hub`.
    static func crawl(
        delay: Duration = .seconds(1), edit: (inout SchedulerRules) -> Void = { _ in },
        target: @escaping @Sendable (Substring) -> String,
        hub: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws -> VirtualCrawl {
        try VirtualCrawl(settings: RobotsCrawlTests.settings(delay: delay, edit: edit)) { request in
            guard request.url.hasPrefix("http://f") else { return hub(request) }
            guard request.url.hasSuffix("/robots.txt") else { return .init(status: 200) }
            return .redirect(301, to: target(request.url.dropFirst(8).prefix { $0 != "." }))
        }
    }

    static func atHub(_ crawl: VirtualCrawl) -> [SimulatedFetcher.Request] {
        crawl.log.filter { $0.url.hasPrefix("http://hub.test/") }
    }

    static func gaps(_ requests: [SimulatedFetcher.Request]) -> [Duration] {
        zip(requests, requests.dropFirst()).map { $1.at - $0.at }
    }

    static func isDone(_ crawl: VirtualCrawl, _ urls: [String]) throws -> Int {
        try urls.filter { try crawl.record($0)?.state == .done }.count
    }

    @Test("200 origins that redirect to one robots.txt share few requests for it", arguments: [0, 200, 3_000])
    func sameURL(latency: Int) throws {
        let crawl = try Self.crawl(target: { _ in Self.hub }) { request in
            request.url == Self.hub
                ? .text("User-agent: *\nCrawl-delay: 3\nDisallow: /no\n", latency: .milliseconds(latency))
                : .init(status: 200)
        }
        let own = RobotsCrawlTests.pages(30, of: "http://hub.test")
        crawl.enqueue(own + Self.farm(200) + ["http://f7.test/no"])
        crawl.time.run(for: .seconds(60))
        #expect(crawl.times(Self.hub).count <= 2)
        #expect(try Self.isDone(crawl, own) >= 15)
        #expect(try Self.isDone(crawl, Self.farm(200)) == 200)
        #expect(try crawl.record("http://f7.test/no")?.state == .refused)
        crawl.time.run(for: .seconds(60))
        #expect(Self.gaps(Self.atHub(crawl)).allSatisfy { $0 >= .seconds(3) })
        #expect(try Self.isDone(crawl, own) == 30)
        #expect(try crawl.store.originRecord("http://f9.test")?.robots?.foundAt == Self.hub)
    }

    @Test("a request for another origin's robots.txt waits for the rules of its host, and goes on", arguments: 0..<10)
    func rulesForgotten(tenth: Int) throws {
        let crawl = try Self.crawl(target: { _ in "http://hub.test/shared.txt" }) { request in
            request.url.hasSuffix(".txt") ? .text("User-agent: *\nDisallow: /no\n") : .init(status: 200)
        }
        let own = RobotsCrawlTests.pages(20, of: "http://hub.test")
        crawl.enqueue(own)
        crawl.time.run(for: .seconds(5) + .milliseconds(100 * tenth))
        crawl.enqueue(["http://f0.test/page"])
        crawl.time.run(for: .milliseconds(300))
        // All rules are forgotten and come with the next leases.
        var (rules, policy) = (RobotsCrawlTests.settings(delay: .seconds(1)).rules, RefusalPolicy())
        rules.robots.productToken = "other"
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .seconds(60))
        #expect(try Self.isDone(crawl, own) == 20)
        #expect(try Self.isDone(crawl, ["http://f0.test/page"]) == 1)
        #expect(Self.gaps(Self.atHub(crawl)).allSatisfy { $0 >= .seconds(1) })
    }

    @Test("a kept answer does not outlive its lifetime: rules that change reach all within it")
    func keptAnswer() throws {
        let crawl = try Self.crawl(target: { _ in "http://hub.test/shared.txt" }) { request in
            request.url == Self.hub
                ? .text("") : .text("User-agent: *\nDisallow: /\n", cacheControl: "max-age=600")
        }
        for n in 0..<20 {
            crawl.enqueue(["http://f\(n).test/page"])
            crawl.time.run(for: .minutes(1))
        }
        let times = crawl.times("http://hub.test/shared.txt")
        #expect((4...8).contains(times.count), "\(times)")
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= .minutes(10) })
        #expect(try crawl.store.stats().urls[.refused] == 20)
    }

    @Test("requests for others take turns with the host's own URLs, one delay apart")
    func turns() throws {
        let crawl = try Self.crawl(target: { "http://hub.test/robots/\($0).txt" }) { request in
            request.url.hasSuffix(".txt") ? .text("") : .init(status: 200)
        }
        let own = RobotsCrawlTests.pages(100, of: "http://hub.test")
        crawl.enqueue(own + Self.farm(200))
        crawl.time.run(for: .seconds(100))
        #expect((45...55).contains(try Self.isDone(crawl, own)))
        #expect((45...55).contains(try Self.isDone(crawl, Self.farm(200))))
        crawl.time.run(for: .seconds(210))
        #expect(Self.gaps(Self.atHub(crawl)).allSatisfy { $0 >= .seconds(1) })
        #expect(try Self.isDone(crawl, own + Self.farm(200)) == 300)
    }

    @Test("they count in the host's budget of the day, and wait for the next one when it is spent")
    func budget() throws {
        let crawl = try Self.crawl(
            edit: { $0.budget.requestsPerOriginPerDay = 20 }, target: { "http://hub.test/robots/\($0).txt" }
        ) { request in
            request.url.hasSuffix(".txt") ? .text("") : .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(5, of: "http://hub.test") + Self.farm(30))
        crawl.time.run(for: .hours(23))
        #expect(Self.atHub(crawl).count == 19)
        crawl.time.run(for: .hours(2))
        #expect(try Self.isDone(crawl, RobotsCrawlTests.pages(5, of: "http://hub.test")) == 5)
        #expect(Self.atHub(crawl).count == 36)
        #expect(try Self.isDone(crawl, Self.farm(30)) == 30)
    }

    @Test("what the host's own robots.txt asks for holds for them, after a restart and without URLs of its own too")
    func ownDelay() throws {
        let crawl = try Self.crawl(target: { "http://hub.test/robots/\($0).txt" }) { request in
            request.url == Self.hub ? .text("User-agent: *\nCrawl-delay: 10\n") : .text("")
        }
        crawl.enqueue(["http://hub.test/page"])
        crawl.time.run(for: .minutes(1))
        crawl.stop()
        try crawl.restart()
        crawl.enqueue(Self.farm(20))
        crawl.time.run(for: .minutes(5))
        #expect(Self.atHub(crawl).count == 22)
        #expect(Self.gaps(Self.atHub(crawl)).allSatisfy { $0 >= .seconds(10) })
    }

    @Test("two hosts whose robots.txt leads to each other do not wait for ever")
    func crossed() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings(delay: .seconds(1))) { request in
            switch request.url {
            case "http://a.test/robots.txt": .redirect(to: "http://b.test/a.txt")
            case "http://b.test/robots.txt": .redirect(to: "http://a.test/b.txt")
            default: .text("")
            }
        }
        crawl.enqueue(["http://a.test/page", "http://b.test/page"])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 6)
        #expect(try Self.isDone(crawl, ["http://a.test/page", "http://b.test/page"]) == 2)
    }

    @Test("robots.txt that leads round in a circle of hosts means: no rules")
    func circle() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings(delay: .seconds(1))) { request in
            switch request.url {
            case "http://a.test/robots.txt": .redirect(to: "http://b.test/robots.txt")
            case "http://b.test/robots.txt": .redirect(to: "http://a.test/robots.txt")
            default: .init(status: 200)
            }
        }
        crawl.enqueue(["http://a.test/page", "http://b.test/page"])
        crawl.time.run(for: .minutes(1))
        #expect(try Self.isDone(crawl, ["http://a.test/page", "http://b.test/page"]) == 2)
        #expect(crawl.log.count <= 14)
    }

    @Test("a host that fails is asked no faster for many, and each origin has an hour of its own")
    func failing() throws {
        let crawl = try Self.crawl(target: { _ in Self.hub }) { _ in .init(status: 520) }
        crawl.enqueue(Self.farm(40))
        crawl.time.run(for: .minutes(59))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 100).isEmpty)
        crawl.time.run(for: .minutes(20))
        let incidents = try crawl.store.incidents(openOnly: true, after: nil, limit: 100)
        #expect(incidents.count == 40)
        #expect(!incidents.contains { $0.facts.origin == "http://hub.test" })  // it has no URLs
        #expect(Self.gaps(Self.atHub(crawl)).allSatisfy { $0 >= .seconds(1) })
        #expect(Self.atHub(crawl).count < 40)
    }
}
