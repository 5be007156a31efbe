import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Redirects are scheduled: the target is a URL of its own. Real scheduler, loop and store, virtual time.
@Suite struct RedirectCrawlTests {
    static let start = VirtualTime().now()

    /// `moves` maps a URL to where it is redirected; all else is 200.
    static func crawl(
        _ moves: [String: String?], status: Int32 = 302, delay: Duration = .zero, recrawl: Recrawl = .never
    ) throws -> VirtualCrawl {
        try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: delay) { $0.recrawl = recrawl }) { request in
            guard let target = moves[request.url] else { return .init(status: 200) }
            return .redirect(status, to: target)
        }
    }

    @Test(
        "the target is asked under its own origin's delay, with the source's priority and meta", arguments: [301, 302])
    func target(status: Int32) throws {
        let isPermanent = status == 301
        let crawl = try Self.crawl(["http://a.test/old": "http://b.test/new"], status: status, delay: .seconds(10))
        var options = EnqueueOptions()
        options.priority = 7
        options.meta = #"{"k":1}"#
        options.recrawl = .every(.seconds(86_400))
        crawl.enqueue(["http://b.test/first"])
        crawl.enqueue(["http://a.test/old"], options: options)
        crawl.time.run(for: .minutes(1))
        #expect(crawl.times("http://b.test/new") == [.seconds(10)])
        let target = try #require(try crawl.record("http://b.test/new"))
        #expect(target.priority == 7 && target.meta == #"{"k":1}"#)
        #expect(target.state == (isPermanent ? .scheduled : .done))
        #expect(target.recrawl == (isPermanent ? .every(.seconds(86_400)) : .never), "its sources bring it back")
        let source = try #require(try crawl.record("http://a.test/old"))
        #expect(source.lastOutcome == .redirected && source.state == (isPermanent ? .done : .scheduled))
        #expect(source.redirects.map(\.target) == ["http://b.test/new"])
        #expect(source.redirects.map(\.isPermanent) == [isPermanent])
    }

    @Test("robots.txt of the target's origin counts for the target")
    func robots() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            switch request.url {
            case "http://b.test/robots.txt": .text("User-agent: *\nDisallow: /new\n")
            case "http://a.test/old": .redirect(to: "http://b.test/new")
            default: .init(status: 404)
            }
        }
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://b.test/new")?.state == .refused)
        #expect(crawl.times("http://b.test/new").isEmpty)
    }

    @Test("ten hops are followed and shown, an eleventh is not", arguments: [9, 10, 11, 30])
    func chain(length: Int) throws {
        var moves: [String: String?] = [:]
        for n in 0..<length { moves["http://h\(n).test/"] = "http://h\(n + 1).test/" }
        let crawl = try Self.crawl(moves)
        crawl.enqueue(["http://h0.test/"])
        crawl.time.run(for: .minutes(1))
        let followed = min(length, Redirect.limit)
        #expect(crawl.log.count == followed + 1)
        let chain = try #require(try crawl.record("http://h0.test/")).redirects
        #expect(chain.map(\.target) == (1...min(length, 11)).map { "http://h\($0).test/" })
        #expect(chain.compactMap(\.problem) == (length > 10 ? ["too-many-redirects"] : []))
        #expect(try crawl.record("http://h11.test/") == nil || length < 11)
    }

    struct Loop: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var moves: [String: String?]
        var requests: Int
    }

    @Test(
        "loops are found",
        arguments: [
            Loop(testDescription: "itself", moves: ["http://a.test/0": "http://a.test/0"], requests: 1),
            Loop(
                testDescription: "two",
                moves: ["http://a.test/0": "http://b.test/1", "http://b.test/1": "http://a.test/0"],
                requests: 2),
            Loop(
                testDescription: "three",
                moves: [
                    "http://a.test/0": "http://b.test/1", "http://b.test/1": "http://c.test/2",
                    "http://c.test/2": "http://a.test/0",
                ], requests: 3),
            Loop(
                testDescription: "a tail into a loop",
                moves: [
                    "http://a.test/0": "http://b.test/1", "http://b.test/1": "http://c.test/2",
                    "http://c.test/2": "http://b.test/1",
                ], requests: 3),
        ])
    func loops(_ entry: Loop) throws {
        let crawl = try Self.crawl(entry.moves)
        crawl.enqueue(["http://a.test/0"])
        crawl.time.run(for: .hours(48))
        #expect(crawl.log.count == entry.requests)
        let chain = try #require(try crawl.record("http://a.test/0")).redirects
        #expect(chain.last?.problem == "redirect-loop")
        #expect(try crawl.store.stats().urls[.scheduled] ?? 0 == 0)
    }

    @Test("a permanent redirect is remembered: only the target is asked again", arguments: [301, 308, 302, 303, 307])
    func permanent(status: Int32) throws {
        let crawl = try Self.crawl(
            ["http://a.test/old": "http://a.test/new"], status: status, recrawl: .every(.seconds(3600)))
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .minutes(200))
        let isPermanent = status == 301 || status == 308
        #expect(crawl.times("http://a.test/old").count == (isPermanent ? 1 : 4))
        #expect(crawl.times("http://a.test/new").count == 4)
        #expect(try crawl.record("http://a.test/old")?.state == (isPermanent ? .done : .scheduled))
    }

    @Test("however many sources a temporary redirect has, its target is asked about as often as one of them")
    func manySources() throws {
        let sources = (0..<20).map { "http://a.test/page-\($0)" }
        let moves = Dictionary(uniqueKeysWithValues: sources.map { ($0, "http://a.test/login" as String?) })
        let crawl = try Self.crawl(moves, recrawl: .every(.seconds(3600)))
        crawl.enqueue(sources)
        crawl.time.run(for: .minutes(200))
        #expect(crawl.times("http://a.test/login").count == 4)
    }

    @Test("the target of a temporary redirect that is enqueued by hand is a URL like any other from then on")
    func takenOver() throws {
        let crawl = try Self.crawl(["http://a.test/old": "http://a.test/new"])
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://a.test/new")?.recrawl == .never)
        crawl.enqueue(["http://a.test/new"])
        crawl.time.run(for: .minutes(1))
        let target = try #require(try crawl.record("http://a.test/new"))
        #expect(target.recrawl == nil && target.attempts == 2 && target.state == .done)
    }

    @Test("a permanent redirect hands its interval to a known target that has none", arguments: [nil, 7200.0])
    func interval(own: Double?) throws {
        let crawl = try Self.crawl(["http://a.test/old": "http://a.test/new"], status: 301)
        var known = EnqueueOptions()
        known.recrawl = own.map { .every(.seconds($0)) }
        crawl.enqueue(["http://a.test/new"], options: known)
        crawl.time.run(for: .minutes(1))
        var options = EnqueueOptions()
        options.recrawl = .every(.seconds(3600))
        crawl.enqueue(["http://a.test/old"], options: options)
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://a.test/old")?.state == .done)
        #expect(try crawl.record("http://a.test/new")?.recrawl == .every(.seconds(own ?? 3600)))
        crawl.time.run(for: .minutes(60))
        #expect(crawl.times("http://a.test/new").count == (own == nil ? 2 : 1))
    }

    @Test("a chain over more than ten known hops is too long, and no loop", arguments: [1, 9, 10, 11])
    func knownChain(hops: Int) throws {
        var moves: [String: String?] = [:]
        for n in 0..<hops { moves["http://h\(n).test/"] = "http://h\(n + 1).test/" }
        let crawl = try Self.crawl(moves)
        for n in (0...hops).reversed() {
            crawl.enqueue(["http://h\(n).test/"])
            crawl.time.run(for: .seconds(10))
        }
        let first = try #require(try crawl.record("http://h0.test/")?.redirects.first)
        #expect(first.problem == (hops > Redirect.limit ? "too-many-redirects" : nil))
    }

    @Test("a known target stays as it is")
    func known() throws {
        let crawl = try Self.crawl(["http://a.test/old": "http://a.test/new"])
        var options = EnqueueOptions()
        options.dueAt = Self.start + .hours(5)
        options.priority = 3
        crawl.enqueue(["http://a.test/new"], options: options)
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.log.count == 1)
        #expect(try crawl.record("http://a.test/new")?.priority == 3)
        #expect(try crawl.record("http://a.test/new")?.dueAt == Self.start + .hours(5))
    }

    @Test("a redirect without a target that can be crawled says so", arguments: [nil, "mailto:x@y", "ftp://a.test/"])
    func nowhere(target: String?) throws {
        let crawl = try Self.crawl(["http://a.test/old": target])
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://a.test/old")?.redirects.map(\.problem) == ["no-target"])
    }

    @Test("a redirect and its target survive a kill -9 together")
    func kill() throws {
        let crawl = try Self.crawl(["http://a.test/old": "http://b.test/new"])
        crawl.enqueue(["http://a.test/old"])
        crawl.time.run(for: .milliseconds(100))  // answered, not committed
        try crawl.restart()
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("http://b.test/new")?.state == .done)
        #expect(crawl.times("http://a.test/old").count == 2)
    }
}
