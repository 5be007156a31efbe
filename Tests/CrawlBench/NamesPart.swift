import ControlAPI
import CrawlTesting
import Foundation

/// What names cost: one URL of each of many names, to the same over literal addresses, one after the other in daemons of
/// their own. Measured until every URL had its first answer, or its name had none.
struct NamesPart {
    struct Run {
        /// URLs a second that were fetched or whose names are not known.
        var perSecond: Double
        /// Pages a second.
        var goodPerSecond: Double
        var cpuPerURL: Double
        /// URLs whose outcome is not what it has to be.
        var wrong: Int
        /// At most, beside the daemon's answers.
        var threads: Int
        /// Bytes, at the highest.
        var memory: Int
    }

    static let kinds: [NameServer.Kind] = [.good, .unknown, .silent]

    struct Sample {
        var literal: Run
        /// Of `kinds`.
        var named: [Run]

        func named(_ kind: NameServer.Kind) -> Run { named[NamesPart.kinds.firstIndex(of: kind) ?? 0] }
    }

    let urls: Int
    let inFlight: Int

    func measure(_ pages: PageServer, _ names: NameServer, in workspace: Workspace) throws -> Sample {
        let literals = URLList(count: urls, loopbackOrigins: urls, port: pages.port)
        let named = URLList(count: urls, resolvedOrigins: urls, port: pages.port)
        return Sample(
            literal: try crawl(literals, nil, .good, workspace),
            named: try Self.kinds.map { kind in
                names.say(kind)
                return try crawl(named, names.port, kind, workspace)
            })
    }

    private func crawl(
        _ list: URLList, _ nameServerPort: Int?, _ kind: NameServer.Kind, _ workspace: Workspace
    ) throws -> Run {
        var settings = Daemon.Settings(inFlight: inFlight)
        settings.nameServerPort = nameServerPort
        let daemon = try Daemon(in: workspace, name: "names", settings)
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let good = (0..<urls).count { kind.isGood($0) }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        var threads = 0
        let unknown = kind == .unknown ? urls - good : 0
        let status = try daemon.waitUntilAnswered("names", good: good, unreachable: unknown) {
            threads = max(threads, $0.threads)
        }
        let took = ContinuousClock.now - began
        let run = Run(
            perSecond: Double(kind == .silent ? good : urls) / took.seconds,
            goodPerSecond: Double(good) / took.seconds,
            cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(urls), wrong: wrong(status, kind), threads: threads,
            memory: daemon.memory.peak)
        _ = try daemon.stop()
        return run
    }

    /// A name that nobody answers for may be blamed on the site or not, as the others' answers come; one that is not known
    /// is asked again, and fails again.
    private func wrong(_ status: StatusReport, _ kind: NameServer.Kind) -> Int {
        let allowed: Set<String> =
            switch kind {
            case .good, .shared: ["success"]
            case .unknown: ["success", "unreachable"]
            case .silent: ["success", "unreachable", "inconclusive"]
            }
        return status.fetches.reduce(0) { $0 + (allowed.contains($1.key) ? 0 : $1.value) }
    }
}

extension Daemon {
    /// Until all `good` pages are stored and so many look-ups have found no name, at least; `look` is called now and then.
    func waitUntilAnswered(
        _ name: String, good: Int, unreachable: Int, _ look: (Daemon) -> Void
    ) throws -> StatusReport {
        var last = 0
        var movedAt = ContinuousClock.now
        while true {
            let status = try status()
            look(self)
            let done = status.urls["done"] ?? 0
            let answered = done + min(unreachable, status.fetches["unreachable"] ?? 0)
            if done == good, answered >= good + unreachable { return status }
            if answered > last {
                last = answered
                movedAt = .now
            } else if ContinuousClock.now - movedAt > CrawlPart.patience {
                throw BenchFailure("\(name): stuck after \(done) of \(good): \(status.urls) \(status.fetches)")
            }
            let isNearItsEnd = answered > (good + unreachable) * 9 / 10
            usleep(isNearItsEnd ? CrawlPart.pollMicroseconds.last : CrawlPart.pollMicroseconds.before)
        }
    }
}

extension NamesPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        zip(NamesPart.kinds, named).map { ("names, " + $0.rawValue, $1.perSecond) }
    }

    var line: String? {
        func text(_ name: String, _ run: NamesPart.Run) -> String {
            "\(name): \(Int(run.perSecond)) URLs/s, CPU \(Figure.decimals(run.cpuPerURL, 1)) µs a URL, \(run.wrong) wrong, "
                + "\(run.threads) threads, \(run.memory / 1_000_000) MB"
        }
        let named = zip(NamesPart.kinds, named).map { text($0.rawValue, $1) }
        return ([text("literal", literal)] + named).joined(separator: "\n  ")
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["names", "URLs/s", "of", "ratio", "aim", "CPU µs", "wrong", "threads", "RSS MB"])
        func add(
            _ name: String, _ run: (Self) -> NamesPart.Run, _ of: String = "", _ aim: String = "",
            _ ratio: ((Self) -> Double)? = nil
        ) {
            let runs = samples.map(run)
            table.add([
                name, Figure(runs.map(\.perSecond)).text(1, per: 1000), of,
                ratio.map { Figure(samples.map($0)).text(2) } ?? "", aim, Figure(runs.map(\.cpuPerURL)).median(1),
                "\(runs.map(\.wrong).max() ?? 0)", "\(runs.map(\.threads).max() ?? 0)", megabytes(runs.map(\.memory)),
            ])
        }
        add("literal", { $0.literal })
        add("all good", { $0.named(.good) }, "literal", "0.75") { $0.named(.good).perSecond / $0.literal.perSecond }
        add("30 % unknown", { $0.named(.unknown) }, "all good", "1.00") {
            $0.named(.unknown).perSecond / $0.named(.good).perSecond
        }
        add("5 % silent", { $0.named(.silent) }, "all good", "0.80") {
            $0.named(.silent).goodPerSecond / $0.named(.good).goodPerSecond
        }
        let cost = Figure(samples.map { $0.named(.good).cpuPerURL - $0.literal.cpuPerURL })
        return """
            One URL of each name, thousands a second, each name with its own address and a name server that answers 20 ms
            late, to literal addresses; of the silent ones, pages of the others. Wrong: outcomes that are not what the
            names and pages are; aim 0. Threads: aim 12 at most.

            \(table.text)
            A name costs \(cost.text(1)) µs of CPU more than a literal address; aim: 25.
            """
    }
}
