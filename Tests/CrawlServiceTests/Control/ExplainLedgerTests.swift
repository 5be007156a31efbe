import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// What `explain` tells of the requests that a URL has cost, and of those that were saved.
@Suite struct ExplainLedgerTests {
    static let url = ExplainTests.url
    static let start = ExplainTests.start

    struct Moment: Sendable, CustomTestStringConvertible {
        var name: String
        var at: Duration
        var ledger: LedgerRecord
        var testDescription: String { name }
    }

    /// 520 for three hours, then 200: marked at 1:00 after ten requests, canaries at 2:00 and 4:00.
    @Test(arguments: [
        Moment(name: "before its first answer", at: .zero, ledger: LedgerRecord(scope: "url")),
        Moment(name: "in the burst", at: .seconds(2), ledger: LedgerRecord(scope: "url", spent: 2, wasted: 2)),
        Moment(name: "pending", at: .minutes(20), ledger: LedgerRecord(scope: "url", spent: 7, wasted: 7)),
        Moment(name: "marked", at: .minutes(61), ledger: LedgerRecord(scope: "url", spent: 10, wasted: 10)),
        Moment(
            name: "20 min later, one probe of 15 min", at: .minutes(80),
            ledger: LedgerRecord(scope: "url", spent: 10, wasted: 10, saved: 1)),
        Moment(
            name: "after the first canary", at: .minutes(91),
            ledger: LedgerRecord(scope: "url", spent: 11, wasted: 11, saved: 1)),
        Moment(
            name: "after the second", at: .minutes(121),
            ledger: LedgerRecord(scope: "url", spent: 12, wasted: 12, saved: 2)),
        Moment(
            name: "one good answer that waits to be confirmed", at: .hours(3) + .seconds(30),
            ledger: LedgerRecord(scope: "url", spent: 14, wasted: 13, saved: 4)),
        Moment(
            name: "repaired: the requests are kept, the failures before the good answer are not", at: .hours(5),
            ledger: LedgerRecord(scope: "url", spent: 15, wasted: nil)),
    ])
    func ofOneURL(_ moment: Moment) throws {
        let crawl = try ExplainTests.crawl { request in
            .init(status: request.at < Self.start + .hours(3) ? 520 : 200, latency: .milliseconds(1))
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + moment.at)
        #expect(try ExplainTests.explain(Self.url, crawl).ledger == moment.ledger)
    }

    @Test(
        "a URL that was asked and does not fail: done, gone, refused, throttled",
        arguments: [
            (.init(status: 200), "done", 1), (.init(status: 404), "gone", 1),
            (ExplainReasonTests.refused(.requestTooLarge), "refused", 1), (.throttled(), "scheduled", 1),
        ] as [(SimulatedFetcher.Answer, String, Int64)])
    func asked(_ answer: SimulatedFetcher.Answer, state: String, spent: Int64) throws {
        let crawl = try ExplainTests.crawl { _ in answer }
        crawl.enqueue([Self.url])
        crawl.time.run(for: .seconds(1))
        let explanation = try ExplainTests.explain(Self.url, crawl)
        #expect(explanation.state == state)
        #expect(explanation.ledger == LedgerRecord(scope: "url", spent: spent, wasted: 0))
    }

    @Test("of a URL that its origin holds the origin's: as its incident has it, never more than the crawl delay allows")
    func ofItsOrigin() throws {
        let crawl = try ExplainTests.crawl(delay: .seconds(30)) { _ in .init(status: 520) }
        let urls = (0..<1_000).map { "http://a.test/page-\($0)" }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .minutes(30))
        let asked = Set(crawl.log.map(\.url))
        let untouched = try #require(urls.first { !asked.contains($0) })
        let suspect = try ExplainTests.explain(untouched, crawl)
        #expect(suspect.state == "held")
        #expect(suspect.ledger == LedgerRecord(scope: "url", saved: nil), "it was never asked; nobody counts yet")
        crawl.time.run(until: Self.start + .hours(30))
        let held = try ExplainTests.explain(untouched, crawl)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(held.incident == incident.facts.incident)
        #expect(held.ledger.scope == "origin")
        #expect(held.ledger.spent == Int64(incident.facts.requestsSpent))
        #expect(held.ledger.wasted == held.ledger.spent)
        let ledger = try crawl.store.ledger(now: crawl.time.now())
        // Nothing else is marked; both are rounded down.
        #expect(abs((held.ledger.saved ?? 0) - ledger.saved) <= 1)
        let most = (crawl.time.now() - incident.markedAt).ms / 30_000
        #expect(ledger.saved > most - 30 && ledger.saved <= most, "\(ledger.saved) of \(most)")
        for url in urls.prefix(20) { #expect(try ExplainTests.explain(url, crawl).ledger == held.ledger) }
        try crawl.restart()
        #expect(try ExplainTests.explain(untouched, crawl).ledger == held.ledger)
    }

