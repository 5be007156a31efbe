import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What happens when an edge fails for many sites.
@Suite struct StormTimelineTests {
    static let start = GuardCrawl.start

    /// 40 sites behind Cloudflare and 10 that are not; Cloudflare answers 520 in `outage`.
    static func crawl(outage: Range<Duration>) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let since = request.at - start
            guard !request.url.contains("direct") else { return .init(status: 200) }
            return GuardCrawl.edge(outage.contains(since) ? 520 : 200)
        }
        crawl.enqueue(GuardCrawl.sites(0..<40) + (0..<10).map { "http://direct-\($0).test/" })
        return crawl
    }

    @Test("a provider fails for 3 h: nothing is marked, one alert and its end, at most 20 members asked every 5 min")
    func provider() throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(4)))
        crawl.time.run(until: Self.start + .hours(3))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident])
        #expect(try crawl.record(GuardCrawl.site(3))?.health?.phase != .broken)
        let facts = try #require(try GuardCrawl.incidents(crawl).first).facts
        #expect(facts.cause == "cloudflare")
        #expect(facts.colos == ["FRA"])
        let alert = try #require(try crawl.store.alerts(after: 0, limit: 1).first?.alert)
        let message = AlertMessages.message(alert)
        #expect(message.event == "edge-incident")
        #expect(message.url == nil && message.origin == nil && message.report == nil && message.sample.isEmpty)
        #expect(message.evidence?.colos == ["FRA"])
        for round in 0..<23 {
            let from = Duration.minutes(65 + Double(round) * 5)
            let asked = GuardCrawl.requests(crawl, from, from + .minutes(5)).filter { $0.url.contains("site") }
            #expect(asked.count == 20)
        }
        // Sites without an edge are asked as always.
        #expect(GuardCrawl.requests(crawl, .hours(2), .hours(3)).filter { $0.url.contains("direct") }.count == 60)

        crawl.time.run(until: Self.start + .hours(8))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident, .resolved])
        let incident = try #require(try GuardCrawl.incidents(crawl).first)
        #expect(incident.how == "recovered")
        let ended = try #require(incident.closedAt)
        #expect(ended - Self.start >= .hours(4) + .minutes(10))
        #expect(ended - Self.start <= .minutes(255))
        #expect(try crawl.record(GuardCrawl.site(39))?.health == nil)
        #expect(GuardCrawl.requests(crawl, .hours(7), .hours(8)).count == 300)
    }

    @Test("a storm goes on over restarts at any moment", arguments: [61.0, 66, 100, 236, 247])
    func restart(at minute: Double) throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(4)))
        crawl.time.run(until: Self.start + .minutes(minute) + .seconds(7))
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(8))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident, .resolved])
        #expect(try GuardCrawl.incidents(crawl).map(\.how) == ["recovered"])
        #expect(try crawl.record(GuardCrawl.site(39))?.health == nil)
    }

    @Test("after storm.max what still fails is judged one by one, an hour after it, and makes no second storm")
    func longest() throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(10)))
        crawl.time.run(until: Self.start + .hours(7) + .minutes(59))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident, .resolved])
        #expect(try GuardCrawl.incidents(crawl).map(\.how) == ["withdrawn"])
        crawl.time.run(until: Self.start + .hours(9))
        let marked = try GuardCrawl.incidents(crawl).filter { $0.facts.event == .brokenOrigin }
        #expect(marked.count == 40)
        #expect(marked.allSatisfy { $0.markedAt - Self.start >= .hours(8) })
        #expect(marked.allSatisfy { $0.facts.firstAtMs >= (Self.start + .hours(7)).ms })
        crawl.time.run(until: Self.start + .hours(30))
        #expect(try GuardCrawl.events(crawl).filter { $0 == .edgeIncident }.count == 1)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 100).isEmpty)
    }

    @Test("20 % of a list never answered well: no storm, and each is marked after its hour")
    func deadFromTheStart() throws {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            GuardCrawl.edge(request.url.contains("dead") ? 522 : 200)
        }
        crawl.enqueue(GuardCrawl.sites(0..<80) + (0..<20).map { "http://dead-\($0).test/" })
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(try GuardCrawl.events(crawl) == Array(repeating: .brokenOrigin, count: 20))
        #expect(try GuardCrawl.incidents(crawl).allSatisfy { $0.markedAt == Self.start + .minutes(60) })
    }

    @Test("what one data centre has lost is no storm while it is a small share or few sites", arguments: [4, 10])
    func local(failing: Int) throws {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let isLost = (0..<failing).contains { request.url == GuardCrawl.site($0) }
            return GuardCrawl.edge(
                isLost && request.at - Self.start >= .minutes(30) ? 521 : 200, colo: isLost ? "CDG" : "FRA")
        }
        // 4 of 8 are few; 10 of 100 are not more than a tenth.
        crawl.enqueue(GuardCrawl.sites(0..<(failing == 4 ? 8 : 100)))
        crawl.time.run(until: Self.start + .minutes(91))
        #expect(try GuardCrawl.events(crawl) == Array(repeating: .brokenOrigin, count: failing))
    }

    @Test("a page that was broken before the storm stays so, and is asked again after it")
    func brokenBefore() throws {
        let page = "http://site-0.test/broken"
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let since = request.at - Self.start
            let isStorm = (.minutes(70)..<(.minutes(180))).contains(since)
            return GuardCrawl.edge(isStorm || request.url == page && since < .minutes(240) ? 520 : 200)
        }
        crawl.enqueue([page] + GuardCrawl.sites(0..<40))
        crawl.time.run(until: Self.start + .minutes(69))
        #expect(try crawl.record(page)?.state == .brokenOrigin)
        crawl.time.run(until: Self.start + .minutes(179))
        #expect(try crawl.record(page)?.state == .brokenOrigin)
        // Its own recheck at 1:30 waits: the site is a member.
        #expect(crawl.times(page).last == .minutes(60))
        crawl.time.run(until: Self.start + .hours(24))
        #expect(try crawl.record(page)?.state == .scheduled)
        #expect(try GuardCrawl.events(crawl).filter { $0 == .brokenOrigin }.count == 1)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }

    @Test("an hour that a storm cut begins anew after it, without a burst")
    func windowRestarts() throws {
        let page = "http://site-0.test/broken"
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let since = request.at - Self.start
            let isStorm = (.minutes(50)..<(.minutes(80))).contains(since)
            return GuardCrawl.edge(isStorm || request.url == page && since >= .minutes(20) ? 520 : 200)
        }
        crawl.enqueue([page] + GuardCrawl.sites(0..<40))
        crawl.time.run(until: Self.start + .hours(8))
        let incidents = try GuardCrawl.incidents(crawl)
        let ended = try #require(incidents.first { $0.facts.event == .edgeIncident }?.closedAt)
        let mark = try #require(incidents.first { $0.facts.event == .brokenOrigin })
        #expect(incidents.count == 2)
        #expect(mark.facts.firstAtMs >= ended.ms)
        #expect(mark.markedAt.ms - mark.facts.firstAtMs == Duration.minutes(60).ms)
        let after = crawl.times(page).filter { Self.start + $0 >= ended && Self.start + $0 <= mark.markedAt }
        #expect(after.count == 6)  // the first of the window and its five probes
    }

    @Test("a storm whose members an operator removes is over: nobody of them can be asked", arguments: [false, true])
    func removed(wholeOrigins: Bool) throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(10)))
        crawl.time.run(until: Self.start + .minutes(80))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident])
        for site in GuardCrawl.sites(0..<40) {
            let url = try #require(VirtualCrawl.canonical(site))
            let target = wholeOrigins ? FrontierTarget.origin(String(site.dropLast())) : .url(url)
            if let origin = try crawl.store.remove(target, now: crawl.time.now())?.origin {
                crawl.reconsider(origin: origin)
            }
        }
        crawl.time.run(until: Self.start + .minutes(120))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident, .resolved])
    }

    @Test("numbers read again are in force at once: a shorter storm.max ends the storm")
    func reload() throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(4)))
        crawl.time.run(until: Self.start + .hours(2))
        var rules = GuardCrawl.settings().rules
        rules.storm.max = .minutes(30)
        crawl.loop.apply(rules, OutcomeClassifier(), RefusalPolicy())
        crawl.time.run(for: .minutes(1))
        #expect(try GuardCrawl.incidents(crawl).map(\.how) == ["withdrawn"])
    }

    @Test("while robots.txt cannot be had either, it is asked in its site's place")
    func robots() throws {
        let settings = GuardCrawl.settings {
            $0.robots.obeys = true
            $0.robots.lifetime = .minutes(30)
        }
        let crawl = try VirtualCrawl(settings: settings) { request in
            GuardCrawl.edge((.hours(1)..<(.hours(3))).contains(request.at - Self.start) ? 520 : 200)
        }
        crawl.enqueue(GuardCrawl.sites(0..<40))
        crawl.time.run(until: Self.start + .hours(6))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident, .resolved])
        #expect(GuardCrawl.requests(crawl, .minutes(70), .minutes(180)).count <= 22 * 20)
        #expect(try crawl.record(GuardCrawl.site(39))?.health == nil)
    }

    @Test("members wait with the reason; others do not")
    func reason() throws {
        let crawl = try Self.crawl(outage: .hours(1)..<(.hours(4)))
        crawl.time.run(until: Self.start + .minutes(90))
        let member = GuardCrawl.site(5)
        let wait = OriginWait.storm(.cloudflare, since: Self.start + .hours(1), until: Self.start + .hours(7))
        #expect(try crawl.waits(of: [member, "http://direct-1.test/"]) == [member: wait])
    }
}
