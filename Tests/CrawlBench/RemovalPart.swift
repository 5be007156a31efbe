import ControlAPI
import CrawlTesting
import Foundation
import Synchronization

/// What the removal of a large origin costs others that write, beside a full crawl: a client enqueues one URL at a time,
/// each a commit of its own, as soon as the one before is acknowledged. First without the removal, then until that is
/// done, in the same daemon.
struct RemovalPart {
    /// Of the commits without it.
    static let alone = Duration.seconds(10)
    /// Until the crawl is under way.
    static let patience = Duration.seconds(60)

    struct Commits {
        /// From the request to its acknowledgement, in milliseconds, the quickest first.
        fileprivate(set) var latencies: [Double] = []
        /// URLs that the crawl fetched meanwhile.
        fileprivate(set) var fetched = 0
        fileprivate(set) var took = Duration.zero

        /// At least one was made.
        func latency(_ share: Double) -> Double {
            latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]
        }
        var fetchedPerSecond: Double { Double(fetched) / took.seconds }
    }

    struct Sample {
        var alone: Commits
        var beside: Commits
    }

    /// Of the crawl.
    let urls: Int
    /// Of the origin that is removed.
    let removed: Int

    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> Sample {
        let origins = max(1, urls / 100)
        let crawl = URLList(count: urls, loopbackOrigins: origins, port: port)
        let large = URLList(count: removed, loopbackOrigins: 1, after: origins, port: port)
        let clients = URLList(count: .max, loopbackOrigins: 1, after: origins + 1, port: port)
        let daemon = try Daemon(in: workspace, name: "removal", inFlight: inFlight, perOrigin: 1)
        try daemon.setPaused(true)
        let new =
            try daemon.enqueue(crawl.body(.random, as: .recrawled), as: ContentType.ndjson).new
            + daemon.enqueue(large.body(.clustered)).new
        guard new == urls + removed else { throw BenchFailure("\(new) of \(urls + removed) URLs were new") }
        try daemon.setPaused(false)
        try waitUntilUnderWay(daemon)

        var next = 0
        let end = ContinuousClock.now + Self.alone
        let alone = try commits(daemon, clients, from: &next) { ContinuousClock.now >= end }
        let removal = Removal()
        removal.begin(daemon, large.origins[0])
        let beside = try commits(daemon, clients, from: &next) { removal.isOver }
        guard try removal.affected() == removed else { throw BenchFailure("not all of the origin was removed") }
        _ = try daemon.stop()
        return Sample(alone: alone, beside: beside)
    }

    /// One in ten URLs was fetched.
    private func waitUntilUnderWay(_ daemon: Daemon) throws {
        let end = ContinuousClock.now + Self.patience
        while try fetched(daemon) < urls / 10 {
            guard ContinuousClock.now < end else { throw BenchFailure("the crawl does not begin") }
            usleep(CrawlPart.pollMicroseconds.before)
        }
    }

    private func fetched(_ daemon: Daemon) throws -> Int { try daemon.status().fetches.values.reduce(0, +) }

    private func commits(
        _ daemon: Daemon, _ clients: URLList, from next: inout Int, until isOver: () -> Bool
    ) throws -> Commits {
        var commits = Commits()
        let before = try fetched(daemon)
        let began = ContinuousClock.now
        repeat {
            let body = clients.origin(next) + clients.path(next)
            next += 1
            let sentAt = ContinuousClock.now
            guard try daemon.enqueue(body).new == 1 else { throw BenchFailure("a URL was not new") }
            commits.latencies.append((ContinuousClock.now - sentAt).seconds * 1000)
        } while !isOver()
        commits.took = ContinuousClock.now - began
        commits.fetched = try fetched(daemon) - before
        commits.latencies.sort()
        return commits
    }

    /// A request of its own, on a thread of its own.
    private final class Removal: Sendable {
        private let result = Mutex<Result<Int, any Error>?>(nil)

        var isOver: Bool { result.withLock { $0 != nil } }

        func begin(_ daemon: Daemon, _ origin: [UInt8]) {
            DetachedThread.run { [self] in
                let answer = Result { try daemon.remove(origin: origin) }
                result.withLock { $0 = answer }
            }
        }

        func affected() throws -> Int { try result.withLock { try $0?.get() ?? 0 } }
    }
}

extension RemovalPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        [
            ("commits beside a removal", Double(beside.latencies.count) / beside.took.seconds),
            ("crawl beside a removal", beside.fetchedPerSecond),
        ]
    }

    var line: String? {
        [("without", alone), ("beside", beside)].map { name, commits in
            let shares = [0.5, 0.99, 1].map { Figure.decimals(commits.latency($0), 1) }.joined(separator: ", ")
            return "\(name) the removal, \(Figure.decimals(commits.took.seconds, 1)) s: \(commits.latencies.count) "
                + "commits, 50 %, 99 % and the slowest \(shares) ms; crawl \(Int(commits.fetchedPerSecond)) URLs/s"
        }.joined(separator: "\n  ")
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "commits", "50 %", "99 %", "slowest", "s", "crawl URLs/s"])
        func add(_ name: String, _ commits: (Self) -> RemovalPart.Commits) {
            let all = samples.map(commits)
            let latencies = [0.5, 0.99, 1].map { share in Figure(all.map { $0.latency(share) }).text(1) }
            table.add(
                [name, Figure(all.map { Double($0.latencies.count) }).median(0)] + latencies
                    + [Figure(all.map(\.took.seconds)).median(1), Figure(all.map(\.fetchedPerSecond)).median(0)])
        }
        add("without", { $0.alone })
        add("beside it", { $0.beside })
        let ratios = [0.5, 0.99, 1].map { share in
            Figure(samples.map { $0.beside.latency(share) / $0.alone.latency(share) }).text(2)
        }
        let crawls = samples.map { $0.beside.fetchedPerSecond / $0.alone.fetchedPerSecond }
        table.add(["ratio", ""] + ratios + ["", Figure(crawls).median(2)])
        return """
            Commits of a client beside a full crawl, without and beside the removal of a large origin: from the request to
            its acknowledgement, in ms, one after the other. Aim for 99 % beside it: 200 ms.

            \(table.text)
            """
    }
}
