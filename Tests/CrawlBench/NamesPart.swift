import ControlAPI
import CrawlTesting
import Foundation

/// What names cost: one URL of each of many names, to the same over literal addresses, one after the other in daemons of
/// their own. Measured until every URL had its first answer, or its name had none; a base, until its time is over.
struct NamesPart {
    /// Of a base, for all of its crawls together: an earlier crawld may need a quarter of an hour for the unknown names.
    static let baseLimit = Duration.seconds(120)
    /// A crawl of a base is not begun with less than this left.
    static let baseLeast = Duration.seconds(20)

    struct Run {
        /// URLs a second that were fetched or whose names are not known; of those names nobody answers for, pages alone.
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
        /// Its time was over before all URLs had their answers: the rates are those until then.
        var isCut: Bool
    }

    static let kinds: [NameServer.Kind] = [.good, .unknown, .silent]

    struct Sample {
        /// nil = it is of a base.
        var literal: Run?
        /// Of `kinds`, those that were measured.
        var named: [NameServer.Kind: Run] = [:]
        /// It is of a base that leaves names to the system's resolver.
        var asksSystem = false
    }

    let urls: Int
    let inFlight: Int

    func measure(_ pages: PageServer, _ names: NameServer, in workspace: Workspace) throws -> Sample {
        let literals = URLList(count: urls, loopbackOrigins: urls, port: pages.port)
        let named = URLList(count: urls, resolvedOrigins: urls, port: pages.port)
        func crawl(_ kind: NameServer.Kind, until end: ContinuousClock.Instant? = nil) throws -> Run {
            names.say(kind)
            return try self.crawl(named, names, kind, workspace, until: end)
        }
        var sample = Sample()
        guard workspace.isBase else {
            sample.literal = try self.crawl(literals, nil, .good, workspace)
            for kind in Self.kinds { sample.named[kind] = try crawl(kind) }
            return sample
        }
        sample.asksSystem = try !workspace.crawldKnowsNameServers()
        let end = ContinuousClock.now + Self.baseLimit
        // First what it is compared by.
        for kind in [.unknown] + Self.kinds.filter({ $0 != .unknown })
        where ContinuousClock.now + Self.baseLeast < end {
            sample.named[kind] = try crawl(kind, until: end)
        }
        return sample
    }

    private func crawl(
        _ list: URLList, _ names: NameServer?, _ kind: NameServer.Kind, _ workspace: Workspace,
        until end: ContinuousClock.Instant? = nil
    ) throws -> Run {
        var settings = Daemon.Settings(inFlight: inFlight)
        settings.nameServer = names
        let daemon = try Daemon(in: workspace, name: "names", settings)
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let good = (0..<urls).count { kind.isGood($0) }
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        var threads = 0
        let unknown = kind == .unknown ? urls - good : 0
        let answers = try daemon.waitUntilAnswered("names", good: good, unreachable: unknown, until: end) {
            threads = max(threads, $0.threads)
        }
        let took = ContinuousClock.now - began
        guard answers.count > 0 else { throw BenchFailure("names: no answer in \(Int(took.seconds)) s") }
        let run = Run(
            perSecond: Double(answers.count) / took.seconds, goodPerSecond: Double(answers.done) / took.seconds,
            cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(answers.isCut ? answers.count : urls),
            wrong: wrong(answers.status, kind), threads: threads, memory: daemon.memory.peak, isCut: answers.isCut)
        // A clean end would wait for look-ups that are under way.
        if answers.isCut { try daemon.discard() } else { _ = try daemon.stop() }
        return run
    }

    /// A name that nobody answers for may be blamed on the site or not, as the others' answers come; one that is not known
    /// is asked again, and fails again.
    private func wrong(_ status: DaemonStatus, _ kind: NameServer.Kind) -> Int {
        let allowed: Set<String> =
            switch kind {
            case .good, .shared: ["success"]
            case .unknown: ["success", "unreachable"]
            case .silent: ["success", "unreachable", "inconclusive"]
            }
        return status.fetches.reduce(0) { $0 + (allowed.contains($1.key) ? 0 : $1.value) }
    }
}

/// How far a daemon came.
struct Answers {
    var status: DaemonStatus
    /// Pages that are stored.
    var done: Int
    /// These, and look-ups that found no name, as far as they were waited for.
    var count: Int
    /// The time was over before.
    var isCut: Bool
}

