import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// An origin that fails as a whole, to the request: real scheduler, loop and store, virtual time.
@Suite struct OriginTimelineTests {
    static let start = VirtualTime().now()
    static let urls = (0..<10_000).map { "http://a.test/page-\($0)" }

    static func settings(
        delay: Duration = .seconds(1), edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings { GoldenTimelineTests.settings(delay: delay, edit: edit) }

    static func elapsed(_ request: SimulatedFetcher.Request) -> Duration { request.at - start }

    @Test("10,000 URLs answer 520: at most 20 requests, one incident at the hour, one alert, and all URLs are held")
    func wholeOrigin() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(62))
        #expect(crawl.log.count <= 20, "\(crawl.log.map { Self.elapsed($0) })")
        let incidents = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(incidents.count == 1)
        let incident = try #require(incidents.first)
        #expect(incident.facts.urlsAffected == 10_000)
        #expect(incident.facts.cause == "520")
        #expect((Duration.minutes(60)...Duration.minutes(62)).contains(incident.markedAt - Self.start))
        #expect(try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts.event) == [.brokenOrigin])
        let asked = Set(crawl.log.map(\.url))
        let untouched = try #require(Self.urls.first { !asked.contains($0) })
        #expect(try crawl.record(untouched)?.hold == .originBroken)
        // Rechecks: one request each, half an hour and an hour after the mark, canary and scout in turn.
        let before = crawl.log.count
        crawl.time.run(until: Self.start + .minutes(140))
        let rechecks = crawl.log.dropFirst(before)
        #expect(rechecks.count == 2)
        #expect(Set(rechecks.map(\.url)).count == 2)
    }

    @Test("the outage ends: canary and scout are good, one resolved alert, URLs return over ten minutes, none is lost")
    func resolves() throws {
        let urls = Array(Self.urls.prefix(300))
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .milliseconds(100))) { request in
            .init(status: Self.elapsed(request) < .hours(3) ? 520 : 200)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .hours(3) - .minutes(1))
        let before = crawl.log.count
        crawl.time.run(until: Self.start + .hours(6))
        let alerts = try crawl.store.alerts(after: 0, limit: 10)
        #expect(alerts.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        let resolved = try #require(alerts.last?.alert.at)
        let after = crawl.log.dropFirst(before)
        #expect(Set(after.map(\.url)) == Set(urls), "each is fetched, the canary at its recheck")
        #expect(after.count <= urls.count + 1, "none is asked beside the commit that frees it")
        for url in urls { #expect(try crawl.record(url)?.state == .done) }
        let returned = after.filter { $0.at > resolved }.map { $0.at - resolved }
        #expect(returned.last.map { $0 >= .minutes(9) && $0 <= .minutes(11) } ?? false, "\(returned.suffix(2))")
        #expect(returned.filter { $0 < .minutes(5) }.count < 170)
    }

    @Test("a trip just before the deciding probe: that has a scout of its own, another page than the one before")
    func trippedLate() throws {
        let (first, second, others) = (Self.urls[0], Self.urls[1], Set(Self.urls[2..<10]))
        let scout = Mutex<String?>(nil)
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard others.contains(request.url) else { return .init(status: 520, latency: .milliseconds(500)) }
            // Whichever of the others is asked first is broken too.
            let third = scout.withLock { scout in
                scout = scout ?? request.url
                return scout
            }
            return .init(status: request.url == third ? 520 : 200)
        }
        crawl.enqueue([first])
        crawl.time.run(until: Self.start + .seconds(75))
        crawl.enqueue([second])
        // The first one's deciding request is on its way: marked, it counts for two, and the second one for the third.
        crawl.time.run(until: Self.start + .minutes(60) + .milliseconds(600))
        #expect(crawl.times(first).last.map { $0 > .minutes(60) } ?? false)
        crawl.enqueue(Array(others))
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(try crawl.record(second)?.hold == .originSuspect)
        #expect(Set(crawl.log.map(\.url)).intersection(others).count == 1)
        crawl.time.run(until: Self.start + .minutes(63))
        #expect(Set(crawl.log.map(\.url)).isSuperset(of: others))
        let incidents = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(incidents.map(\.facts.url) == [first, second])
        #expect(incidents.map(\.facts.scope) == [.url, .url])
    }

    @Test("three broken pages never hold a good site: the scout is good, and each is judged for itself")
    func threeBrokenFirst() throws {
        let broken = Array(Self.urls.prefix(3))
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .milliseconds(200))) { request in
            .init(status: broken.contains(request.url) ? 520 : 200)
        }
        crawl.enqueue(broken)
        crawl.time.run(for: .milliseconds(1))
        crawl.enqueue(Array(Self.urls.dropFirst(3).prefix(500)))
        crawl.time.run(until: Self.start + .minutes(5))
        #expect(Set(crawl.log.map(\.url)).count == 503)
        crawl.time.run(until: Self.start + .minutes(65))
        let incidents = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(incidents.map(\.facts.urlsAffected) == [1, 1, 1])
    }

    @Test(
        "URLs of a dead origin that come hours apart: the first is told of, its incident becomes the origin's, and ends"
    )
    func comesSlowly() throws {
        let told = Mutex(0)
        let crawl = try VirtualCrawl(settings: Self.settings(), onIncident: { told.withLock { $0 += 1 } }) { request in
            .init(status: Self.elapsed(request) < .hours(15) ? 520 : 200)
        }
        let urls = Array(Self.urls.prefix(8))
        for (hours, url) in urls.enumerated() {
            var options = EnqueueOptions()
            options.dueAt = Self.start + .hours(Double(hours) * 1.5)
            crawl.enqueue([url], options: options)
        }
        crawl.time.run(until: Self.start + .minutes(61))
        let first = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 20).first?.facts)
        #expect(first.scope == .url)
        crawl.time.run(until: Self.start + .hours(14))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 20).map(\.facts)
        #expect(open.map(\.incident) == [first.incident])
        #expect(open.map(\.scope) == [.origin])
        #expect(open.map(\.urlsAffected) == [8])
        #expect(open.map(\.firstAtMs) == [Self.start.ms])
        #expect(try crawl.store.alerts(after: 0, limit: 20).count == 1)
        #expect(told.withLock { $0 } == 2, "the mark, and its widening")
        let record = try #require(try crawl.record(urls[0]))
        #expect(record.state == .scheduled)
        #expect(record.hold == .originBroken)

        crawl.time.run(until: Self.start + .hours(24))
        let alerts = try crawl.store.alerts(after: 0, limit: 20).map(\.alert.facts)
        #expect(alerts.map(\.event) == [.brokenOrigin, .resolved])
        #expect(alerts.map(\.incident) == [first.incident, first.incident])
        #expect(alerts.last.map { $0.requestsSpent > first.requestsSpent } ?? false)
        for url in urls { #expect(try crawl.record(url)?.state == .done, "\(url)") }
    }

    @Test("a widened incident narrows: it is that of the page it was told of again, and the canary's is told of")
    func widensAndNarrows() throws {
        let (told, canary) = (Self.urls[0], Self.urls[1])
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            .init(
                status: [told, canary].contains(request.url) || Self.elapsed(request) < .hours(3) ? 520 : 200)
        }
        for (hours, url) in Self.urls.prefix(4).enumerated() {
            var options = EnqueueOptions()
            options.dueAt = Self.start + .hours(Double(hours) * 1.5)
            crawl.enqueue([url], options: options)
        }
        crawl.time.run(until: Self.start + .hours(2.7))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 20).map(\.facts.scope) == [.origin])
        crawl.time.run(until: Self.start + .hours(30))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 20).map(\.facts)
        #expect(open.map(\.url) == [told, canary])
        let alerts = try crawl.store.alerts(after: 0, limit: 20).map(\.alert.facts)
        #expect(alerts.filter { $0.event == .brokenOrigin }.map(\.url) == [told, canary])
        #expect(alerts.filter { $0.event == .resolved }.isEmpty)
        for url in [told, canary] { #expect(try crawl.record(url)?.state == .brokenOrigin) }
        for url in Self.urls[2...3] { #expect(try crawl.record(url)?.state == .done) }
    }

    @Test("a page that is broken for itself stays so when its origin fails later: two incidents, each told of")
    func brokenBefore() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            .init(status: request.url == Self.urls[0] || Self.elapsed(request) > .hours(3) ? 520 : 200)
        }
        var options = EnqueueOptions()
        options.recrawl = .every(.hours(4))
        // It fails before the others are good: were it asked last, nobody could say that it was not the origin already.
        crawl.enqueue([Self.urls[0]], options: options)
        crawl.enqueue(Array(Self.urls[1..<4]), options: options)
        crawl.time.run(until: Self.start + .hours(6))
        let alerts = try crawl.store.alerts(after: 0, limit: 20).map(\.alert.facts)
        #expect(alerts.map(\.scope) == [.url, .origin])
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 20).count == 2)
    }

    @Test("one good answer and a failing one as its origin's scout are not two good ones in a row")
    func confirmationFailsAsScout() throws {
        let broken = Self.urls[0]
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            let at = Self.elapsed(request)
            if at >= .hours(2) + .seconds(5), at < .hours(5) { return .init(status: 520) }
            return .init(status: request.url == broken && at < .minutes(100) ? 520 : 200)
        }
        crawl.enqueue([broken])
        for url in Self.urls[1...3] {
            var options = EnqueueOptions()
            options.dueAt = Self.start + .hours(2) + .seconds(10)
            crawl.enqueue([url], options: options)
        }
        crawl.time.run(until: Self.start + .hours(12))
        let incidents = try crawl.store.incidents(openOnly: false, after: nil, limit: 20)
        let own = try #require(incidents.first { $0.facts.scope == .url })
        let closed = try #require(own.closedAt)
        let good = crawl.times(broken).filter { $0 >= .hours(5) && $0 <= closed - Self.start }
        #expect(good.count >= 2, "\(crawl.times(broken)), closed after \(closed - Self.start)")
        #expect(incidents.count == 2)
    }

    @Test(
        "half of an origin is broken: eight slots, ten incidents, and one partial for the rest; each asked once a day")
    func half() throws {
        let urls = Array(Self.urls.prefix(60))
        let broken = Set(urls.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        let isRepaired = Self.start + .hours(60)
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .milliseconds(500))) { request in
            .init(status: broken.contains(request.url) && request.at < isRepaired ? 520 : 200)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .hours(3))
        let marked = try crawl.store.incidents(openOnly: true, after: nil, limit: 100)
        #expect(marked.count == 10 + 6 || marked.count >= 10, "\(marked.count)")
        crawl.time.run(until: Self.start + .hours(59))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 100)
        let held = try broken.filter { try crawl.record($0)?.health?.phase == .partial }
        #expect(open.count + held.count == 30 + 1, "\(open.count) incidents, \(held.count) share one")
        #expect(!held.isEmpty)
        for url in held {
            let times = crawl.times(url)
            #expect(times.count <= 4, "\(url): \(times)")
        }
        let partial = try crawl.store.alerts(after: 0, limit: 100).map(\.alert.facts).filter { $0.scope == .partial }
        #expect(partial.count { $0.event == .brokenOrigin } == 1)
        #expect(open.first { $0.facts.scope == .partial }?.facts.urlsAffected == held.count)
        // Repaired: each leaves at its first good answer, and the incident is over with the last.
        crawl.time.run(until: Self.start + .hours(60 + 26))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 100).isEmpty)
        for url in urls { #expect(try crawl.record(url)?.state == .done, "\(url)") }
    }

    @Test("the scout is good and the canary is not: the incident narrows to the canary, the others are free")
    func narrows() throws {
        let urls = Array(Self.urls.prefix(50))
        let dead = Self.urls[0]
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            .init(status: request.url == dead || Self.elapsed(request) < .hours(2.5) ? 520 : 200)
        }
        crawl.enqueue([dead])
        crawl.time.run(for: .milliseconds(1))
        crawl.enqueue(Array(urls.dropFirst()))
        crawl.time.run(until: Self.start + .hours(9))
        for url in urls where url != dead { #expect(try crawl.record(url)?.state == .done, "\(url)") }
        let record = try #require(try crawl.record(dead))
        #expect(record.state == .brokenOrigin)
        #expect(record.hold == nil)
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(open.map(\.facts.urlsAffected) == [1])
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)
    }

    @Test(
        "a restart in every phase changes nothing: one incident, one alert, at most 22 requests",
        arguments: [
            0.05, 4, 20, 44, 59.9, 61,
        ])
    func restarts(minute: Double) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue(Array(Self.urls.prefix(1000)))
        crawl.time.run(until: Self.start + .minutes(minute))
        try crawl.restart()
        crawl.time.run(until: Self.start + .minutes(64))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
        #expect(crawl.log.count <= 22, "\(crawl.log.count)")
    }

    @Test("the canary is removed: the next oldest run takes its place and its hour; without a run nothing is held")
    func canaryRemoved() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue(Array(Self.urls.prefix(100)))
        crawl.time.run(until: Self.start + .minutes(31))
        let canary = try #require(crawl.log.last?.url)
        let origin = try #require(try crawl.record(canary)).id >> 40
        try crawl.remove(canary)
        crawl.time.run(until: Self.start + .minutes(62))
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(open.count == 1)
        #expect(open.first.map { $0.facts.url != canary } ?? false)
        _ = try crawl.store.remove(.origin("http://a.test"), now: crawl.time.now())
        crawl.reconsider(origin: origin)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }

    @Test("an origin that is revived by hand is asked again at once, and its next hour is a new incident")
    func revived() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in .init(status: 520) }
        crawl.enqueue(Array(Self.urls.prefix(100)))
        crawl.time.run(until: Self.start + .minutes(70))
        let before = crawl.log.count
        let origin = try #require(try crawl.record(Self.urls[0])).id >> 40
        _ = try crawl.store.revive(.origin("http://a.test"), now: crawl.time.now())
        crawl.reconsider(origin: origin)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        crawl.time.run(until: Self.start + .minutes(71))
        #expect(crawl.log.count > before + 3)
        crawl.time.run(until: Self.start + .minutes(140))
        let all = try crawl.store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(all.count == 2)
        #expect(Set(all.map(\.facts.incident)).count == 2)
    }

    /// A run that began while robots.txt was not obeyed stays open when robots.txt refuses its URL.
    @Test("a refused URL stands for nobody: the origin trips on others, is asked through them, and recovers")
    func refusedRun() throws {
        let crawl = try VirtualCrawl(settings: Self.settings { $0.robots.obeys = false }) { request in
            if request.url.hasSuffix("/robots.txt") { return .text("User-agent: *\nDisallow: /no\n") }
            return .init(status: Self.elapsed(request) < .minutes(30) ? 520 : 200)
        }
        crawl.enqueue(["http://a.test/no"])
        crawl.time.run(for: .minutes(2))
        var rules = Self.settings { $0.robots.obeys = true }.rules
        rules.health.originTrip = 3
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.time.run(for: .minutes(5))
        #expect(try crawl.record("http://a.test/no")?.state == .refused)
        crawl.enqueue(Array(Self.urls.prefix(5)))
        crawl.time.run(for: .hours(3))
        for url in Self.urls.prefix(5) { #expect(try crawl.record(url)?.state == .done) }
        #expect(try crawl.store.stats().heldURLs == 0)
    }
}
