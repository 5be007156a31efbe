import ControlAPI
import Foundation

/// What one round of a crawl gave.
struct CrawlSample {
    struct Rate {
        /// URLs a second.
        var perSecond: Double
        /// Microseconds of CPU, the server's not counted.
        var cpuPerURL: Double
    }

    var part: CrawlPart
    /// libcurl alone, by the number of workers less one.
    var raw: [Rate]
    var daemon: Rate
    /// Bytes, at the highest.
    var memory: Int
    /// Bytes a URL after everything was fetched, with what is kept of each page.
    var bytesPerURL: Double

    var bestRaw: Rate { raw.max { $0.perSecond < $1.perSecond } ?? daemon }
    var ratio: Double { daemon.perSecond / bestRaw.perSecond }
}

/// End to end: URLs that wait in the frontier are fetched and their answers committed, against libcurl alone.
struct CrawlPart {
    /// Between two looks at how far the daemon is, which cost it time too: near its end, and before.
    static let pollMicroseconds: (last: UInt32, before: UInt32) = (20_000, 100_000)
    /// Without progress, before the part is given up.
    static let patience = Duration.seconds(60)

    let name: String
    let origins: Int
    let urls: Int
    /// The wanted ratio to the reference.
    let aim: Double

    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> CrawlSample {
        let list = URLList(count: urls, loopbackOrigins: origins, port: port)
        let raw = try (1...2).map { try RawCrawl(list, workers: $0, inFlight: inFlight).run(inFlight: inFlight) }

        let daemon = try Daemon(
            in: workspace, name: "crawl", inFlight: inFlight, perOrigin: origins == 1 ? inFlight : 1)
        try daemon.setPaused(true)
        let answer = try daemon.enqueue(list.body(.random))
        guard answer.new == urls else { throw BenchFailure("\(answer.new) of \(urls) URLs were new") }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        try waitUntilDone(daemon)
        let took = ContinuousClock.now - began
        let rate = CrawlSample.Rate(
            perSecond: Double(urls) / took.seconds, cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(urls))
        let memory = daemon.memory.peak
        return CrawlSample(
            part: self, raw: raw, daemon: rate, memory: memory, bytesPerURL: Double(try daemon.stop()) / Double(urls))
    }

    /// `done` is counted in the transaction that writes it: it says that the last commit is made.
    private func waitUntilDone(_ daemon: Daemon) throws {
        var done = 0
        var movedAt = ContinuousClock.now
        while true {
            let status = try daemon.status()
            let now = status.urls["done"] ?? 0
            if now == urls { return }
            if now > done {
                done = now
                movedAt = .now
            } else if ContinuousClock.now - movedAt > Self.patience {
                throw BenchFailure("\(name): stuck after \(done) of \(urls): \(status.urls) \(status.fetches)")
            }
            usleep(now > urls * 9 / 10 ? Self.pollMicroseconds.last : Self.pollMicroseconds.before)
        }
    }
}