extension Daemon {
    /// Until all `good` pages are stored and so many look-ups have found no name, at least, or it is `end`; `look` is called
    /// now and then.
    func waitUntilAnswered(
        _ name: String, good: Int, unreachable: Int, until end: ContinuousClock.Instant? = nil,
        _ look: (Daemon) -> Void
    ) throws -> Answers {
        var last = 0
        var movedAt = ContinuousClock.now
        while true {
            let status = try status()
            look(self)
            let done = status.urls["done"] ?? 0
            let answered = done + min(unreachable, status.fetches["unreachable"] ?? 0)
            let isOver = done == good && answered >= good + unreachable
            let isCut = !isOver && end.map { ContinuousClock.now >= $0 } ?? false
            if isOver || isCut { return Answers(status: status, done: done, count: answered, isCut: isCut) }
            if answered > last {
                last = answered
                movedAt = .now
            } else if end == nil, ContinuousClock.now - movedAt > CrawlPart.patience {
                throw BenchFailure("\(name): stuck after \(done) of \(good): \(status.urls) \(status.fetches)")
            }
            let isNearItsEnd = answered > (good + unreachable) * 9 / 10
            usleep(isNearItsEnd ? CrawlPart.pollMicroseconds.last : CrawlPart.pollMicroseconds.before)
        }
    }
}

extension NamesPart.Sample: RoundSample {
    private static func rate(_ kind: NameServer.Kind) -> String { "names, " + kind.rawValue }

    var rates: [(name: String, perSecond: Double)] {
        NamesPart.kinds.compactMap { kind in named[kind].map { (Self.rate(kind), $0.perSecond) } }
    }

    var aimsBeside: [String: Double] { asksSystem ? [Self.rate(.unknown): 20] : [:] }

    var line: String? {
        func text(_ name: String, _ run: NamesPart.Run?) -> String {
            guard let run else { return "\(name): not measured, its time was over" }
            return "\(name): \(Int(run.perSecond)) URLs/s\(run.isCut ? " until its time was over" : ""), CPU "
                + "\(Figure.decimals(run.cpuPerURL, 1)) µs a URL, \(run.wrong) wrong, \(run.threads) threads, "
                + "\(run.memory / 1_000_000) MB"
        }
        let texts = NamesPart.kinds.map { text($0.rawValue, named[$0]) }
        return ((literal.map { [text("literal", $0)] } ?? []) + texts).joined(separator: "\n  ")
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["names", "URLs/s", "of", "ratio", "aim", "CPU µs", "wrong", "threads", "RSS MB"])
        func add(
            _ name: String, _ runs: [NamesPart.Run], _ of: String = "", _ aim: String = "", _ ratios: [Double] = []
        ) {
            table.add([
                name, Figure(runs.map(\.perSecond)).text(1, per: 1000), of,
                ratios.isEmpty ? "" : Figure(ratios).text(2), aim, Figure(runs.map(\.cpuPerURL)).median(1),
                "\(runs.map(\.wrong).max() ?? 0)", "\(runs.map(\.threads).max() ?? 0)", megabytes(runs.map(\.memory)),
            ])
        }
        func runs(_ kind: NameServer.Kind) -> [NamesPart.Run] { samples.compactMap { $0.named[kind] } }
        // Of this crawld all are measured.
        let (literal, good, unknown, silent) = (
            samples.compactMap(\.literal), runs(.good), runs(.unknown), runs(.silent)
        )
        add("literal", literal)
        add("all good", good, "literal", "0.75", zip(good, literal).map { $0.perSecond / $1.perSecond })
        add("30 % unknown", unknown, "all good", "1.00", zip(unknown, good).map { $0.perSecond / $1.perSecond })
        add("5 % silent", silent, "all good", "0.80", zip(silent, good).map { $0.goodPerSecond / $1.goodPerSecond })
        let cost = Figure(zip(good, literal).map { $0.cpuPerURL - $1.cpuPerURL })
        return """
            One URL of each name, thousands a second, each name with its own address and a name server that answers 20 ms
            late, to literal addresses; of the silent ones, pages of the others. Wrong: outcomes that are not what the
            names and pages are; aim 0. Threads: aim 12 at most.

            \(table.text)
            A name costs \(cost.text(1)) µs of CPU more than a literal address; aim: 25.
            """
    }
}
