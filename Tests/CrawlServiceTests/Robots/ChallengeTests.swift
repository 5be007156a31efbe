import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// An edge that challenges us does so for many sites: they share one incident, and are told of once a day.
@Suite struct ChallengeTests {
    static let start = VirtualTime().now()

    static func pages(_ range: Range<Int>) -> [String] { range.map { "http://s\($0).test/page" } }

    /// Of sites in `range` robots.txt is behind a challenge until `end`; all else is well.
    static func crawl(
        _ range: Range<Int>, until end: Duration = .hours(1000), edit: (inout SchedulerRules) -> Void = { _ in }
    )
        throws -> VirtualCrawl
    {
        try crawl(edit: edit) { site, at in range.contains(site) && at < end }
    }

    static func crawl(
        edit: (inout SchedulerRules) -> Void = { _ in },
        isChallenged: @escaping @Sendable (Int, Duration) -> Bool
    ) throws -> VirtualCrawl {
        try VirtualCrawl(settings: RobotsCrawlTests.settings(edit: edit)) { request in
            let site = Int(request.url.dropFirst("http://s".count).prefix { $0.isNumber }) ?? -1
            guard request.url.hasSuffix("/robots.txt"), isChallenged(site, request.at - start) else {
                return .init(status: 200)
            }
            return RobotsHoldTests.challenge()
        }
    }

    static func facts(_ crawl: VirtualCrawl) throws -> [AlertFacts] {
        try crawl.store.alerts(after: 0, limit: 100).map(\.alert.facts)
    }

