import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// An origin that turns our request away as a whole and serves the control profile, in virtual time.
@Suite struct SoftBlockOriginTests {
    static let start = GoldenTimelineTests.start
    static let control = SoftBlockTimelineTests.control
    static let urls = OriginTimelineTests.urls.prefix(1_000).map(\.self)
    static let blocked = SoftBlockTimelineTests.blocked

    private func alerts(_ crawl: VirtualCrawl) throws -> [AlertFacts] {
        try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts)
    }

    private func hold(_ crawl: VirtualCrawl, _ urls: [String]) throws -> Set<OriginRobots.Hold?> {
        Set(try urls.map { try crawl.record($0)?.hold })
    }

    @Test("park: the canary proves it for all: one alert, one incident, and no request to any URL until a revival")
    func park() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(delay: .seconds(1)), answer: Self.blocked)
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(2))
        #expect(crawl.log.count <= 12, "three runs, a scout, the canary's burst and its proof")
        let atProof = crawl.log.count
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.event == .softBlocked && incident.facts.scope == .origin)
        #expect(incident.facts.origin == "http://a.test" && incident.facts.urlsAffected == 1_000)
        #expect(try hold(crawl, Array(Self.urls.suffix(10))) == [.softBlocked])

        crawl.enqueue(["http://a.test/new"])
        crawl.time.run(until: Self.start + .hours(24))
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(72))
        #expect(crawl.log.count == atProof, "neither new URLs nor a restart ask it")
        #expect(try alerts(crawl).map(\.event) == [.softBlocked])
        #expect(try hold(crawl, ["http://a.test/new"]) == [.softBlocked])

        _ = try crawl.store.revive(.origin("http://a.test"), after: nil, now: crawl.time.now())
        let id = try #require(try crawl.record(Self.urls[0])?.id)
        crawl.reconsider(origin: URLKey.origin(of: id))
        crawl.time.run(for: .minutes(2))
        #expect(crawl.log.count > atProof + 5, "it is asked as before, and found out anew")
        let after = try alerts(crawl)
        #expect(after.map(\.event) == [.softBlocked, .resolved, .softBlocked])
        #expect(after[1].how == .revived && after[1].scope == .origin)
    }

    @Test("switch: the control profile asks for all of the origin from then on, and its first good answer resolves")
    func switches() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(switches: true, delay: .milliseconds(100)),
            answer: Self.blocked)
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(10))
        let ours = crawl.log.filter { $0.profile == nil }
        #expect(ours.count <= 12)
        for url in Self.urls { #expect(try crawl.record(url)?.state == .done) }
        #expect(crawl.log.count <= ours.count + Self.urls.count + 1, "each is fetched once, the canary once more")
        let told = try alerts(crawl)
        #expect(told.map(\.event) == [.softBlocked, .resolved])
        #expect(told.map(\.scope) == [.origin, .origin] && told.last?.how == .recovered)

        try crawl.restart()
        crawl.enqueue(["http://a.test/new"])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.last?.profile == Self.control, "a restart does not forget it")
        #expect(try crawl.record("http://a.test/new")?.state == .done)

        _ = try crawl.store.revive(.origin("http://a.test"), after: nil, now: crawl.time.now())
        let id = try #require(try crawl.record(Self.urls[0])?.id)
        crawl.reconsider(origin: URLKey.origin(of: id))
        crawl.enqueue(["http://a.test/newer"])
        crawl.time.run(for: .seconds(1))
        #expect(crawl.log.last?.profile == nil, "revived, we ask again")
    }

    @Test("switch: when the control profile fails too, its own hour marks the origin, and no second proof is made")
    func switchedFails() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(switches: true, delay: .seconds(1))
        ) { request in
            Self.blocked(request).status == 200 && request.at - Self.start < .seconds(30)
                ? .init(status: 200) : .init(status: 520)
        }
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(2))
        #expect(try alerts(crawl).map(\.event).prefix(1) == [.softBlocked])
        crawl.time.run(until: Self.start + .hours(2))
        #expect(crawl.log.last?.profile == Self.control)
        let told = try alerts(crawl)
        #expect(told.map(\.event) == [.softBlocked, .resolved, .brokenOrigin])
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(open.map(\.facts.event) == [.brokenOrigin] && open.first?.facts.scope == .origin)
        #expect(open.first.map { $0.markedAt - Self.start > .minutes(60) } ?? false)
    }

    @Test(
        "robots.txt turns us away too: the control profile is given the rules, they are obeyed, and the pages make the proof",
        arguments: [false, true])
    func robotsToo(switches: Bool) throws {
        let settings = SoftBlockTimelineTests.settings(switches: switches, delay: .seconds(1)) {
            $0.robots.obeys = true
        }
        let crawl = try VirtualCrawl(settings: settings) { request in
            guard request.profile == Self.control else { return .init(status: 520) }
            return request.url.hasSuffix("/robots.txt")
                ? .text("User-agent: *\nDisallow: /page-7\n") : .init(status: 200)
        }
        let urls = Array(Self.urls.prefix(20))
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .minutes(15))
        let robots = crawl.log.filter { $0.url.hasSuffix("/robots.txt") }
        #expect(robots.map(\.profile) == [nil, nil, nil, nil, nil, Self.control])
        #expect(try alerts(crawl).map(\.event) == (switches ? [.softBlocked, .resolved] : [.softBlocked]))
        #expect(try alerts(crawl).first?.scope == .origin)
        #expect(!crawl.log.contains { $0.url.hasSuffix("/page-7") })
        let fetched = try urls.filter { try crawl.record($0)?.state == .done }
        #expect(fetched.count == (switches ? 19 : 0))
        #expect(switches || crawl.log.count <= 18, "a burst for robots.txt, the control profile's, and the proof")
    }

    @Test(
        "a robots.txt that is redirected to a place that fails costs no more than one that fails itself",
        arguments: ["http://a.test/moved/robots.txt", "http://b.test/robots.txt"])
    func robotsRedirected(target: String) throws {
        let settings = SoftBlockTimelineTests.settings(delay: .seconds(1)) { $0.robots.obeys = true }
        let crawl = try VirtualCrawl(settings: settings) { request in
            request.url == "http://a.test/robots.txt" ? .redirect(301, to: target) : .init(status: 520)
        }
        crawl.enqueue(Array(Self.urls.prefix(20)))
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(crawl.log.count == 22, "ten and the control profile's, and a redirect for each")
        #expect(crawl.log.filter { $0.profile == Self.control }.map(\.url) == ["http://a.test/robots.txt", target])
        #expect(try alerts(crawl).map(\.observations) == [10])
    }

    @Test("a page parked and another that fails, due together on a good site: a scout is asked before all is parked")
    func twoOfAGoodSite() throws {
        let guarded = Set(Self.urls.prefix(2))
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(delay: .seconds(1))) {
            guarded.contains($0.url) ? Self.blocked($0) : .init(status: 200)
        }
        crawl.enqueue(Array(Self.urls.prefix(2)))
        crawl.time.run(for: .seconds(2))
        // Known to the daemon, not due: what a scout is for.
        var options = EnqueueOptions()
        options.dueAt = Self.start + .hours(5)
        crawl.enqueue(Self.urls.dropFirst(2).map(\.self), options: options)
        crawl.time.run(until: Self.start + .hours(1))
        for url in guarded { #expect(try crawl.record(url)?.state == .softBlocked, "\(url)") }
        #expect(try hold(crawl, Self.urls) == [nil])
        #expect(try alerts(crawl).map(\.scope) == [.url, .url])
    }

    @Test("an operator touches the origin while the canary's good answer is on its way: the breaker shuts all the same")
    func touchedInFlight() throws {
        let urls = Array(Self.urls.prefix(30))
        let firstAsked = Mutex<String?>(nil)
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1))) { request in
            let canary = firstAsked.withLock { first in
                first = first ?? request.url
                return first
            }
            // Scouts fail for a while longer than the canary does.
            let isGood = request.at - Self.start > (request.url == canary ? .minutes(4) : .minutes(10))
            return isGood ? .init(status: 200, latency: .seconds(5)) : .init(status: 520)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .minutes(4))
        #expect(try hold(crawl, [urls[29]]) == [.originSuspect])
        let canary = try #require(crawl.log.first?.url)
        let before = crawl.times(canary).count
        var steps = 0
        while crawl.times(canary).count == before, steps < 600 {
            crawl.time.run(for: .seconds(1))
            steps += 1
        }
        let other = try #require(urls.last { crawl.times($0).isEmpty })
        try crawl.remove(other)
        crawl.time.run(for: .minutes(30))
        for url in urls where url != other {
            let record = try crawl.record(url)
            #expect(record?.state == .done && record?.hold == nil, "\(url)")
        }
    }

    @Test(
        "robots.txt that nobody is given is asked for once as the control profile asks, and marks the origin at its hour"
    )
    func robotsBroken() throws {
        let settings = SoftBlockTimelineTests.settings(delay: .seconds(1)) {
            $0.robots.obeys = true
        }
        let crawl = try VirtualCrawl(settings: settings) { _ in .init(status: 520) }
        crawl.enqueue(Array(Self.urls.prefix(20)))
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(crawl.log.count == 11)
        #expect(crawl.log.filter { $0.profile == Self.control }.count == 1)
        let told = try alerts(crawl)
        #expect(told.map(\.event) == [.brokenOrigin] && told.first?.url == "http://a.test/robots.txt")
        #expect(told.first?.observations == 10)
    }

    @Test("an origin that fails for the control profile too is broken, not blocked: the proof costs one request")
    func broken() throws {
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(delay: .seconds(1))) { _ in
            .init(status: 520)
        }
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(crawl.log.filter { $0.profile == Self.control }.count == 1)
        #expect(crawl.log.count <= 21)
        let told = try alerts(crawl)
        #expect(told.map(\.event) == [.brokenOrigin] && told.map(\.scope) == [.origin])
    }

    @Test("pages that turn us away on a site that serves us others: each is parked, the site is not")
    func goodSite() throws {
        let guarded = Set(Self.urls.prefix(3))
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(delay: .milliseconds(200))) {
            guarded.contains($0.url) ? Self.blocked($0) : .init(status: 200)
        }
        crawl.enqueue(Array(Self.urls.prefix(3)))
        crawl.time.run(for: .milliseconds(1))
        crawl.enqueue(Array(Self.urls.dropFirst(3)))
        crawl.time.run(until: Self.start + .minutes(10))
        for url in Self.urls {
            #expect(try crawl.record(url)?.state == (guarded.contains(url) ? .softBlocked : .done))
        }
        #expect(try alerts(crawl).map(\.scope) == [.url, .url, .url])
    }

    @Test("URLs that come hours apart: the second is the origin's; its incident goes on from the first's, untold")
    func sparsePark() throws {
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(), answer: Self.blocked)
        crawl.enqueue([Self.urls[0]])
        crawl.time.run(until: Self.start + .hours(3))
        #expect(try alerts(crawl).map(\.scope) == [.url])
        crawl.enqueue([Self.urls[1]])
        crawl.time.run(until: Self.start + .hours(6))
        let count = crawl.log.count
        crawl.enqueue(Array(Self.urls.dropFirst(2)))
        crawl.time.run(until: Self.start + .hours(24))
        #expect(crawl.log.count == count)
        #expect(try alerts(crawl).count == 1, "one alert for any number of URLs")
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(open.map(\.facts.scope) == [.origin])
        #expect(try hold(crawl, [Self.urls[0], Self.urls[9]]) == [.softBlocked])

        _ = try crawl.store.revive(.origin("http://a.test"), after: nil, now: crawl.time.now())
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        #expect(try alerts(crawl).map(\.event) == [.softBlocked, .resolved])
    }

    @Test("URLs that come hours apart, switched: with the second the origin is, and a third costs no request of ours")
    func sparseSwitch() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(switches: true), answer: Self.blocked)
        for url in Self.urls.prefix(2) {
            crawl.enqueue([url])
            crawl.time.run(for: .hours(3))
        }
        let ours = crawl.log.filter { $0.profile == nil }.count
        crawl.enqueue(Self.urls.prefix(20).map(\.self))
        crawl.time.run(for: .hours(3))
        #expect(crawl.log.filter { $0.profile == nil }.count == ours)
        for url in Self.urls.prefix(20) { #expect(try crawl.record(url)?.state == .done) }
        #expect(try alerts(crawl).map(\.scope) == [.url, .url, .origin, .origin])
    }

    @Test("a good answer to us between two proofs: neither says anything of the origin")
    func goodBetween() throws {
        let good = "http://a.test/good"
        let crawl = try VirtualCrawl(settings: SoftBlockTimelineTests.settings(switches: true)) {
            $0.url == good ? .init(status: 200) : Self.blocked($0)
        }
        for url in [Self.urls[0], good, Self.urls[1]] {
            crawl.enqueue([url])
            crawl.time.run(for: .hours(3))
        }
        crawl.enqueue(["http://a.test/other"])
        crawl.time.run(for: .seconds(1))
        #expect(crawl.log.last?.profile == nil)
        #expect(try alerts(crawl).allSatisfy { $0.scope == .url })
    }

    @Test(
        "the canary of a parked origin is removed: another URL stands for it; with the last the incident is withdrawn")
    func removed() throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(delay: .seconds(1)), answer: Self.blocked)
        crawl.enqueue(Array(Self.urls.prefix(3)))
        crawl.time.run(until: Self.start + .minutes(2))
        let count = crawl.log.count
        for left in [2, 1] {
            let canary = try #require(try Self.urls.prefix(3).first { try crawl.record($0)?.state == .softBlocked })
            try crawl.remove(canary)
            crawl.time.run(for: .hours(2))
            #expect(crawl.log.count == count, "with \(left) left")
            #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
        }
        let last = try #require(try Self.urls.prefix(3).first { try crawl.record($0) != nil })
        #expect(try crawl.record(last)?.state == .softBlocked)
        try crawl.remove(last)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        #expect(try alerts(crawl).map(\.event) == [.softBlocked, .resolved])
        crawl.enqueue([Self.urls[5]])
        crawl.time.run(for: .seconds(1))
        #expect(crawl.log.count > count, "what comes now is judged anew")
    }

    @Test("killed after each request of the proof, it goes on from there, and tells of it once", arguments: 1...14)
    func killed(after requests: Int) throws {
        let crawl = try VirtualCrawl(
            settings: SoftBlockTimelineTests.settings(delay: .seconds(1)), answer: Self.blocked)
        crawl.enqueue(Self.urls)
        var steps = 0
        while crawl.log.count < requests, steps < 1_000 {
            crawl.time.run(for: .milliseconds(200))
            steps += 1
        }
        crawl.kill()
        crawl.time.skip(.minutes(1))
        try crawl.restart()
        crawl.time.run(for: .hours(3))
        #expect(try alerts(crawl).map(\.event) == [.softBlocked])
        #expect(try alerts(crawl).map(\.scope) == [.origin])
        #expect(crawl.log.count <= 16)
    }
}
