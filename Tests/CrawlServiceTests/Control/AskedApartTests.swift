import ControlAPI
import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlService

/// An origin that cost a worker more than its share: what people are told of it, and that one worker asks it.
@Suite struct AskedApartTests {
    private static let urls = (0..<31).map { "http://a.test/page-\($0)" }

    private func crawl(
        _ flags: FetchResult.Flags, isFailure: Bool, until end: Duration = .hours(1000)
    ) throws -> VirtualCrawl {
        let start = VirtualTime().now()
        return try ExplainTests.crawl(delay: .seconds(3), edit: { $0.perOriginInFlight = 4 }) { request in
            .init(status: 200, latency: .seconds(2)) { result in
                guard request.url == "http://a.test/page-2", request.at < start + end else { return }
                result.flags.formUnion(flags)
                guard isFailure else { return }
                result.status = 0
                result.flags.remove(.headersComplete)
                result.curlCode = 56
            }
        }
    }

    @Test("for ten minutes without a streak")
    func tenMinutes() throws {
        let crawl = try crawl(.overdrew, isFailure: false)
        #expect(crawl.snapshot()?.originsApart == 0)
        // Before the others, so that there are some to be asked apart.
        crawl.enqueue([Self.urls[2]])
        crawl.time.run(for: .seconds(20))
        crawl.enqueue(Self.urls.prefix(20) + ["http://b.test/"])
        crawl.time.run(for: .minutes(2))
        let apart = try #require(try ExplainTests.explain(Self.urls[5], crawl).askedApart)
        #expect(apart.reason == "overdrew" && apart.until != nil)
        #expect(try ExplainTests.explain("http://b.test/", crawl).askedApart == nil)
        #expect(crawl.snapshot()?.originsApart == 1)
        crawl.time.run(for: .minutes(20))
        #expect(try ExplainTests.explain(Self.urls[5], crawl).askedApart == nil)
        #expect(crawl.snapshot()?.originsApart == 0)
        crawl.enqueue([Self.urls[30]])
        crawl.time.run(for: .minutes(1))
        #expect(crawl.fetcher.workerFaults == [])
        #expect(crawl.log.contains { $0.route.isApart } && !crawl.log.contains { $0.route.http1 })
        #expect(crawl.log.last.map { $0.url == Self.urls[30] && !$0.route.isApart && $0.route.hasMoved } ?? false)
    }

    @Test("until the streak ends, over HTTP/1.1", arguments: [FetchResult.Flags.overhead, .stalledInParser])
    func streak(flag: FetchResult.Flags) throws {
        let crawl = try crawl(flag, isFailure: true, until: .minutes(12))
        crawl.enqueue(Array(Self.urls.prefix(20)))
        crawl.time.run(for: .minutes(11))
        let apart = try #require(try ExplainTests.explain(Self.urls[2], crawl).askedApart)
        #expect(apart.reason == (flag == .overhead ? "overhead" : "stalled-in-parser") && apart.until == nil)
        #expect(crawl.snapshot()?.originsApart == 1)
        crawl.time.run(for: .hours(3))
        #expect(try ExplainTests.explain(Self.urls[2], crawl).askedApart == nil)
        #expect(crawl.snapshot()?.originsApart == 0)
        #expect(crawl.fetcher.workerFaults == [])
        let apartRequests = crawl.log.filter { $0.route.isApart }
        #expect(!apartRequests.isEmpty && apartRequests.allSatisfy { $0.route.http1 })
    }
}
