import ControlAPI
import CrawlTesting
import Foundation

/// What a large frontier costs: a crawl beside many known URLs that are not due, to the same crawl without them; and what
/// the daemon does with them while nothing is due.
struct KnownPart {
    static let origins = 10_000
    /// URLs a request.
    static let slice = 1_000_000
    /// Without work.
    static let rest: UInt32 = 60

    struct Sample {
        var known: Int
        /// URLs a second; nil = not measured.
        var alone: Double?
        var beside: Double?
        /// Of one core; nil = not measured.
        var idleShare: Double?
        var idleWakeUps: Double?
        var bytesPerURL: Double
        var memory: Int
    }

    let known: Int
    let urls: Int
    /// Which of the two is measured.
    let isFlat: Bool
    let isIdle: Bool

    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> Sample {
        let crawl = URLList(count: urls, loopbackOrigins: max(1, urls / 100), port: port)
        var alone: Double?
        if isFlat {
            let daemon = try Daemon(in: workspace, name: "known", inFlight: inFlight, perOrigin: 1)
            alone = try fetch(crawl, daemon)
            _ = try daemon.stop()
        }
        let daemon = try Daemon(in: workspace, name: "known", inFlight: inFlight, perOrigin: 1)
        let list = URLList(count: known, namedOrigins: Self.origins)
        let order = list.indices(.clustered)
        for start in stride(from: 0, to: known, by: Self.slice) {
            let end = min(known, start + Self.slice)
            let new = try daemon.enqueue(list.body(of: order[start..<end], as: .later), as: ContentType.ndjson).new
            guard new == end - start else { throw BenchFailure("\(new) of \(end - start) URLs were new") }
        }
        let bytes = Double(try daemon.status().databaseBytes) / Double(known)
        var sample = Sample(known: known, alone: alone, bytesPerURL: bytes, memory: 0)
        if isIdle {
            sleep(2)
            let (cpu, wakeUps) = (daemon.cpuMicroseconds, daemon.wakeUps)
            sleep(Self.rest)
            sample.idleShare = (daemon.cpuMicroseconds - cpu) / 1e6 / Double(Self.rest)
            let woken = daemon.wakeUps.reduce(0) { $0 + $1.value - (wakeUps[$1.key] ?? 0) }  // of threads that are left
            sample.idleWakeUps = Double(woken) / Double(Self.rest)
        }
        if isFlat { sample.beside = try fetch(crawl, daemon) }
        sample.memory = daemon.memory.peak
        _ = try daemon.stop()
        return sample
    }

    private func fetch(_ list: URLList, _ daemon: Daemon) throws -> Double {
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        try daemon.waitUntilDone("flat", urls)
        return Double(urls) / (ContinuousClock.now - began).seconds
    }
}

extension KnownPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        beside.map { [("crawl beside \(known) known URLs", $0)] } ?? []
    }

    var line: String? {
        var texts: [String] = []
        if let alone, let beside {
            texts.append(
                "\(Int(alone)) URLs/s with nothing known, \(Int(beside)) beside \(known) known, ratio "
                    + Figure.decimals(beside / alone, 2))
        }
        if let idleShare, let idleWakeUps {
            texts.append(
                "idle with \(known) known: \(Figure.decimals(idleShare * 100, 3)) % CPU, "
                    + "\(Figure.decimals(idleWakeUps, 1)) wake-ups/s")
        }
        return (texts + ["\(Figure.decimals(bytesPerURL, 1)) B a known URL, RSS \(memory / 1_000_000) MB"]).joined(
            separator: "\n  ")
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["\(samples[0].known) known URLs", "", "aim"])
        if samples.contains(where: { $0.beside != nil }) {
            table.add([
                "crawl with nothing known, thousands of URLs/s", Figure(samples.compactMap(\.alone)).text(1, per: 1000),
                "",
            ])
            table.add([
                "the same beside them", Figure(samples.compactMap(\.beside)).text(1, per: 1000), "",
            ])
            let ratios = samples.compactMap { sample in
                sample.alone.flatMap { alone in sample.beside.map { $0 / alone } }
            }
            table.add(["ratio", Figure(ratios).text(2), "0.80"])
        }
        if samples.contains(where: { $0.idleShare != nil }) {
            table.add(["idle, % of a core", Figure(samples.compactMap(\.idleShare)).text(3, per: 0.01), "0.1"])
            table.add(["idle, wake-ups a second", Figure(samples.compactMap(\.idleWakeUps)).text(1), ""])
        }
        table.add(["bytes a known URL", Figure(samples.map(\.bytesPerURL)).median(1), "130"])
        table.add(["RSS MB", megabytes(samples.map(\.memory)), ""])
        return table.text
    }
}
