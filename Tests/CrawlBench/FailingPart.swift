import ControlAPI
import Foundation

/// What failing answers cost: a crawl of which one URL in five answers 520, to the same with good answers alone, one after
/// the other in daemons of their own. Measured until every URL had its first answer: those that failed are asked again
/// later, which is another matter.
struct FailingPart {
    struct Sample {
        var good: CrawlSample.Rate
        var failing: CrawlSample.Rate
        var ratio: Double { failing.perSecond / good.perSecond }
    }

    let urls: Int

    func measure(_ server: PageServer, inFlight: Int, in workspace: Workspace) throws -> Sample {
        let origins = max(1, urls / 100)
        return Sample(
            good: try crawl(URLList(count: urls, loopbackOrigins: origins, port: server.port), 0, inFlight, workspace),
            failing: try crawl(
                URLList(count: urls, loopbackOrigins: origins, port: server.failingPort), urls / 5, inFlight, workspace)
        )
    }

    private func crawl(
        _ list: URLList, _ failing: Int, _ inFlight: Int, _ workspace: Workspace
    ) throws -> CrawlSample.Rate {
        let daemon = try Daemon(in: workspace, name: "failing", inFlight: inFlight, perOrigin: 1)
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        try waitForAnswers(daemon, good: urls - failing)
        let took = ContinuousClock.now - began
        let rate = CrawlSample.Rate(
            perSecond: Double(urls) * Self.share / took.seconds,
            cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(urls) / Self.share)
        _ = try daemon.stop()
        return rate
    }

    /// Of the good ones; of all, as an origin's URLs are asked in the order in which they are due, whatever becomes of those
    /// before.
    private static let share = 0.9

    private func waitForAnswers(_ daemon: Daemon, good: Int) throws {
        let wanted = Int(Double(good) * Self.share)
        var done = 0
        var movedAt = ContinuousClock.now
        while true {
            let status = try daemon.status()
            let now = status.urls["done"] ?? 0
            if now >= wanted { return }
            if now > done {
                done = now
                movedAt = .now
            } else if ContinuousClock.now - movedAt > CrawlPart.patience {
                throw BenchFailure("failing: stuck after \(done) of \(wanted): \(status.urls) \(status.fetches)")
            }
            usleep(now > wanted * 9 / 10 ? CrawlPart.pollMicroseconds.last : CrawlPart.pollMicroseconds.before)
        }
    }
}
