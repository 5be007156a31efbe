import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// A crawl that has stopped for a suspect when our uplink goes down.
struct SuspectOfflineTests {
    @Test("the stop is given up, and the suspect is asked when we are back", .timeLimit(.minutes(1)))
    func offline() throws {
        let outage = Duration.minutes(60)..<(.minutes(70))
        let suspect = "http://site-5.test/suspect"
        let crawl = try VirtualCrawl(settings: GuardCrawl.settings()) { request in
            guard outage.contains(request.at - GuardCrawl.start) else {
                return .init(status: 200, latency: .milliseconds(100))
            }
            var answer = GuardCrawl.silence
            answer.latency = .seconds(7)
            return answer
        }
        var later = EnqueueOptions()
        later.dueAt = GuardCrawl.start + .minutes(60)
        crawl.enqueue([suspect], options: later)
        crawl.kill()
        let id = try #require(try crawl.record(suspect)).id
        for second in [-2.0, -1] {
            let end = FaultEnd(at: crawl.time.now() + .seconds(second), tickets: [id])
            _ = try crawl.store.note(end, now: crawl.time.now())
        }
        try crawl.restart()
        crawl.enqueue(GuardCrawl.sites(0..<200))
        crawl.time.run(until: GuardCrawl.start + .minutes(69))
        #expect(try GuardCrawl.events(crawl) == [.offline])
        #expect(crawl.snapshot()?.suspects == 1)
        crawl.time.run(until: GuardCrawl.start + .minutes(100))
        #expect(try GuardCrawl.events(crawl).prefix(2) == [.offline, .resolved])
        #expect(try crawl.record(suspect)?.lastOutcome == .success)
        #expect(crawl.snapshot()?.suspects == 0)
    }
}
