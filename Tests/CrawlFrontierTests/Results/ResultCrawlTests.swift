import CrawlService
import CrawlTesting
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// What a crawl tells of its answers, from the fetcher's facts to the feed's rows.
struct ResultCrawlTests {
    private static func page(_ version: UInt64) -> SimulatedFetcher.Answer {
        .init(status: 200) {
            $0.digest = Digest256(words: (0, 0, 0, version))
            $0.bodyBytes = 100 + Int64(version)
            $0.contentType = Array("text/html".utf8)
            var details = FetchDetails()
            details.etag = "\"1\""
            $0.details = details
        }
    }

    private static func crawl(
        keeps: Bool, _ answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws -> VirtualCrawl {
        var settings = CrawlLoop.Settings()
        settings.rules.robots.obeys = false
        settings.rules.recrawl = .every(.seconds(3600))
        settings.rules.keepsResults = keeps
        var options = FrontierStore.Options()
        options.results = keeps ? ResultLimits() : nil
        return try VirtualCrawl(settings: settings, options: options, answer: answer)
    }

    @Test("a page is new, the same, another one; what is no page is neither, and not compared with")
    func changed() throws {
        let began = VirtualTime().now()
        let crawl = try Self.crawl(keeps: true) { request in
            switch (request.at - began).ms / 3_600_000 {
            case 0, 1: Self.page(1)
            case 2: .init(status: 304)
            case 3: .init(status: 404)
            case 4: Self.page(1)
            default: Self.page(2)
            }
        }
        crawl.enqueue(["https://a.example/"])
        crawl.time.run(for: .seconds(3600 * 5 + 1800))
        let results = try crawl.store.results(after: nil, limit: 100, within: .max).rows
        let outcomes = ["success", "success", "notModified", "gone", "success", "success"]
        #expect(results.map { $0.outcome?.name } == outcomes)
        #expect(results.map(\.isChanged) == [true, false, false, nil, false, true])
        #expect(results.map { $0.digest?.words.3 } == [1, 1, 1, nil, 1, 2])
        #expect(results.map(\.bytes) == [101, 101, 0, 0, 101, 102])
        #expect(results.map(\.contentType) == ["text/html", "text/html", nil, nil, "text/html", "text/html"])
        #expect(results.map(\.at) == results.map(\.at).sorted())
    }

    @Test("a mark is told with the answer that led to it, and its end")
    func marked() throws {
        let began = VirtualTime().now()
        let crawl = try Self.crawl(keeps: true) { request in
            (request.at - began).ms < 4 * 3_600_000 ? .init(status: 520) : Self.page(1)
        }
        crawl.enqueue(["https://a.example/"])
        crawl.time.run(for: .seconds(24 * 3600))
        let results = try crawl.store.results(after: nil, limit: 1000, within: .max).rows
        #expect(results.compactMap(\.event) == [.broken, .resolved])
        #expect(results.first { $0.event == .broken }?.status == 520)
        #expect(results.first { $0.event == .resolved }?.status == 200)
    }

    @Test("where nothing is kept, answers carry nothing for it")
    func off() throws {
        let crawl = try Self.crawl(keeps: false) { _ in Self.page(1) }
        crawl.enqueue(["https://a.example/"])
        crawl.time.run(for: .seconds(60))
        #expect(try crawl.record("https://a.example/")?.attempts == 1)
        #expect(throws: ResultFault.off) { try crawl.store.results(after: nil, limit: 1, within: 1) }
    }
}