    @Test("forty sites behind one edge: one incident, one alert with their number and a sample, and all pages name it")
    func many() throws {
        let crawl = try Self.crawl(0..<40)
        crawl.enqueue(Self.pages(0..<40))
        crawl.time.run(until: Self.start + .minutes(61))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts)
        #expect(open.map(\.scope) == [.edge])
        #expect(open.map(\.cause) == ["robots"])
        let told = try Self.facts(crawl)
        #expect(told.map(\.event) == [.brokenOrigin])
        #expect(told.map(\.urlsAffected) == [40])
        #expect(told.map(\.sample.count) == [AlertFacts.maxSample])
        #expect(told.first?.sample.contains("http://s0.test/robots.txt") ?? false)
        #expect(told.map(\.outcomes) == [["challenge": 240]])
        #expect(told.map(\.colos) == [["FRA"]])
        let delivery = try #require(try crawl.store.alerts(after: 0, limit: 1).first?.deliveries.first)
        #expect(delivery.nextAt == Self.start + .minutes(70), "it waits for those that come with the first")
        for page in Self.pages(0..<40) {
            let why = try ExplainTests.explain(page, crawl)
            #expect(why.because.map(\.rule) == ["origin-broken"])
            #expect(why.because.first?.detail.contains("challenge since") ?? false)
            #expect(why.incident == open.first?.incident)
            #expect(
                try crawl.store.originRecord(String(page.dropLast("/page".count)))?.incident?.description
                    == open.first?.incident)
        }
    }

    @Test("a firewall that many sites rent is such an edge too, apart from Cloudflare; over a restart too")
    func firewall() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            guard request.url.hasSuffix("/robots.txt") else { return .init(status: 200) }
            let site = Int(request.url.dropFirst("http://s".count).prefix { $0.isNumber }) ?? 0
            return site < 40 ? .challenge(202, cloudflare: false) : RobotsHoldTests.challenge()
        }
        crawl.enqueue(Self.pages(0..<45))
        crawl.time.run(until: Self.start + .minutes(61))
        var open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts)
        #expect(open.map(\.scope) == [.edge, .edge])
        #expect(open.map(\.cause) == ["robots", "robots"])
        #expect(open.map(\.urlsAffected).sorted() == [5, 40])
        #expect(try Self.facts(crawl).map(\.event) == [.brokenOrigin, .brokenOrigin])
        try crawl.restart()
        crawl.enqueue(["http://s7.test/other"])
        crawl.time.run(until: Self.start + .hours(24))
        open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts)
        #expect(open.map(\.urlsAffected).sorted() == [5, 40])
        #expect(try Self.facts(crawl).count == 2)
        let why = try ExplainTests.explain("http://s7.test/other", crawl)
        #expect(why.because.map(\.rule) == ["origin-broken"])
        #expect(open.map(\.incident).contains { $0.description == why.incident })
    }

    @Test("one alert a day: those that come later are told of by the next, over restarts too")
    func daily() throws {
        let crawl = try Self.crawl(0..<6)
        for (site, hour) in [0, 3, 9, 20, 26, 31].enumerated() {
            crawl.time.run(until: Self.start + .hours(Double(hour)))
            crawl.enqueue(Self.pages(site..<site + 1))
            if site == 2 { try crawl.restart() }
        }
        crawl.time.run(until: Self.start + .hours(40))
        let told = try crawl.store.alerts(after: 0, limit: 100).map(\.alert)
        #expect(told.map(\.facts.event) == [.brokenOrigin, .reminder])
        #expect(told.map(\.facts.urlsAffected) == [1, 5])
        #expect(told.map { ($0.at - Self.start).ms / 3_600_000 } == [1, 27])
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts.urlsAffected) == [6])
    }

    @Test("reminders come no oftener than once a day, whatever of others, and none is waited for busily")
    func reminders() throws {
        let crawl = try Self.crawl(0..<2)
        crawl.enqueue(Self.pages(0..<2))
        crawl.time.run(until: Self.start + .hours(2))
        #expect(try crawl.store.nextReminderAt(after: .hours(1)) == Self.start + .hours(25))
        try crawl.store.postReminders(after: .hours(1), limit: 10, now: crawl.time.now(), rules: HealthRules())
        #expect(try Self.facts(crawl).count == 1)
        crawl.time.run(until: Self.start + .hours(25))
        try crawl.store.postReminders(after: .hours(1), limit: 10, now: crawl.time.now(), rules: HealthRules())
        #expect(try Self.facts(crawl).map(\.event) == [.brokenOrigin, .reminder])
        #expect(try crawl.store.nextReminderAt(after: .hours(1)) == Self.start + .hours(49))
    }

    @Test("the incident is over with the last of them, and that is told a day after the alert")
    func ends() throws {
        let crawl = try Self.crawl { site, at in at < .hours(site == 0 ? 3 : 5) }
        crawl.enqueue(Self.pages(0..<3))
        crawl.time.run(until: Self.start + .hours(5))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts)
        #expect(open.map(\.urlsAffected) == [2])
        #expect(open.map(\.sample) == [["http://s1.test/robots.txt", "http://s2.test/robots.txt"]])
        #expect(try crawl.record(Self.pages(0..<1)[0])?.state == .done)
        crawl.time.run(until: Self.start + .hours(9))
        let closed = try crawl.store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(closed.map(\.how) == ["recovered"])
        let told = try crawl.store.alerts(after: 0, limit: 10)
        #expect(told.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(told.last?.deliveries.first?.nextAt == Self.start + .hours(25))
        for page in Self.pages(0..<3) { #expect(try crawl.record(page)?.state == .done) }
        #expect(try crawl.store.stats().heldURLs == 0)
    }

    @Test(
        "what an edge challenges again within the day goes on with the incident in silence", arguments: [false, true])
    func again(revives: Bool) throws {
        let crawl = try Self.crawl { site, at in site == 1 || at < .hours(2) }
        crawl.enqueue(Self.pages(0..<1))
        crawl.time.run(until: Self.start + .minutes(90))
        if revives {
            let commit = try #require(try crawl.store.revive(.origin("http://s0.test"), now: crawl.time.now()))
            #expect(try Self.facts(crawl).map(\.event) == [.brokenOrigin, .resolved])
            crawl.changed(commit.rows)
        }
        crawl.time.run(until: Self.start + .hours(8))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        crawl.enqueue(Self.pages(1..<2))
        crawl.time.run(until: Self.start + .hours(10))
        let open = try crawl.store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(open.map(\.closedAt) == [nil])
        #expect(open.map(\.facts.relapses) == [1])
        #expect(try Self.facts(crawl).map(\.event) == [.brokenOrigin])
        // After the day a new one is told of, which names the one before.
        let commit = try #require(try crawl.store.remove(.origin("http://s1.test"), now: crawl.time.now()))
        crawl.changed(commit.rows)
        crawl.time.run(until: Self.start + .hours(30))
        crawl.enqueue(Self.pages(1..<2))
        crawl.time.run(until: Self.start + .hours(32))
        let told = try Self.facts(crawl)
        #expect(told.map(\.event) == [.brokenOrigin, .resolved, .brokenOrigin])
        #expect(told.last?.previous == told.first?.incident)
    }

    @Test("robots.txt is no longer obeyed: all are free, one message")
    func disobeyed() throws {
        let settings = RobotsCrawlTests.settings()
        let crawl = try Self.crawl(0..<5)
        crawl.enqueue(Self.pages(0..<5))
        crawl.time.run(until: Self.start + .minutes(70))
        var rules = settings.rules
        rules.robots.obeys = false
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .minutes(5))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["withdrawn"])
        #expect(try Self.facts(crawl).map(\.event) == [.brokenOrigin, .resolved])
        for page in Self.pages(0..<5) { #expect(try crawl.record(page)?.state == .done) }
    }

    @Test("a hook is told what was met; a site's owner is written to only about one site")
    func message() throws {
        let crawl = try Self.crawl(0..<2)
        crawl.enqueue(Self.pages(0..<2))
        crawl.time.run(until: Self.start + .minutes(61))
        let message = AlertMessages.message(try #require(try crawl.store.alerts(after: 0, limit: 1).first?.alert))
        #expect(message.scope == "edge")
        #expect(message.evidence?.outcomes == ["challenge": 12])
        #expect(message.report == nil)
        let mixed = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            request.at - Self.start < .minutes(20) ? RobotsHoldTests.challenge() : .init(status: 500)
        }
        mixed.enqueue(Self.pages(7..<8))
        mixed.time.run(until: Self.start + .minutes(61))
        let own = AlertMessages.message(try #require(try mixed.store.alerts(after: 0, limit: 1).first?.alert))
        #expect(own.scope == "origin")
        #expect(own.evidence?.outcomes == ["challenge": 3, "serverError": 3])
        #expect(own.report?.contains("Answers:       challenge 3, serverError 3\n") ?? false, "\(own.report ?? "")")
        #expect(own.report?.contains("cannot read your robots.txt") ?? false)
    }
}
