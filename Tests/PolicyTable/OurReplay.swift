import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization

/// The month under crawld itself: its scheduler, loop, health machine and SQLite store with the default configuration,
/// on virtual time; only the network is simulated.
struct OurReplay {
    let month: SimulatedMonth
    var name = "crawld"
    /// Health rules other than the defaults.
    var change: (inout HealthRules) -> Void = { _ in }
    /// Called after each day.
    let onDay: (Int) -> Void

    func run() throws -> CrawlRecord {
        var settings = CrawlLoop.Settings()
        change(&settings.rules.health)
        settings.random = { [seed = month.seed] in SeededRandom(seed: seed) }
        var options = FrontierStore.Options()
        options.random = settings.random
        let start = VirtualTime().now()
        let shared = Shared(name: name, month: month, start: start)
        let crawl = try VirtualCrawl(settings: settings, options: options, inMemory: true, keepsLog: false) {
            shared.answer($0)
        }
        var enqueue = EnqueueOptions()
        enqueue.recrawl = .every(SimulatedMonth.recrawl)
        for (number, origin) in month.origins.enumerated() {
            for (page, due) in origin.firstDue.enumerated() {
                enqueue.dueAt = start + .milliseconds(due)
                crawl.enqueue(["http://o\(number).test/\(page)"], options: enqueue)
            }
        }
        for day in 1...30 {
            crawl.time.run(until: start + .hours(24 * Double(day)))
            onDay(day)
        }
        var result = shared.record.withLock { $0 }
        result.sendsAlerts = true
        for alert in try crawl.store.alerts(after: 0, limit: .max).map(\.alert) where alert.facts.event == .brokenOrigin
        {
            guard let origin = Self.number(alert.facts.origin) else { continue }
            let mark = CrawlRecord.Mark(at: (alert.at - start).ms, origin: origin)
            result.alerts.append(mark)
            result.marks.append(mark)
        }
        return result
    }

    private static func number(_ origin: String?) -> Int? {
        origin?.wholeMatch(of: /http:\/\/o(\d+)\.test/).flatMap { Int($0.1) }
    }

    /// What the simulated sites share with the test's thread.
    private final class Shared: Sendable {
        let record: Mutex<CrawlRecord>
        let month: SimulatedMonth
        let start: Instant

        init(name: String, month: SimulatedMonth, start: Instant) {
            record = Mutex(CrawlRecord(name: name, month: month))
            self.month = month
            self.start = start
        }

        func answer(_ request: SimulatedFetcher.Request) -> SimulatedFetcher.Answer {
            // http://oN.test/PATH
            let rest = request.url.dropFirst("http://o".count)
            guard let dot = rest.firstIndex(of: "."), let slash = rest.firstIndex(of: "/"),
                let origin = Int(rest[..<dot]), month.origins.indices.contains(origin)
            else { return .init(status: 404) }
            let at = (request.at - start).ms
            let isGood = !month.origins[origin].outage.contains(at)
            guard let page = Int(rest[rest.index(after: slash)...]) else {
                if !isGood { record.withLock { $0.robotsFailures[origin].append(at) } }
                return .init(status: isGood ? 404 : 520)
            }
            record.withLock { $0.pages[origin][page].append(CrawlRecord.Answer(at: at, isGood: isGood)) }
            return .init(status: isGood ? 200 : 520)
        }
    }
}
