import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// An operator acts while failing answers of an origin are in flight some of whose URLs share an incident.
@Suite struct OperatorRaceTests {
    private static let start = VirtualTime().now()
    private static let key = "http://a.test"
    private static let urls = (0..<80).map { "\(key)/page-\($0)" }
    private static let latency = Duration.milliseconds(400)

    enum Act: CaseIterable { case reviveOrigin, removeAsked, reviveAsked, removeOther }

    /// Three quarters of 80 pages fail.
    private static func crawl(seed: UInt64) throws -> VirtualCrawl {
        let broken = Set(urls.indices.filter { $0 % 4 != 0 }.map { urls[$0] })
        var settings = GoldenTimelineTests.settings(delay: .milliseconds(500))
        settings.random = { SeededRandom(seed: seed) }
        var options = FrontierStore.Options()
        options.random = { SeededRandom(seed: seed) }
        let crawl = try VirtualCrawl(settings: settings, options: options) { request in
            .init(status: broken.contains(request.url) ? 520 : 200, latency: latency)
        }
        crawl.enqueue(urls)
        return crawl
    }

    private static func hasPartial(_ crawl: VirtualCrawl) throws -> Bool {
        try crawl.store.incidents(openOnly: true, after: nil, limit: 100).contains { $0.facts.scope == .partial }
    }

    /// A crawl some of whose URLs share an incident. Whether they do, or the whole origin has one, hangs on the order of the
    /// first requests: the first order of which they do.
    private static func sharing() throws -> VirtualCrawl? {
        for seed: UInt64 in 1...40 {
            let crawl = try crawl(seed: seed)
            while try !hasPartial(crawl), crawl.time.now() < start + .hours(6) {
                crawl.time.run(for: .milliseconds(200))
            }
            if try hasPartial(crawl) { return crawl }
        }
        return nil
    }

    /// By the store alone: what the loop knows is of before until the answer is judged.
    private static func act(_ act: Act, _ asked: String, _ crawl: VirtualCrawl) throws {
        let url = try #require(VirtualCrawl.canonical(asked))
        let other = try #require(VirtualCrawl.canonical(urls[1]))
        let now = crawl.time.now()
        let commit =
            switch act {
            case .reviveOrigin: try crawl.store.revive(.origin(key), now: now)
            case .removeAsked: try crawl.store.remove(.url(url), now: now)
            case .reviveAsked: try crawl.store.revive(.url(url), now: now)
            case .removeOther: try crawl.store.remove(.url(other), now: now)
            }
        guard let origin = commit?.origin else { return }
        crawl.time.run(for: latency + .milliseconds(50))
        crawl.reconsider(origin: origin)
    }

    @Test("whatever the operator does, no URL is held by an incident that is over", arguments: Act.allCases)
    func races(_ act: Act) throws {
        let crawl = try #require(try Self.sharing())
        // Beside each of the next requests that are on their way.
        for _ in 0..<12 {
            let before = crawl.log.count
            while crawl.log.count == before, crawl.time.now() < Self.start + .hours(30) {
                crawl.time.run(for: .milliseconds(100))
            }
            try Self.act(act, crawl.log.last?.url ?? "", crawl)
            crawl.time.run(for: .seconds(1))
            #expect(try crawl.store.sharedFaults() == [])
        }
        crawl.time.run(for: .hours(4))
        #expect(try crawl.store.sharedFaults() == [])
        let open = Set(try crawl.store.incidents(openOnly: true, after: nil, limit: 100).map(\.facts.incident))
        for url in Self.urls {
            guard let record = try crawl.record(url), record.state == .held, let health = record.health else {
                continue
            }
            guard let shared = health.sharedIncident else { continue }
            #expect(open.contains(shared.description), "\(url)")
        }
    }
}
