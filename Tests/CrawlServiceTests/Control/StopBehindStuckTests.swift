import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// A worker that turns out not to come back while the daemon is stopping already.
@Suite struct StopBehindStuckTests {
    @Test("the stop ends soon, with all that waits behind the worker still to do", arguments: [false, true])
    func hurries(isLate: Bool) throws {
        // As behind a stuck call: no answer comes, and nothing is heard of being cancelled.
        let crawl = try ExplainTests.crawl { _ in .init(status: 200, latency: .hours(1)) }
        let urls = ["http://a.test/", "http://b.test/"]
        crawl.enqueue(urls)
        let tickets = crawl.inFlight()
        #expect(tickets.count == 2)
        let end = Mutex<Instant?>(nil)
        let begin = crawl.time.now()
        crawl.loop.stop(deadline: begin + CrawlRunner.stopDeadline) { [time = crawl.time] _ in
            end.withLock { $0 = time.now() }
        }
        crawl.time.run(for: isLate ? .seconds(14) : .seconds(1))
        crawl.loop.leaveBehind(Array(tickets.prefix(1)))
        crawl.time.run(for: .minutes(1))
        // Five seconds for what others have and two to be cancelled, and never later than without it.
        #expect(end.withLock { $0 }.map { $0 - begin } == (isLate ? .seconds(17) : .seconds(8)))
        try crawl.restart()
        for url in urls { #expect(try crawl.record(url)?.attempts == 0) }
    }
}
