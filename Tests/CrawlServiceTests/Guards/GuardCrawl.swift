import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting

/// Crawls of many sites, of which many fail at once: real scheduler, loop and store, virtual time.
enum GuardCrawl {
    static let start = VirtualTime().now()

    /// Pages are asked again every 10 min.
    static func settings(edit: (inout SchedulerRules) -> Void = { _ in }) -> CrawlLoop.Settings {
        GoldenTimelineTests.settings {
            $0.recrawl = .every(.minutes(10))
            edit(&$0)
        }
    }

    static func site(_ n: Int) -> String { "http://site-\(n).test/" }
    static func sites(_ range: Range<Int>) -> [String] { range.map(site) }

    /// As Cloudflare answers: for the origin, or itself with a 5xx.
    static func edge(_ status: Int32, colo: String = "FRA") -> SimulatedFetcher.Answer {
        SimulatedFetcher.Answer(status: status) { result in
            var details = FetchDetails()
            details.server = "cloudflare"
            details.cfRay = "0123456789abcdef-\(colo)"
            result.details = details
            result.flags.insert(.edge)
        }
    }

    /// No route, no name, nothing.
    static let silence = SimulatedFetcher.Answer(status: 0) { result in
        result.flags = []
        result.curlCode = 7
        result.osErrno = 101
        result.remoteAddress = nil
    }

    static func events(_ crawl: VirtualCrawl) throws -> [AlertFacts.Event] {
        try crawl.store.alerts(after: 0, limit: 1000).map(\.alert.facts.event)
    }

    static func incidents(_ crawl: VirtualCrawl) throws -> [StoredIncident] {
        try crawl.store.incidents(openOnly: false, after: nil, limit: 1000)
    }

    /// What was asked from `from` to before `to` after the start.
    static func requests(_ crawl: VirtualCrawl, _ from: Duration, _ to: Duration) -> [SimulatedFetcher.Request] {
        crawl.log.filter { $0.at >= start + from && $0.at < start + to }
    }
}
