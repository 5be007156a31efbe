import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// Random lives of a small web: hosts whose robots.txt lead to each other, fail, throttle and change, under stops, kills,
/// reloads, pauses, revivals, removals and a clock that is set. Whatever happens, gaps and budgets are kept; when the
/// world is well again, all URLs end.
@Suite struct RobotsLifeTests {
    static let hosts = 6
    static let delay = Duration.seconds(2)

    /// What the hosts do now.
    final class World: Sendable {
        struct Host {
            /// Where its robots.txt leads; nil = it is here.
            var leadsTo: Int?
            var robots: Int32 = 200
            var pages: Int32 = 200
            var latency = Duration.zero
        }
        let state = Mutex([Host](repeating: Host(), count: RobotsLifeTests.hosts))

        func answer(_ request: SimulatedFetcher.Request) -> SimulatedFetcher.Answer {
            let number = RobotsLifeTests.host(request.url)
            let host = state.withLock { $0[number] }
            var answer: SimulatedFetcher.Answer
            if !request.url.hasSuffix("/robots.txt") {
                answer = host.pages == 429 ? .throttled(429, retryAfter: "90") : .init(status: host.pages)
            } else if let next = host.leadsTo, next != number {
                answer = .redirect(301, to: "http://h\(next).test/robots.txt")
            } else if host.robots == 429 {
                answer = .throttled(429, retryAfter: "90")
            } else if host.robots == 200 {
                answer = .text("User-agent: *\nDisallow: /no\n")
            } else {
                answer = .init(status: host.robots)
            }
            answer.latency = host.latency
            return answer
        }

        func change(_ random: inout SeededRandom) {
            let number = Int.random(in: 0..<RobotsLifeTests.hosts, using: &random)
            let host = Host(
                leadsTo: Bool.random(using: &random) ? Int.random(in: 0..<RobotsLifeTests.hosts, using: &random) : nil,
                robots: [200, 200, 404, 429, 500, 520, 520].randomElement(using: &random) ?? 200,
                pages: [200, 200, 200, 429, 500, 520].randomElement(using: &random) ?? 200,
                latency: .milliseconds(Int.random(in: 0...3_000, using: &random)))
            state.withLock { $0[number] = host }
        }

        func heal() {
            state.withLock { hosts in
                for n in hosts.indices {
                    hosts[n].robots = 200
                    hosts[n].pages = 200
                    hosts[n].latency = .zero
                }
            }
        }
    }

    static func host(_ url: String) -> Int { url.dropFirst(8).first?.wholeNumberValue ?? 0 }

    @Test("random lives keep every gap and budget, and end well", arguments: 0..<40)
    func life(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 1)
        let world = World()
        let setsClock = seed % 4 == 3
        let budget = seed % 2 == 0 ? 0 : 60
        let settings = RobotsCrawlTests.settings(delay: Self.delay) {
            $0.budget.requestsPerOriginPerDay = budget
            $0.perOriginInFlight = seed % 3 == 0 ? 2 : 1
            $0.health.recheckMax = .seconds(4 * 3600)
        }
        let crawl = try VirtualCrawl(settings: settings) { world.answer($0) }
        var obeys = true
        /// Requests so far, and how far the clock had been set when they were sent.
        var sent: [(request: SimulatedFetcher.Request, set: Duration)] = []
        var set = Duration.zero
        var page = 0
        for _ in 0..<40 {
            switch Int.random(in: 0..<14, using: &random) {
            case 0...3: world.change(&random)
            case 4...7:
                crawl.enqueue(
                    (0..<Int.random(in: 1...6, using: &random)).map { n in
                        page += 1
                        let host = Int.random(in: 0..<Self.hosts, using: &random)
                        return "http://h\(host).test/\(n == 0 ? "no" : "p")\(page)"
                    })
            case 8:
                if Bool.random(using: &random) { crawl.stop() }
                try crawl.restart()
                obeys = true
            case 9:
                obeys.toggle()
                var rules = settings.rules
                rules.robots.obeys = obeys
                var policy = RefusalPolicy()
                policy.robots = rules.robots
                crawl.loop.apply(rules, OutcomeClassifier(), policy)
            case 10:
                crawl.loop.setPaused(true)
                crawl.time.run(for: .seconds(30))
                crawl.loop.setPaused(false)
            case 11, 12:
                let key = "http://h\(Int.random(in: 0..<Self.hosts, using: &random)).test"
                let commit =
                    Bool.random(using: &random)
                    ? try crawl.store.revive(.origin(key), now: crawl.time.now())
                    : try crawl.store.remove(.origin(key), now: crawl.time.now())
                if let commit { crawl.changed(commit.rows) }
            default:
                guard setsClock else { break }
                let step = Duration.seconds(Int.random(in: -7_200...7_200, using: &random))
                sent += crawl.log.dropFirst(sent.count).map { ($0, set) }
                crawl.time.jump(by: step)
                set += step
            }
            crawl.time.run(for: .seconds(Int.random(in: 1...1_500, using: &random)))
        }
        if !obeys {
            var policy = RefusalPolicy()
            policy.robots = settings.rules.robots
            crawl.loop.apply(settings.rules, OutcomeClassifier(), policy)
        }
        world.heal()
        crawl.time.run(for: .hours(24 * 5))
        sent += crawl.log.dropFirst(sent.count).map { ($0, set) }

        for host in 0..<Self.hosts {
            let times = sent.filter { Self.host($0.request.url) == host }.map { $0.request.at + (.zero - $0.set) }
            let shortest = zip(times, times.dropFirst()).map { $1 - $0 }.min() ?? Self.delay
            #expect(shortest >= Self.delay, "host \(host): \(shortest)")
            if budget > 0, !setsClock {
                let days = Dictionary(grouping: times) { $0.ms / 86_400_000 }.values.map(\.count)
                #expect(days.allSatisfy { $0 <= budget }, "host \(host): \(days)")
            }
        }
        let stats = try crawl.store.stats()
        #expect(stats.heldURLs == 0)
        #expect(stats.urls[.scheduled, default: 0] == 0, "\(stats.urls)")
        // A page that broke while robots.txt was not obeyed, and is refused now, cannot show that it is well.
        let broken = try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts.url)
        #expect(broken.allSatisfy { $0?.contains("/no") ?? false }, "\(broken)")
    }
}
