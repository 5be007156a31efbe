import ControlAPI
import CrawlTesting
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
        try daemon.waitUntilDone(name, urls)
        let took = ContinuousClock.now - began
        let rate = CrawlSample.Rate(
            perSecond: Double(urls) / took.seconds, cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(urls))
        let memory = daemon.memory.peak
        return CrawlSample(
            part: self, raw: raw, daemon: rate, memory: memory, bytesPerURL: Double(try daemon.stop()) / Double(urls))
    }
}

extension CrawlSample.Rate {
    /// A crawl of the whole list in a daemon of its own, until the last page is stored. `requests`: what it takes, pages and
    /// all else.
    init(
        _ name: String, _ list: URLList, requests: Int, _ settings: Daemon.Settings, in workspace: Workspace
    ) throws {
        let daemon = try Daemon(in: workspace, name: name, settings)
        try daemon.setPaused(true)
        let new = try daemon.enqueue(list.body(.random)).new
        guard new == list.count else { throw BenchFailure("\(new) of \(list.count) URLs were new") }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        try daemon.waitUntilDone(name, list.count)
        let took = ContinuousClock.now - began
        self.init(
            perSecond: Double(requests) / took.seconds, cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(requests))
        _ = try daemon.stop()
    }
}

extension Daemon {
    /// `done` is counted in the transaction that writes it: it says that the last commit is made.
    func waitUntilDone(_ name: String, _ urls: Int) throws {
        var done = 0
        var movedAt = ContinuousClock.now
        while true {
            let status = try status()
            let now = status.urls["done"] ?? 0
            if now >= urls { return }
            if now > done {
                done = now
                movedAt = .now
            } else if ContinuousClock.now - movedAt > CrawlPart.patience {
                throw BenchFailure("\(name): stuck after \(done) of \(urls): \(status.urls) \(status.fetches)")
            }
            usleep(now > urls * 9 / 10 ? CrawlPart.pollMicroseconds.last : CrawlPart.pollMicroseconds.before)
        }
    }
}

extension CrawlSample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        [(part.name, daemon.perSecond)]
    }

    var line: String? {
        "libcurl \(raw.map { Int($0.perSecond) }), crawld \(Int(daemon.perSecond)) URLs/s, ratio "
            + "\(Figure.decimals(ratio, 2)), CPU \(Figure.decimals(daemon.cpuPerURL, 1)) and "
            + "\(Figure.decimals(bestRaw.cpuPerURL, 1)) µs a URL, RSS \(memory / 1_000_000) MB"
    }

    static func told(_ samples: [CrawlSample]) -> String {
        var table = TextTable(["", "crawld", "libcurl", "ratio", "aim", "CPU µs", "RSS MB", "B/URL"])
        for samples in grouped(samples, by: \.part.name) {
            let cpu = [Figure(samples.map(\.daemon.cpuPerURL)), Figure(samples.map(\.bestRaw.cpuPerURL))]
            table.add([
                samples[0].part.name, Figure(samples.map(\.daemon.perSecond)).text(1, per: 1000),
                Figure(samples.map(\.bestRaw.perSecond)).text(1, per: 1000), Figure(samples.map(\.ratio)).text(2),
                Figure.decimals(samples[0].part.aim, 2), cpu.map { $0.median(0) }.joined(separator: "/"),
                megabytes(samples.map(\.memory)), Figure(samples.map(\.bytesPerURL)).median(0),
            ])
        }
        return """
            Crawl, thousands of URLs a second: from the first fetch to the last commit, beside libcurl alone in
            the same workers (the better of 1 and 2 of them). CPU: µs a URL of both, the server's not counted.

            \(table.text)
            Aim for memory: 150 MB. B/URL: with digest and validators of each page.
            """
    }
}