    /// The seeds order the pages. With 105 and 115 one that shares the incident is answered while what is known of its origin
    /// is read anew, because another one has just left.
    @Test(
        "of a URL that shares an incident that of all of them, also of those that have left it, until none is left",
        arguments: [0, 10, 105, 115] as [UInt64])
    func ofSome(seed: UInt64) throws {
        let repaired = Mutex<Set<String>>([])
        var options = FrontierStore.Options()
        options.random = { SeededRandom(seed: seed) }
        let settings = GoldenTimelineTests.settings(delay: .milliseconds(100))
        let crawl = try VirtualCrawl(settings: settings, options: options) { request in
            let page = Int(request.url.split(separator: "-").last ?? "") ?? 0
            return .init(status: page % 2 == 1 || repaired.withLock { $0.contains(request.url) } ? 200 : 520)
        }
        crawl.enqueue(ExplainTests.urls)
        crawl.time.run(until: Self.start + .hours(60))
        let sharing = try ExplainTests.urls.filter { try ExplainTests.rules($0, crawl).first == "partial" }
        var cost: Int64 { Int64(crawl.log.filter { sharing.contains($0.url) }.count) }
        let shared = try ExplainTests.explain(try #require(sharing.first), crawl)
        #expect(shared.ledger.scope == "partial")
        #expect(shared.ledger.spent == cost)
        #expect(shared.ledger.wasted == cost)
        #expect(shared.ledger.saved.map { $0 > 0 } ?? false)
        for url in sharing { #expect(try ExplainTests.explain(url, crawl).ledger == shared.ledger) }
        #expect(try Self.partial(crawl).facts.requestsSpent == Int(cost))

        repaired.withLock { $0 = Set(sharing.suffix(1)) }
        crawl.time.run(until: Self.start + .hours(120))
        let left = try sharing.filter { try ExplainTests.rules($0, crawl).first == "partial" }
        #expect(left == sharing.dropLast())
        #expect(try Self.partial(crawl).facts.urlsAffected == left.count)
        let later = try ExplainTests.explain(try #require(left.first), crawl)
        #expect(later.ledger.spent == cost)
        #expect(later.ledger.wasted == nil, "whoever has left took its attempts along")

        repaired.withLock { $0 = Set(ExplainTests.urls) }
        crawl.time.run(until: Self.start + .hours(160))
        #expect(try Self.partial(crawl).how == "recovered")
        #expect(try Self.partial(crawl).facts.requestsSpent == Int(cost))
    }

    static func partial(_ crawl: VirtualCrawl) throws -> StoredIncident {
        let incidents = try crawl.store.incidents(openOnly: false, after: nil, limit: 100)
        return try #require(incidents.first { $0.facts.scope == .partial })
    }

    @Test("a proof of a soft block costs a request that is not wasted, and nobody counts what parking saves")
    func ofASoftBlock() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(), answer: SoftBlockTimelineTests.blocked)
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(48))
        let explanation = try ExplainTests.explain(Self.url, crawl)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(explanation.incident == incident.facts.incident)
        #expect(explanation.ledger == LedgerRecord(scope: "url", spent: 7, wasted: 6, saved: nil))
    }

    @Test("what is too long ago to be told apart is not known")
    func forgotten() throws {
        // A 500 among the 520s starts the window anew, so that the run does not tell of all requests either.
        let crawl = try ExplainTests.crawl(edit: { $0.health.recheckMax = .seconds(3600) }) { request in
            request.at == Self.start ? .throttled() : .init(status: request.at < Self.start + .minutes(3) ? 500 : 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(40))
        let ledger = try ExplainTests.explain(Self.url, crawl).ledger
        #expect(ledger.wasted == nil)
        #expect(ledger.spent.map { $0 > 20 } ?? false)
        #expect(ledger.saved.map { $0 > 100 } ?? false)
    }

    struct Held: Sendable, CustomTestStringConvertible {
        var name: String
        var crawl: @Sendable () throws -> VirtualCrawl
        var testDescription: String { name }
    }

    @Test(arguments: [
        Held(name: "a slot is awaited") {
            let crawl = try ExplainTests.crawl(delay: .milliseconds(100), edit: { $0.health.probeSlots = 1 }) {
                .init(status: $0.url.hasSuffix("good") ? 200 : 520)
            }
            crawl.enqueue([ExplainTests.url, ExplainTests.urls[1], "http://a.test/good"])
            crawl.time.run(for: .seconds(30))
            return crawl
        },
        Held(name: "robots.txt cannot be had") {
            let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in .init(status: 500) }
            crawl.enqueue([ExplainTests.url])
            crawl.time.run(for: .minutes(10))
            return crawl
        },
    ])
    func heldWithoutAMark(_ held: Held) throws {
        let crawl = try held.crawl()
        let urls = try ExplainTests.urls.filter { try crawl.record($0) != nil }
        let waiting = try urls.map { try ExplainTests.explain($0, crawl) }.filter { $0.state == "held" }
        #expect(waiting.count == 1)
        #expect(waiting.allSatisfy { $0.ledger.saved == nil })
    }

    @Test("a storm saves what nobody counts")
    func inAStorm() throws {
        let crawl = try StormTimelineTests.crawl(outage: .hours(1)..<(.hours(4)))
        crawl.time.run(until: Self.start + .minutes(59))
        let before = try ExplainTests.explain(GuardCrawl.site(3), crawl).ledger
        let asked = crawl.log.filter { $0.url == GuardCrawl.site(3) }.count
        #expect(before == LedgerRecord(scope: "url", spent: Int64(asked), wasted: asked > 1 ? nil : 0))
        crawl.time.run(until: Self.start + .hours(2))
        #expect(try ExplainTests.explain(GuardCrawl.site(3), crawl).ledger.saved == nil)
    }
}
