import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// Days of recrawls on virtual time: real scheduler, loop and store.
@Suite struct RecrawlTimelineTests {
    static let url = "http://a.test/page"
    static let start = VirtualTime().now()
    static let day = Duration.hours(24)

    static func settings(_ edit: (inout SchedulerRules) -> Void = { _ in }) -> CrawlLoop.Settings {
        GoldenTimelineTests.settings {
            $0.recrawl = .adaptive(day)
            edit(&$0)
        }
    }

    /// A page with this text, asked without validators.
    static func page(_ version: Int) -> SimulatedFetcher.Answer {
        .init(status: 200) {
            $0.digest = Digest256(words: (UInt64(version), 0, 0, 0))
            $0.bodyBytes = 10
        }
    }

    /// Sums: the time from the start to each request, by the seconds between them.
    static func times(_ gaps: Int...) -> [Duration] {
        gaps.reduce(into: [.zero]) { $0.append(($0.last ?? .zero) + .seconds($1)) }
    }

    @Test("a page that never changes is asked ever more seldom")
    func unchanged() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { _ in Self.page(1) }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day / 2)
        #expect(try crawl.record(Self.url)?.recrawl == nil, "the default, until it adapts")
        crawl.time.run(until: Self.start + Self.day * 6)
        // 1 d; 1.2 d, 1.44 d, 1.728 d, up to a second.
        #expect(crawl.times(Self.url) == Self.times(86_400, 103_680, 124_416, 149_300))
        #expect(try crawl.record(Self.url)?.recrawl == .adaptive(.seconds(179_160)))
    }

    @Test("a page that always changes is asked ever more often")
    func changed() throws {
        let settings = Self.settings { $0.recrawlBounds.shortest = .hours(8) }
        let crawl = try VirtualCrawl(settings: settings) { request in
            Self.page(Int(request.at.ms & 0xFFFF_FFFF))
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day * 3)
        // 1 d; 0.8 d, 0.64 d, 0.512 d, down to a second.
        #expect(crawl.times(Self.url) == Self.times(86_400, 69_120, 55_296, 44_236))
        crawl.time.run(until: Self.start + Self.day * 6)
        #expect(try crawl.record(Self.url)?.recrawl == .adaptive(.hours(8)), "and comes to rest at the shortest")
    }

    @Test("520s between two good answers leave the interval, and what the page was, as they are")
    func failures() throws {
        let outage = Self.start + Self.day...Self.start + Self.day + .minutes(10)
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            outage.contains(request.at) ? .init(status: 520) : Self.page(1)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day + .minutes(14))
        #expect(try crawl.record(Self.url)?.health?.phase == .pending)
        #expect(try crawl.record(Self.url)?.recrawl == nil)
        crawl.time.run(until: Self.start + Self.day * 3)
        // Burst and probes; good again at the one after 15 min: unchanged since, so 1.2 d from there.
        let back = Self.day + .minutes(15)
        #expect(
            crawl.times(Self.url)
                == [.zero, Self.day] + [1, 3, 7, 15, 300].map { Self.day + .seconds($0) }
                + [back, back + .seconds(103_680)])
    }

    @Test("validators go out with the next request, and a 304 counts as unchanged and replaces them")
    func conditional() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            var details = FetchDetails()
            details.etag = request.etag == nil ? "W/\"one\"" : "W/\"two\""
            details.lastModified = request.etag == nil ? "Tue, 01 Jul 2025 10:00:00 GMT" : nil
            return .init(status: request.etag == nil ? 200 : 304) { [details] in
                if $0.status == 200 { $0.digest = Digest256(words: (1, 2, 3, 4)) }
                $0.bodyBytes = $0.status == 200 ? 77 : 0
                $0.details = details
            }
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + Self.day * 3)
        #expect(crawl.log.map(\.etag) == [nil, "W/\"one\"", "W/\"two\""])
        #expect(crawl.log.map(\.lastModified) == [nil] + Array(repeating: "Tue, 01 Jul 2025 10:00:00 GMT", count: 2))
        #expect(crawl.times(Self.url) == Self.times(86_400, 103_680))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.lastOutcome == .notModified && record.state == .scheduled)
        #expect(record.content?.digest == Digest256(words: (1, 2, 3, 4)) && record.content?.bytes == 77)
        #expect(record.content?.etag == "W/\"two\"")
    }

    @Test("validators outlive the process")
    func restart() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            .init(status: request.etag == nil ? 200 : 304) {
                var details = FetchDetails()
                details.etag = "\"one\""
                $0.details = details
            }
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(1))
        crawl.stop()
        try crawl.restart()
        crawl.time.run(until: Self.start + Self.day * 2)
        #expect(crawl.log.map(\.etag) == [nil, "\"one\""])
    }

    struct Gone: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var recrawl: Recrawl
        var second: Duration?
        var shown: Recrawl?
    }

    @Test(
        "a page that is gone", arguments: [404, 410] as [Int32],
        [
            Gone(
                testDescription: "adaptive: the longest interval", recrawl: .adaptive(.hours(1)), second: .hours(240),
                shown: .adaptive(.hours(240))),
            Gone(
                testDescription: "fixed: stays", recrawl: .every(.hours(2)), second: .hours(2), shown: .every(.hours(2))
            ),
            Gone(testDescription: "never: not again", recrawl: .never, shown: .never),
        ])
    func gone(status: Int32, test: Gone) throws {
        let crawl = try VirtualCrawl(settings: Self.settings { $0.recrawlBounds.longest = .hours(240) }) { _ in
            .init(status: status)
        }
        var options = EnqueueOptions()
        options.recrawl = test.recrawl
        crawl.enqueue([Self.url], options: options)
        crawl.time.run(until: Self.start + .hours(1))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .gone && record.recrawl == test.shown)
        #expect(record.dueAt == test.second.map { Self.start + $0 })
        crawl.time.run(until: Self.start + .hours(241))
        #expect(crawl.times(Self.url).dropFirst().first == test.second)
    }

    @Test("adaptive without an interval starts at the configured one, and shows none until it moves")
    func startsAtTheConfigured() throws {
        let crawl = try VirtualCrawl(
            settings: Self.settings {
                $0.recrawl = .never
                $0.recrawlBounds.start = .hours(10)
            }
        ) { _ in Self.page(1) }
        var options = EnqueueOptions()
        options.recrawl = .adaptive(nil)
        crawl.enqueue([Self.url], options: options)
        crawl.enqueue(["http://a.test/never"])
        crawl.time.run(until: Self.start + .hours(9))
        #expect(try crawl.record(Self.url)?.recrawl == .adaptive(nil))
        crawl.time.run(until: Self.start + .hours(23))
        #expect(crawl.times(Self.url) == [.zero, .hours(10), .hours(22)])
        #expect(crawl.times("http://a.test/never") == [.zero])
    }
}
