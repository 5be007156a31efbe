import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// A crawl on a machine that has no sockets to give for a while.
@Suite struct LocalLimitCrawlTests {
    /// As a worker reports a request that found no descriptor.
    static let noSocket = SimulatedFetcher.Answer(status: 0) { result in
        result.curlCode = 7
        result.osErrno = 24
        result.flags = []
        result.remoteAddress = nil
    }

    static let good = SimulatedFetcher.Answer(status: 200, latency: .milliseconds(50))

    static let lack = Duration.seconds(10)..<Duration.seconds(70)

    private static func crawl(
        origins: Int, lack: Range<Duration> = lack, news: @escaping @Sendable (LocalLimit.News) -> Void = { _ in },
        edit: (inout SchedulerRules) -> Void = { _ in },
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in good }
    ) throws -> VirtualCrawl {
        let begin = Mutex<Instant?>(nil)
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: .seconds(1), edit: edit), onLocalLimit: news
        ) { request in
            let start = begin.withLock { begin in
                if begin == nil { begin = request.at }
                return begin ?? request.at
            }
            return lack.contains(request.at - start) ? noSocket : answer(request)
        }
        crawl.enqueue((0..<origins).flatMap { site in (0..<30).map { "http://site\(site).test/page-\($0)" } })
        return crawl
    }

    @Test("fetching pauses, tries again with growing waits, and goes on; nobody is blamed")
    func pause() throws {
        let told = Mutex<[LocalLimit.News]>([])
        let crawl = try Self.crawl(origins: 40, news: { news in told.withLock { $0.append(news) } })
        crawl.time.run(for: .seconds(30))
        let pause = try #require(crawl.snapshot()?.localPause)
        #expect(pause.since - crawl.start >= .seconds(10) && pause.since - crawl.start < .seconds(12))
        #expect(pause.errno == 24)
        let asked = Set(crawl.log.map(\.url))
        let url = try #require((0..<30).map { "http://site1.test/page-\($0)" }.first { !asked.contains($0) })
        let because = try #require(try WaitReasonTests.because(url, crawl))
        #expect(because.hasPrefix("local-limit: no socket can be had since "), "\(because)")
        #expect(because.contains("EMFILE"))
        crawl.time.run(for: .minutes(5))
        #expect(crawl.snapshot()?.localPause == nil)

        // What was under way when it began, then single tries: 0.25 s, 0.5 s … 30 s after one another.
        let failed = crawl.log.filter { Self.lack.contains($0.at - crawl.start) }
        #expect(failed.count <= 40 + 9, "\(failed.count)")
        #expect(told.withLock { $0 }.count == 2)
        guard case .began = told.withLock({ $0 }).first, case .ended = told.withLock({ $0 }).last else {
            Issue.record("\(told.withLock { $0 })")
            return
        }
        for site in 0..<40 {
            for page in 0..<30 {
                let record = try #require(try crawl.record("http://site\(site).test/page-\(page)"))
                #expect(record.state == .done)
                #expect(record.health == nil)
            }
        }
    }

    @Test("a streak that was open goes on as if the request had not been made")
    func streak() throws {
        // The second try of a burst, and the probes after it, meet no socket.
        let crawl = try Self.crawl(
            origins: 1, lack: .seconds(3)..<Duration.seconds(40), answer: { _ in SimulatedFetcher.Answer(status: 520) })
        crawl.time.run(for: .seconds(39))
        let url = try #require(crawl.log.first?.url)
        let held = try #require(try crawl.record(url))
        let run = try #require(held.health?.run)
        let answered = crawl.log.count { $0.url == url && $0.at - crawl.start < .seconds(3) }
        #expect(run.observations == answered)
        #expect(held.health?.requests == answered)
        #expect(held.health?.neutralTries == 0)
    }

    @Test("a robots.txt that met it is asked again at once, and holds nobody")
    func robots() throws {
        let crawl = try Self.crawl(origins: 1, lack: .zero..<Duration.seconds(2), edit: { $0.robots.obeys = true }) {
            $0.url.hasSuffix("/robots.txt") ? .init(status: 404) : Self.good
        }
        crawl.time.run(for: .seconds(10))
        #expect(crawl.times("http://site0.test/robots.txt").count >= 2)
        #expect(crawl.log.contains { $0.url.contains("/page-") })
        #expect(try crawl.record("http://site0.test/page-29")?.hold == nil)
    }

    @Test("a request that met it does not count in the day's budget")
    func budget() throws {
        let crawl = try Self.crawl(origins: 10)
        crawl.time.run(for: .minutes(10))
        #expect(crawl.snapshot()?.spentToday == 300)
    }
}
