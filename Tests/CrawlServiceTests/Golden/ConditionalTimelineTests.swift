import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Pages whose servers fail on validators, and pages that fail while they are asked with some: real scheduler, loop and
/// store, virtual time.
@Suite struct ConditionalTimelineTests {
    static let url = "http://a.test/page"
    static let start = VirtualTime().now()
    static let day = Duration.hours(24)
    static let tag = "\"v\""

    static func settings(
        delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings {
        GoldenTimelineTests.settings(delay: delay) {
            $0.recrawl = .every(day)
            edit(&$0)
        }
    }

    /// A page with a validator.
    static let page = SimulatedFetcher.Answer(status: 200) {
        $0.digest = Digest256(words: (1, 2, 3, 4))
        $0.bodyBytes = 10
        var details = FetchDetails()
        details.etag = tag
        $0.details = details
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var answer: SimulatedFetcher.Answer
        /// From the conditional request to the plain one.
        var wait: Duration

        init(_ name: String, _ answer: SimulatedFetcher.Answer, _ wait: Duration) {
            testDescription = name
            self.answer = answer
            self.wait = wait
        }
    }

    static let empty = SimulatedFetcher.Answer(status: 0) {
        $0.flags = [.connected, .conditional]
        $0.times.preTransferUs = 1
        $0.curlCode = 52
    }

    static let faults = [
        Fault("520", .init(status: 520), .seconds(1)), Fault("524", .init(status: 524), .seconds(1)),
        Fault("closed without a byte", empty, .seconds(1)), Fault("500", .init(status: 500), .seconds(60)),
        Fault("503", .init(status: 503), .seconds(60)),
        Fault("412", .init(status: 412), .zero),
    ]

    @Test(
        "a server that fails on validators: each time the plain page a step later, after the second none for 30 days",
        arguments: faults)
    func failsOnValidators(_ fault: Fault) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { $0.etag == nil ? Self.page : fault.answer }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day * 2 + .hours(1))
        let (once, twice) = (fault.wait, fault.wait + fault.wait)
        #expect(crawl.times(Self.url) == [.zero, Self.day, Self.day + once, Self.day * 2 + once, Self.day * 2 + twice])
        #expect(crawl.log.map(\.etag) == [nil, Self.tag, nil, Self.tag, nil])
        let record = try #require(try crawl.record(Self.url))
        #expect(record.health == nil && record.state == .scheduled && record.lastOutcome == .success)
        #expect(record.content?.trust.plainUntil == Self.start + Self.day * 32 + twice)
        // A restart forgets nothing of it.
        try crawl.restart()
        crawl.time.run(until: Self.start + Self.day * 32 + .hours(1))
        let conditional = crawl.log.filter { $0.etag != nil }.map { $0.at - Self.start }
        #expect(conditional == [Self.day, Self.day * 2 + once, Self.day * 32 + twice], "and then it is tried again")
        #expect(try crawl.store.alerts(after: 0, limit: 10).isEmpty)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
    }

    @Test("one that fails now and then, and answers 304 between, goes on being asked with validators")
    func goodBetween() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard request.etag != nil else { return Self.page }
            return .init(status: ((request.at - Self.start).ms / Self.day.ms) % 2 == 0 ? 520 : 304)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day * 9 + .hours(1))
        // Every second day a fault.
        #expect(crawl.log.count == 1 + 9 + 4)
        #expect(crawl.log.count { $0.etag != nil } == 9)
    }

    @Test("a page that is broken: the conditional answer is the first of the hour, and no request is added")
    func broken() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) {
            $0.at - Self.start < Self.day ? Self.page : .init(status: 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day + .milliseconds(500))
        let held = try #require(try crawl.record(Self.url))
        #expect(held.health?.isHeldBack == true && held.health?.isOpen == false)
        crawl.time.run(until: Self.start + Self.day + .minutes(61))
        try expectMark(crawl, since: Self.day)
        #expect(crawl.log.map(\.etag) == [nil, Self.tag] + Array(repeating: nil, count: 9))
    }

    @Test("a kill between the conditional request and the plain one loses nothing")
    func killed() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) {
            $0.at - Self.start < Self.day ? Self.page : .init(status: 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day + .milliseconds(500))
        crawl.kill()
        try crawl.restart()
        crawl.time.run(until: Self.start + Self.day + .minutes(61))
        try expectMark(crawl, since: Self.day)
    }

    private func expectMark(_ crawl: VirtualCrawl, since: Duration) throws {
        #expect(crawl.times(Self.url).dropFirst() == ArraySlice(GoldenTimelineTests.hourOf520.map { since + $0 }))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .brokenOrigin)
        #expect(record.health?.run?.observations == 10 && record.health?.run?.probeTimes == 6)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.firstAtMs == (Self.start + since).ms)
        #expect(incident.facts.requestsSpent == 10)
    }

    @Test("a plain answer of another class: the hour begins with that one, with a burst")
    func anotherClass() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.at - Self.start < Self.day ? Self.page : .init(status: request.etag == nil ? 524 : 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day + .minutes(62))
        let since = Self.day + .seconds(1)
        #expect(
            crawl.times(Self.url) == [.zero, Self.day] + GoldenTimelineTests.hourOf520.map { since + $0 })
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.cause == "524" && incident.facts.firstAtMs == (Self.start + since).ms)
    }

    @Test("what failed before it was sent counts at once")
    func notSent() throws {
        let refused = SimulatedFetcher.Answer(status: 0) {
            $0.flags = [.conditional]
            $0.curlCode = 7
            $0.osErrno = 111
        }
        let crawl = try VirtualCrawl(settings: Self.settings()) {
            $0.at - Self.start < Self.day ? Self.page : refused
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day + .milliseconds(500))
        let health = try #require(try crawl.record(Self.url)?.health)
        #expect(health.isOpen && !health.isHeldBack && health.run?.outcome == .originDown)
    }

    // MARK: 412

    @Test("412 is asked plainly once under the crawl delay, and a second one is an answer", arguments: [false, true])
    func preconditionFailed(isKilled: Bool) throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(2)) { $0.recrawl = .never }) {
            $0.at - Self.start < Self.day ? Self.page : .init(status: 412)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(1))  // its answer is stored
        var options = EnqueueOptions()
        options.dueAt = Self.start + Self.day
        crawl.enqueue([Self.url], options: options)
        crawl.time.run(until: Self.start + Self.day + .seconds(1))
        let between = try #require(try crawl.record(Self.url))
        #expect(between.state == .scheduled && between.dueAt == Self.start + Self.day && between.lastStatus == 412)
        if isKilled {
            crawl.kill()
            try crawl.restart()
        }
        crawl.time.run(until: Self.start + Self.day * 3)
        #expect(crawl.log.map(\.etag) == [nil, Self.tag, nil])
        #expect(crawl.times(Self.url).last == Self.day + .seconds(isKilled ? 3 : 2))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .done && record.health == nil && record.lastStatus == 412)
    }

    @Test("a 412 says nothing of its site: an outage is its site's all the same")
    func preconditionFailedInAnOutage() throws {
        let urls = (0..<4).map { "http://a.test/page-\($0)" }
        let settings = Self.settings { $0.perOriginInFlight = 8 }
        let crawl = try VirtualCrawl(settings: settings) { request in
            guard request.at - Self.start >= .hours(12) else { return Self.page }
            // It comes when the other three have tripped the site.
            return request.etag != nil && request.url == urls[3]
                ? .init(status: 412, latency: .seconds(2)) : .init(status: 520)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + Self.day + .seconds(3))
        #expect(crawl.log.suffix(1).first?.etag == nil)
        crawl.time.run(until: Self.start + Self.day + .minutes(90))
        let incidents = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(incidents.map(\.facts.scope) == [.origin])
    }

    // MARK: Refused by a rule

    @Test("what is refused while it is held back keeps no validators from its site's other pages")
    func refusedWhileHeldBack() throws {
        let urls = (0..<20).map { "http://a.test/page-\($0)" }
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) { request in
            guard request.at - Self.start >= .hours(12) else { return Self.page }
            guard request.url == urls[0] else { return .init(status: request.etag == nil ? 200 : 304) }
            return request.etag != nil ? .init(status: 520) : .init(status: 0) { $0.flags = .addressRefused }
        }
        crawl.enqueue([urls[0]])  // the first of each day
        crawl.enqueue(Array(urls.dropFirst()))
        crawl.time.run(until: Self.start + Self.day + .minutes(1))
        #expect(try crawl.record(urls[0])?.state == .refused)
        let later = crawl.log.filter { $0.at - Self.start >= Self.day + .seconds(3) }
        #expect(later.count >= 17 && later.filter { $0.etag == nil }.isEmpty)
    }

    // MARK: The operator's hand

    @Test("force and revive ask plainly, and the next recrawl with the validators that came", arguments: [false, true])
    func byHand(isRevival: Bool) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { $0.etag == nil ? Self.page : .init(status: 304) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(1))
        if isRevival {
            let target = try #require(VirtualCrawl.canonical(Self.url))
            let commit = try #require(try crawl.store.revive(.url(target), now: crawl.time.now()))
            crawl.changed(commit.rows)
        } else {
            var options = EnqueueOptions()
            options.force = true
            crawl.enqueue([Self.url], options: options)
        }
        crawl.time.run(until: Self.start + .hours(26))
        #expect(crawl.times(Self.url) == [.zero, .hours(1), .hours(25)])
        #expect(crawl.log.map(\.etag) == [nil, nil, Self.tag])
        #expect(try crawl.record(Self.url)?.content?.etag == Self.tag)
    }

    // MARK: Whole sites

    @Test("a site that fails on validators is never held, never marked, and every page is had", arguments: [1, 4])
    func site(inFlight: Int) throws {
        let urls = (0..<60).map { "http://a.test/page-\($0)" }
        let settings = Self.settings { $0.perOriginInFlight = inFlight }
        let crawl = try VirtualCrawl(settings: settings) { request in
            guard request.etag != nil else { return Self.page }
            return .init(status: 520, latency: .milliseconds(50))
        }
        crawl.enqueue(urls)
        for hour in 1...240 {
            crawl.time.run(until: Self.start + .hours(Double(hour)))
            let states = try crawl.store.page(URLFilter(), after: -1, limit: 100).rows.map(\.state)
            #expect(states.allSatisfy { $0 == .scheduled }, "\(hour) h")
        }
        for url in urls { #expect(try crawl.record(url)?.lastOutcome == .success) }
        #expect(try crawl.store.alerts(after: 0, limit: 10).isEmpty)
        #expect(try crawl.store.stats().heldURLs == 0)
    }

    @Test("three broken pages of such a site: they are marked one by one, for scouts are asked plainly")
    func brokenPagesBeside() throws {
        let urls = (0..<30).map { "http://a.test/page-\($0)" }
        let broken = Set(urls.prefix(3))
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1)) { $0.recrawl = .every(.hours(1)) }) {
            request in
            if broken.contains(request.url), request.at - Self.start > .minutes(30) { return .init(status: 520) }
            return request.etag == nil ? Self.page : .init(status: 520)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + .hours(4))
        let incidents = try crawl.store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(incidents.count == 3 && incidents.allSatisfy { $0.facts.scope == .url })
        for url in urls.dropFirst(3) { #expect(try crawl.record(url)?.lastOutcome == .success) }
    }

    @Test("an outage of a site whose pages have validators costs at most 20 requests to its mark")
    func outage() throws {
        let urls = (0..<500).map { "http://a.test/page-\($0)" }
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) {
            $0.at - Self.start < .hours(12) ? Self.page : .init(status: 520)
        }
        crawl.enqueue(urls)
        crawl.time.run(until: Self.start + Self.day + .minutes(62))
        let failed = crawl.log.filter { $0.at - Self.start >= .hours(12) }
        #expect(failed.count <= 20, "\(failed.map { $0.at - Self.start - Self.day })")
        #expect(failed.contains { $0.etag != nil })
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.scope == .origin && incident.facts.firstAtMs == (Self.start + Self.day).ms)
    }

    @Test("the guards hear of a conditional request that fails at once")
    func guards() throws {
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            guard request.etag == nil else { return GuardCrawl.edge(520) }
            var answer = GuardCrawl.edge(200)
            let edit = answer.edit
            answer.edit = {
                edit(&$0)
                $0.details?.etag = Self.tag
            }
            return answer
        }
        crawl.enqueue(GuardCrawl.sites(0..<40))
        crawl.time.run(until: Self.start + .minutes(10) + .milliseconds(500))
        #expect(try GuardCrawl.events(crawl) == [.edgeIncident])
        crawl.time.run(until: Self.start + .hours(3))
        #expect(try GuardCrawl.events(crawl).allSatisfy { $0 == .edgeIncident || $0 == .resolved })
        for url in GuardCrawl.sites(0..<40) { #expect(try crawl.record(url)?.lastOutcome == .success) }
    }
}
