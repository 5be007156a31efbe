import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What happens when it is us who reach nothing.
@Suite struct OfflineTimelineTests {
    static let start = GuardCrawl.start

    /// 20 sites; our uplink is down in `outage`. One page has answered 520 since 0:20.
    static func crawl(outage: Range<Duration>, sites: Int = 20) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let since = request.at - start
            if outage.contains(since) { return GuardCrawl.silence }
            return .init(status: request.url == page && since >= .minutes(20) ? 520 : 200)
        }
        crawl.enqueue(GuardCrawl.sites(0..<sites) + [page])
        return crawl
    }

    static let page = "http://site-0.test/broken"

    @Test("the uplink is down for 40 min: one alert and its end, a request every 30 s, nothing marked, windows anew")
    func uplink() throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.minutes(100)))
        crawl.time.run(until: Self.start + .minutes(99))
        #expect(try GuardCrawl.events(crawl) == [.offline])
        // The failing first round, then one every 30 s.
        let probes = GuardCrawl.requests(crawl, .minutes(62), .minutes(99))
        #expect(probes.count == 74)
        #expect(zip(probes, probes.dropFirst()).allSatisfy { $1.at - $0.at == .seconds(30) })
        #expect(Set(probes.map(\.url)).count == 20)

        crawl.time.run(until: Self.start + .hours(4))
        #expect(try GuardCrawl.events(crawl) == [.offline, .resolved, .brokenOrigin])
        let incidents = try GuardCrawl.incidents(crawl)
        let ended = try #require(incidents.first?.closedAt)
        #expect(ended - Self.start <= .minutes(101))
        let mark = try #require(incidents.last)
        #expect(mark.facts.url == Self.page)
        #expect(mark.facts.firstAtMs >= ended.ms)
        #expect(mark.markedAt.ms - mark.facts.firstAtMs == Duration.minutes(60).ms)
        let window = crawl.times(Self.page).filter { Self.start + $0 >= ended && Self.start + $0 <= mark.markedAt }
        #expect(window.count == 6)  // without a burst
        #expect(try crawl.record(GuardCrawl.site(7))?.health == nil)
    }

    @Test("an outage of 4 min, shorter than any gap, restarts the hour of a page too")
    func short() throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.minutes(64)))
        crawl.time.run(until: Self.start + .hours(3))
        #expect(try GuardCrawl.events(crawl) == [.offline, .resolved, .brokenOrigin])
        let mark = try #require(try GuardCrawl.incidents(crawl).last)
        // Its probes were at 0:20, 0:25, 0:35, 0:50, 1:05; without the outage it is marked at 1:20.
        #expect(mark.facts.firstAtMs == (Self.start + .minutes(65)).ms)
        #expect(mark.markedAt == Self.start + .minutes(125))
    }

    @Test("without the outage that page is marked at 1:20")
    func shortWithout() throws {
        let crawl = try Self.crawl(outage: .hours(9)..<(.hours(10)))
        crawl.time.run(until: Self.start + .hours(3))
        #expect(try GuardCrawl.incidents(crawl).map(\.markedAt) == [Self.start + .minutes(80)])
    }

    @Test(
        "the uplink is down for longer than domains are remembered: its return is seen all the same",
        arguments: [false, true])
    func longerThanMemory(restarts: Bool) throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.hours(61)))
        crawl.time.run(until: Self.start + .hours(50))
        if restarts { try crawl.restart() }
        crawl.time.run(until: Self.start + .hours(61))
        #expect(try GuardCrawl.events(crawl).first == .offline)
        #expect(!(try GuardCrawl.events(crawl).contains(.resolved)))
        crawl.time.run(until: Self.start + .hours(61) + .minutes(2))
        #expect(try GuardCrawl.events(crawl).contains(.resolved))
        crawl.time.run(until: Self.start + .hours(62))
        for site in GuardCrawl.sites(0..<20) {
            #expect(GuardCrawl.requests(crawl, .hours(61), .hours(62)).contains { $0.url == site })
        }
    }

    @Test("all pages that were good are removed by hand while we are offline: the crawl goes on with the others")
    func removed() throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.minutes(100)))
        crawl.time.run(until: Self.start + .minutes(70))
        #expect(try GuardCrawl.events(crawl) == [.offline])
        for site in GuardCrawl.sites(0..<20) { try crawl.remove(site) }
        crawl.enqueue(["http://new.test/"])
        crawl.time.run(until: Self.start + .minutes(120))
        #expect(try GuardCrawl.events(crawl).contains(.resolved))
        #expect(try crawl.record("http://new.test/")?.state == .scheduled)
        #expect(
            !GuardCrawl.requests(crawl, .minutes(100), .minutes(120)).filter { $0.url == "http://new.test/" }.isEmpty)
    }

    @Test("being offline goes on over a restart", arguments: [61.0, 75, 99])
    func restart(at minute: Double) throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.minutes(100)))
        crawl.time.run(until: Self.start + .minutes(minute) + .seconds(7))
        try crawl.restart()
        let before = crawl.log.count
        crawl.time.run(until: Self.start + .minutes(minute + 1))
        #expect(crawl.log.count - before <= 3)
        crawl.time.run(until: Self.start + .minutes(103))
        #expect(try GuardCrawl.events(crawl) == [.offline, .resolved])
        crawl.time.run(until: Self.start + .minutes(158))
        #expect(try GuardCrawl.events(crawl) == [.offline, .resolved])
    }

    @Test("the fifth silent site's only page was good a moment ago, and its incident is not over yet: it counts")
    func confirming() throws {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            let since = request.at - Self.start
            // It is marked at 1:20, good at 2:20, and asked to confirm that a minute later.
            if since >= .minutes(140) + .seconds(20) { return GuardCrawl.silence }
            return .init(status: request.url == Self.page && since >= .minutes(20) && since < .minutes(140) ? 520 : 200)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .seconds(30))
        crawl.enqueue(GuardCrawl.sites(1..<5))
        crawl.time.run(until: Self.start + .minutes(140) + .seconds(20))
        #expect(crawl.times(Self.page).last == .minutes(140))
        crawl.time.run(until: Self.start + .minutes(160))
        #expect(try GuardCrawl.events(crawl) == [.brokenOrigin, .offline])
    }

    @Test("four sites are too few to tell: each is judged, and the status says that the guard is off")
    func tooFew() throws {
        let crawl = try Self.crawl(outage: .minutes(60)..<(.hours(9)), sites: 4)
        crawl.time.run(until: Self.start + .minutes(30))
        let status = try #require(crawl.snapshot()?.guards)
        #expect(status.domainsKnown == 4)
        #expect(status.isOfflineGuardOff)
        crawl.time.run(until: Self.start + .minutes(125))
        #expect(try GuardCrawl.events(crawl).filter { $0 == .offline }.isEmpty)
        #expect(try crawl.record(GuardCrawl.site(3))?.state == .brokenOrigin)
    }

    @Test("one site that answers, with whatever, shows that it is not us")
    func oneAnswers() throws {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            guard request.at - Self.start >= .minutes(60) else { return .init(status: 200) }
            return request.url.contains("poll") ? .init(status: 404) : GuardCrawl.silence
        }
        crawl.enqueue(GuardCrawl.sites(0..<10))
        var options = EnqueueOptions()
        options.recrawl = .every(.seconds(30))
        crawl.enqueue(["http://poll.test/"], options: options)
        crawl.time.run(until: Self.start + .minutes(75))
        #expect(try GuardCrawl.events(crawl).isEmpty)
    }
}
