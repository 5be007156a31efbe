import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// A crawl whose robots.txt came and is not the file, or not all of it: virtual time, all else real.
@Suite struct RobotsFaultTests {
    typealias Answer = SimulatedFetcher.Answer

    static let robots = RobotsCrawlTests.robots
    static let page = "http://a.test/page"
    static let start = VirtualTime().now()

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var answer: Answer
        /// Of an origin without a copy.
        var isCrawled: Bool
        var fault: RobotsFault?
        /// With `robots.challenge: allow`; nil = the same.
        var isCrawledIfAllowed: Bool?

        init(
            _ description: String, _ answer: Answer, crawled: Bool, _ fault: RobotsFault? = nil, ifAllowed: Bool? = nil
        ) {
            testDescription = description
            self.answer = answer
            isCrawled = crawled
            self.fault = fault
            isCrawledIfAllowed = ifAllowed
        }
    }

    private static func edited(_ answer: Answer, _ edit: @escaping @Sendable (inout FetchResult) -> Void) -> Answer {
        var new = answer
        new.edit = { result in
            answer.edit(&result)
            edit(&result)
        }
        return new
    }

    private static func bytes(_ bytes: [UInt8]) -> Answer {
        edited(.text("")) { $0.details?.body = bytes }
    }

    private static func over(_ bytes: [UInt8]) -> Answer {
        edited(Self.bytes(bytes)) {
            $0.flags.insert(.bodyOverLimit)
            $0.curlCode = 23
        }
    }

    static let cases = [
        Case("rules", .text("User-agent: *\nDisallow: /private\n"), crawled: true),
        Case("nothing", .text(""), crawled: true),
        Case("a page", .text("<html>Welcome</html>"), crawled: true),
        Case("404", .init(status: 404), crawled: true),
        Case("403 of the origin", .init(status: 403), crawled: true),
        Case("503", .init(status: 503), crawled: false),

        Case("a NUL", bytes(Array("User-agent: *\0\nAllow: /\n".utf8)), crawled: false, .unreadable),
        Case("brotli", bytes([0x0B, 0x02, 0x80, 0x83, 0x9F, 0x1B, 0x03]), crawled: false, .unreadable),
        Case(
            "no text in a cut body", edited(bytes([0xFF, 0x83, 0x9F, 0x0A, 0x41])) { $0.curlCode = 18 }, crawled: false,
            .unreadable),

        Case("cut behind a rule", .cut("User-agent: *\nDisallow: /private\nDisallow: /"), crawled: true, .cut),
        Case("cut before a rule", .cut("User-agent: *\nDisallow: /"), crawled: false, .cut),
        Case("cut before all", .cut(""), crawled: false, .cut),
        Case(
            "a coding that ends early",
            edited(.text("User-agent: *\nDisallow: /private\nDisallow: /")) { $0.flags.insert(.codingCut) },
            crawled: true, .cut),
        Case(
            "over the limit",
            edited(.text("User-agent: *\nDisallow: /private\nDisallow: /")) {
                $0.flags.insert(.bodyOverLimit)
                $0.curlCode = 23
            }, crawled: true),

        Case(
            "over the limit, no text, no line end", over([0x0B, 0x02, 0x80, 0x83, 0x9F, 0x1B, 0x03]), crawled: false,
            .unreadable),
        Case(
            "over the limit, no text behind the first line", over([0x41, 0x0A] + [0x83, 0x9F, 0x1B]), crawled: false,
            .unreadable),
        Case("over the limit within a line", over(Array("<html>Welcome</html>".utf8)), crawled: false, .cut),
        Case(
            "over the limit within a character",
            over(Array("# 日本語日本語\nUser-agent: *\nDisallow: /private\n# 日".utf8.dropLast())),
            crawled: true),
        Case(
            "cut within a character",
            edited(bytes(Array("# 日本語日本語\nUser-agent: *\nDisallow: /private\n# 日".utf8.dropLast()))) {
                $0.curlCode = 18
            },
            crawled: true, .cut),
        Case(
            "no text behind the first line of a cut body",
            edited(bytes([0x41, 0x0A, 0x83, 0x9F, 0x1B])) { $0.curlCode = 18 }, crawled: false, .unreadable),

        Case(
            "206", edited(.text("User-agent: *\nAllow: /\n")) { $0.status = 206 }, crawled: false, .partial,
            ifAllowed: false),
        Case("a firewall's 202", .challenge(202, cloudflare: false), crawled: false, .challenge, ifAllowed: true),
        Case("a challenge at 202", .challenge(202), crawled: false, .challenge, ifAllowed: true),
        Case("a challenge at 403", .challenge(403), crawled: false, .challenge, ifAllowed: true),
        Case("a challenge at 405", .challenge(405), crawled: false, .challenge, ifAllowed: true),
        Case("a challenge at 503", .challenge(503), crawled: false, .challenge, ifAllowed: false),
        Case("202 with rules", edited(.text("User-agent: *\nDisallow: /private\n")) { $0.status = 202 }, crawled: true),
    ]

    private static func crawl(
        _ allow: Bool = false, recrawl: Duration? = nil, robots: @escaping @Sendable (Instant) -> Answer
    ) throws -> VirtualCrawl {
        let settings = RobotsCrawlTests.settings {
            $0.robots.challenge = allow ? .allow : .hold
            if let recrawl { $0.recrawl = .every(recrawl) }
        }
        return try VirtualCrawl(settings: settings) { request in
            request.url == Self.robots ? robots(request.at) : .init(status: 200)
        }
    }

    @Test(arguments: cases) func withoutACopy(entry: Case) throws {
        for allow in [false, true] {
            let crawl = try Self.crawl(allow) { _ in entry.answer }
            crawl.enqueue([Self.page, "http://a.test/private/1"])
            crawl.time.run(for: .minutes(20))
            let isCrawled = allow ? entry.isCrawledIfAllowed ?? entry.isCrawled : entry.isCrawled
            #expect(crawl.times(Self.page).isEmpty != isCrawled, "challenge: \(allow)")
            #expect(try crawl.record(Self.page)?.hold == (isCrawled ? nil : .robotsUnreachable))
            let origin = try #require(try crawl.store.originRecord("http://a.test")?.robots)
            #expect(origin.fault == entry.fault)
            let url = try #require(VirtualCrawl.canonical(Self.page))
            #expect(try crawl.store.explanation(url, now: crawl.time.now())?.robotsFault == entry.fault)
            // Held it is asked again, and no faster than any other that cannot be had.
            if !isCrawled { #expect((2...12).contains(crawl.times(Self.robots).count)) }
        }
    }

    @Test("whole lines before the cut are obeyed, the last one is not")
    func obeysWholeLines() throws {
        let crawl = try Self.crawl { _ in .cut("User-agent: *\nDisallow: /private\nDisallow: /p") }
        crawl.enqueue([Self.page, "http://a.test/private/1"])
        crawl.time.run(for: .minutes(20))
        #expect(crawl.times(Self.page).count == 1)
        #expect(try crawl.record("http://a.test/private/1")?.state == .refused)
    }

    @Test("a whole copy goes before what is not the file", arguments: cases.filter { $0.fault != nil })
    func withACopy(entry: Case) throws {
        let crawl = try Self.crawl(recrawl: .seconds(3600)) { at in
            at - Self.start < .hours(1) ? .text("User-agent: *\nDisallow: /private\n") : entry.answer
        }
        crawl.enqueue([Self.page, "http://a.test/private/1"])
        crawl.time.run(for: .hours(72))
        #expect(crawl.times(Self.page).count >= 70)
        #expect(crawl.times("http://a.test/private/1").isEmpty)
        let origin = try #require(try crawl.store.originRecord("http://a.test")?.robots)
        #expect(origin.copyAt.map { $0 < Self.start + .hours(1) } == true)
        #expect(origin.fault == entry.fault)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
    }

    @Test("a cut copy is used for an hour and asked for again; over a restart too", arguments: [false, true])
    func cutForAnHour(restarts: Bool) throws {
        let crawl = try Self.crawl(recrawl: .seconds(300)) { at in
            at - Self.start < .minutes(30)
                ? .cut("User-agent: *\nDisallow: /private\nDis") : .init(status: 503)
        }
        crawl.enqueue([Self.page, "http://a.test/private/1"])
        crawl.time.run(until: Self.start + .minutes(40))
        #expect(try crawl.store.originRecord("http://a.test")?.robots?.expiresAt == Self.start + .hours(1))
        if restarts { try crawl.restart() }
        crawl.time.run(until: Self.start + .minutes(59))
        #expect(crawl.times(Self.page).last.map { $0 > .minutes(54) } == true)
        #expect(try crawl.store.originRecord("http://a.test")?.robots?.fault == .cut)
        // Then it is no copy any more, and the 503 holds.
        crawl.time.run(until: Self.start + .minutes(100))
        #expect(crawl.times(Self.page).allSatisfy { $0 <= .minutes(61) })
        #expect(try crawl.record(Self.page)?.hold == .robotsUnreachable)
    }

    @Test("each cut answer gives another hour, and the whole file ends that")
    func cutThenWhole() throws {
        let crawl = try Self.crawl(recrawl: .seconds(600)) { at in
            at - Self.start < .hours(5)
                ? .cut("User-agent: *\nDisallow: /private\nDis") : .text("User-agent: *\nDisallow: /private\n")
        }
        crawl.enqueue([Self.page])
        crawl.time.run(until: Self.start + .hours(10))
        let robots = crawl.times(Self.robots)
        #expect((6...9).contains(robots.count))
        #expect(crawl.times(Self.page).count >= 58)
        let origin = try #require(try crawl.store.originRecord("http://a.test")?.robots)
        #expect(origin.fault == nil && origin.outcome == .success)
    }

    @Test("a file that can be read again ends the hold", arguments: cases.filter { !$0.isCrawled && $0.fault != nil })
    func ends(entry: Case) throws {
        let crawl = try Self.crawl { at in
            at - Self.start < .minutes(10) ? entry.answer : .text("User-agent: *\nAllow: /\n")
        }
        crawl.enqueue([Self.page])
        crawl.time.run(for: .hours(2))
        #expect(crawl.times(Self.page).count == 1)
        #expect(try crawl.record(Self.page)?.hold == nil)
        #expect(try crawl.store.originRecord("http://a.test")?.robots?.fault == nil)
    }

    @Test("a page that is turned away is no success, and is asked again at its interval")
    func pages() throws {
        let settings = RobotsCrawlTests.settings { $0.recrawl = .every(.seconds(3600)) }
        let crawl = try VirtualCrawl(settings: settings) { request in
            switch request.url {
            case Self.robots: .text("")
            case "http://a.test/202": .challenge(202, cloudflare: false)
            case "http://a.test/206": .init(status: 206)
            default: .challenge(405)
            }
        }
        let urls = ["http://a.test/202", "http://a.test/206", "http://a.test/405"]
        crawl.enqueue(urls)
        crawl.time.run(for: .minutes(90))
        for url in urls {
            let record = try #require(try crawl.record(url))
            #expect(record.lastOutcome == .blocked && record.state == .scheduled, "\(url)")
            #expect(crawl.times(url).count == 2, "\(url)")
        }
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
    }
}
