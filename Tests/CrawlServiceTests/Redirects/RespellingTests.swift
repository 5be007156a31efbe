import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// URLs whose server wants another spelling than the canonical one. Real scheduler, loop and store, virtual time.
@Suite struct RespellingTests {
    static let page = "http://a.test/x%5B1%5D?q=%7C"
    static let spelled = "http://a.test/x[1]?q=|"

    /// Every spelling but `spelled` is redirected to that one, which is answered with `answer`.
    static func crawl(
        delay: Duration = .seconds(1), recrawl: Recrawl = .never, status: Int32 = 301,
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in .init(status: 200) },
        edit: (inout SchedulerRules) -> Void = { _ in }
    ) throws -> VirtualCrawl {
        try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: delay) {
                $0.recrawl = recrawl
                edit(&$0)
            }
        ) { request in
            request.url == page ? .redirect(status, to: "/x[1]?q=|#part") : answer(request)
        }
    }

    private static func asked(_ crawl: VirtualCrawl) -> [String] { crawl.log.map(\.url) }

    @Test("it is asked once in that spelling, as the next request, and remembered", arguments: [301, 302, 308])
    func remembered(status: Int32) throws {
        let crawl = try Self.crawl(recrawl: .every(.seconds(3600)), status: status)
        crawl.enqueue([Self.page] + (0..<5).map { "http://a.test/other-\($0)" })
        crawl.time.run(for: .minutes(1))
        let first = try #require(Self.asked(crawl).firstIndex(of: Self.page))
        #expect(Self.asked(crawl)[first + 1] == Self.spelled && crawl.log.count == 7)
        #expect(crawl.log[first + 1].at - crawl.log[first].at == .seconds(1), "under the crawl delay")
        let record = try #require(try crawl.record(Self.page))
        #expect(record.content?.askedAs == "/x[1]?q=|" && record.lastOutcome == .success && record.attempts == 2)
        #expect(record.url == Self.page && record.state == .scheduled && record.redirects.isEmpty)
        #expect(try crawl.record("http://a.test/x[1]?q=|") == nil, "it is no URL of its own")

        crawl.time.run(for: .hours(2.5))
        #expect(crawl.times(Self.page).count == 1 && crawl.times(Self.spelled).count == 3)
        try crawl.restart()
        crawl.time.run(for: .hours(1))
        #expect(crawl.times(Self.page).count == 1 && crawl.times(Self.spelled).count == 4, "a new process knows it")
    }

    @Test("a second request that found no socket of our own machine is sent again, and then it is what counts")
    func noSocket() throws {
        let crawl = try Self.crawl { request in
            request.at.ms % 60_000 < 10_000 ? LocalLimitCrawlTests.noSocket : .init(status: 200)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.times(Self.spelled).count > 1)
        let record = try #require(try crawl.record(Self.page))
        #expect(record.state == .done && record.lastOutcome == .success && record.content?.askedAs == "/x[1]?q=|")
        #expect(crawl.times(Self.page).count == 1)
    }

    @Test(
        "what the second request meets, if it is no page, leaves the URL as the redirect did",
        arguments: [
            Int32(520), 500, 302, 429,
        ])
    func noPage(status: Int32) throws {
        let crawl = try Self.crawl(delay: .zero, recrawl: .every(.seconds(3600))) { _ in
            status == 302 ? .redirect(to: "/X%5b1%5d") : .init(status: status)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(59))
        #expect(Self.asked(crawl) == [Self.page, Self.spelled], "no burst, no third")
        let record = try #require(try crawl.record(Self.page))
        #expect(record.state == .scheduled && record.lastOutcome == .redirected && record.lastStatus == 301)
        #expect(record.redirects.map(\.problem) == ["redirect-loop"] && record.health == nil && record.attempts == 2)
        crawl.time.run(for: .hours(2))
        #expect(crawl.log.count == 6, "one pair an interval")
    }

    @Test("without a recrawl it rests after a second request that failed")
    func rests() throws {
        let crawl = try Self.crawl { _ in .init(status: 502) }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(24))
        #expect(crawl.log.count == 2)
        #expect(try crawl.record(Self.page)?.state == .done)
        #expect(try crawl.store.stats().urls[.scheduled] ?? 0 == 0)
    }

    @Test("a spelling that leads back and forth is no loop")
    func backAndForth() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { request in
            .redirect(to: request.url == Self.page ? Self.spelled : Self.page)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(24))
        #expect(Self.asked(crawl) == [Self.page, Self.spelled])
        #expect(try crawl.record(Self.page)?.redirects.map(\.problem) == ["redirect-loop"])
    }

    @Test("what is asked in its spelling is watched as any page: an hour of 520 marks it")
    func failsLater() throws {
        let crawl = try Self.crawl(delay: .zero, recrawl: .every(.seconds(3600))) { request in
            .init(status: request.at < RedirectCrawlTests.start + .minutes(30) ? 200 : 520)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(2.2))
        #expect(try crawl.record(Self.page)?.state == .brokenOrigin)
        #expect(crawl.times(Self.page).count == 1, "every probe is in the spelling")
        #expect(crawl.times(Self.spelled).count == 11)
    }

    @Test("a server that changes its mind is followed: to another spelling, to the URL's own, elsewhere")
    func changes() throws {
        let hour: @Sendable (Double) -> Instant = { RedirectCrawlTests.start + .hours($0) }
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings { $0.recrawl = .every(.seconds(3600)) }
        ) { request in
            let wanted =
                request.at < hour(1.5)
                ? "/a%5b" : request.at < hour(2.5) ? "/a[" : request.at < hour(3.5) ? "/a%5B" : "/b"
            return request.url == "http://a.test" + wanted ? .init(status: 200) : .redirect(to: wanted)
        }
        crawl.enqueue(["http://a.test/a%5B"])
        var remembered: [String?] = []
        for _ in 0..<4 {
            crawl.time.run(for: .minutes(61))
            remembered.append(try crawl.record("http://a.test/a%5B")?.content?.askedAs)
        }
        #expect(remembered == ["/a%5b", "/a[", nil, nil])
        #expect(try crawl.record("http://a.test/a%5B")?.redirects.first?.target == "http://a.test/b")
        let paths = Self.asked(crawl).map { String($0.dropFirst(13)) }
        #expect(paths == ["/a%5B", "/a%5b", "/a%5b", "/a%5b", "/a[", "/a[", "/a%5B", "/a%5B", "/b"])
    }

    @Test("a spelling that the server knows no more is forgotten", arguments: [Int32(404), 400])
    func forgotten(status: Int32) throws {
        let crawl = try Self.crawl(recrawl: .every(.seconds(3600))) { request in
            .init(status: request.at < RedirectCrawlTests.start + .minutes(30) ? 200 : status)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(30))
        #expect(try crawl.record(Self.page)?.content?.askedAs != nil)
        crawl.time.run(for: .hours(1))
        #expect(try crawl.record(Self.page)?.content?.askedAs == nil)
        crawl.time.run(for: .hours(1))
        #expect(crawl.times(Self.page).count == 2, "the URL's own is asked again")
    }

    @Test("robots.txt judges it as the URL, not as it is spelled")
    func robots() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            switch request.url {
            case "http://a.test/robots.txt": .text("User-agent: *\nDisallow: /y%5B\n")
            case "http://a.test/x%5B": .redirect(to: "/x[")
            case "http://a.test/y%5B": .redirect(to: "/y[")
            default: .init(status: 200)
            }
        }
        crawl.enqueue(["http://a.test/x%5B", "http://a.test/y%5B"])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.times("http://a.test/x[").count == 1)
        #expect(try crawl.record("http://a.test/y%5B")?.state == .refused)
        #expect(crawl.times("http://a.test/y%5B").isEmpty && crawl.times("http://a.test/y[").isEmpty)
    }

    @Test("the second request counts in the budget, and waits for the next day where that is spent")
    func budget() throws {
        let crawl = try Self.crawl(edit: { $0.budget.requestsPerOriginPerDay = 20 })
        crawl.enqueue([Self.page] + (0..<30).map { "http://a.test/\($0)" })
        crawl.time.run(for: .minutes(5))
        #expect(crawl.log.count <= 20 && crawl.log.count > 15)
    }

    @Test("a kill -9 between the two loses nothing")
    func kill() throws {
        let crawl = try Self.crawl(delay: .seconds(10))
        crawl.enqueue([Self.page])
        crawl.time.run(for: .seconds(5))
        #expect(Self.asked(crawl) == [Self.page])
        try crawl.restart()
        crawl.time.run(for: .minutes(2))
        #expect(Self.asked(crawl) == [Self.page, Self.page, Self.spelled])
        #expect(try crawl.record(Self.page)?.content?.askedAs == "/x[1]?q=|")
    }

    @Test("a URL that is removed between the two is not asked")
    func removed() throws {
        let crawl = try Self.crawl(delay: .seconds(10))
        crawl.enqueue([Self.page])
        crawl.time.run(for: .seconds(5))
        try crawl.remove(Self.page)
        crawl.time.run(for: .minutes(2))
        #expect(Self.asked(crawl) == [Self.page])
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(2))
        #expect(Self.asked(crawl) == [Self.page, Self.page, Self.spelled], "enqueued anew it begins anew")
    }

    @Test("the validators go out with the spelling")
    func validators() throws {
        let crawl = try Self.crawl(recrawl: .every(.seconds(3600))) { request in
            guard request.etag == nil else { return .init(status: 304) }
            return .init(status: 200) { result in
                var details = FetchDetails()
                details.etag = "\"e\""
                result.details = details
            }
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .minutes(61))
        #expect(crawl.log.map(\.etag) == [nil, nil, "\"e\""])
        let record = try #require(try crawl.record(Self.page))
        #expect(record.lastOutcome == .notModified && record.content?.askedAs == "/x[1]?q=|")
    }

    /// A redirect that asks to be followed `seconds` later.
    static func waiting(_ seconds: Int, to location: String, setCookies: [String] = []) -> SimulatedFetcher.Answer {
        let redirect = SimulatedFetcher.Answer.redirect(301, to: location, setCookies: setCookies)
        return .init(status: 301) { result in
            redirect.edit(&result)
            result.details?.retryAfter = "\(seconds)"
        }
    }

    @Test("a Retry-After of the redirect puts the second request off, others go on", arguments: [false, true])
    func retryAfter(isRestarted: Bool) throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1))) { request in
            request.url == Self.page ? Self.waiting(120, to: "/x[1]?q=|") : .init(status: 200)
        }
        crawl.enqueue([Self.page, "http://a.test/other"])
        crawl.time.run(for: .minutes(1))
        #expect(Self.asked(crawl).sorted() == ["http://a.test/other", Self.page])
        let first = try #require(crawl.times(Self.page).first)
        #expect(try crawl.record(Self.page)?.dueAt == crawl.start + first + .seconds(120))
        if isRestarted { try crawl.restart() }
        crawl.time.run(for: .minutes(10))
        guard !isRestarted else {
            #expect(crawl.times(Self.page) == [first, first + .seconds(120)], "it is redirected once more")
            return #expect(crawl.times(Self.spelled) == [first + .seconds(240)])
        }
        #expect(crawl.times(Self.page) == [first] && crawl.times(Self.spelled) == [first + .seconds(120)])
        #expect(try crawl.record(Self.page)?.content?.askedAs == "/x[1]?q=|")
    }

    @Test("one that outlasts what is remembered leaves the URL as any redirect does")
    func longRetryAfter() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings()) { request in
            request.url == Self.page ? Self.waiting(600, to: "/x[1]?q=|") : .init(status: 200)
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(24))
        #expect(Self.asked(crawl) == [Self.page])
        let record = try #require(try crawl.record(Self.page))
        #expect(record.state == .done && record.lastOutcome == .redirected)
        #expect(record.redirects.map(\.problem) == ["redirect-loop"])
    }

    @Test("many at once have their turn one after the other", arguments: [1, 4])
    func many(inFlight: Int) throws {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: inFlight == 1 ? .seconds(1) : .zero) {
                $0.perOriginInFlight = inFlight
                $0.perAddressInFlight = 0
            }
        ) { request in
            request.url.contains("%5B") ? .redirect(to: request.url.replacing("%5B", with: "[")) : .init(status: 200)
        }
        crawl.enqueue((0..<1500).map { "http://a.test/\($0)%5B" })
        crawl.time.run(for: .hours(1))
        #expect(crawl.log.count == 3000 && Set(Self.asked(crawl)).count == 3000, "each once in each spelling")
        #expect(try crawl.record("http://a.test/1499%5B")?.content?.askedAs == "/1499[")
    }
}
