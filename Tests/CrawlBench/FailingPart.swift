import ControlAPI
import CrawlTesting
import Foundation

/// What failing answers cost: a crawl of which one URL in five answers 520, to the same with good answers alone, one after
/// the other in daemons of their own. Measured until every URL had its first answer; those that failed are asked again
/// meanwhile, as the requests tell.
struct FailingPart {
    struct Run {
        var rate: CrawlSample.Rate
        var requests: Int
        var seconds: Double
        var requestsPerSecond: Double { Double(requests) / seconds }
    }

    struct Sample {
        var good: Run
        var failing: Run
        var ratio: Double { failing.rate.perSecond / good.rate.perSecond }
        var requestRatio: Double { failing.requestsPerSecond / good.requestsPerSecond }
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
    ) throws -> Run {
        let daemon = try Daemon(in: workspace, name: "failing", inFlight: inFlight, perOrigin: 1)
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        try daemon.waitUntilDone("failing", Int(Double(urls - failing) * Self.share))
        let took = ContinuousClock.now - began
        let rate = CrawlSample.Rate(
            perSecond: Double(urls) * Self.share / took.seconds,
            cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(urls) / Self.share)
        let requests = try daemon.status().fetches.values.reduce(0, +)
        _ = try daemon.stop()
        return Run(rate: rate, requests: requests, seconds: took.seconds)
    }

    /// Of the good ones; of all, as an origin's URLs are asked in the order in which they are due, whatever becomes of those
    /// before.
    private static let share = 0.9
}

extension FailingPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] { [("failing", failing.rate.perSecond)] }

    var line: String? {
        func text(_ run: FailingPart.Run) -> String {
            "\(Int(run.rate.perSecond)) URLs/s (\(Int(run.requestsPerSecond)) requests/s, CPU "
                + "\(Figure.decimals(run.rate.cpuPerURL, 1)) µs a URL)"
        }
        return "all good \(text(good)), one in five failing \(text(failing)), ratio \(Figure.decimals(ratio, 2)), of "
            + "requests \(Figure.decimals(requestRatio, 2))"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["failing", "all good", "one in five", "ratio", "aim"])
        func add(_ name: String, _ value: (FailingPart.Run) -> Double, _ aim: String) {
            table.add([
                name, Figure(samples.map { value($0.good) }).text(1, per: 1000),
                Figure(samples.map { value($0.failing) }).text(1, per: 1000),
                Figure(samples.map { value($0.failing) / value($0.good) }).text(2), aim,
            ])
        }
        add("URLs", { $0.rate.perSecond }, "0.85")
        add("requests", { $0.requestsPerSecond }, "")
        let cpu = [Figure(samples.map(\.good.rate.cpuPerURL)), Figure(samples.map(\.failing.rate.cpuPerURL))]
        return """
            One URL in five answers 520, to all good: thousands a second until nine in ten of the good ones are done. Those
            that failed are asked again meanwhile: requests.

            \(table.text)
            CPU: \(cpu.map { $0.median(0) }.joined(separator: " and ")) µs a URL.
            """
    }
}
