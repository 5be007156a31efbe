import ControlAPI
import CrawlTesting
import Foundation

/// Other programs that fetch lists of URLs, over the same lists and servers as crawld, one after the other. What they do
/// with an answer differs: crawld commits it, Scrapy keeps its queue in JOBDIR, the others keep nothing.
struct PeersPart {
    /// A peer that needs longer is ended.
    static let patience = Duration.seconds(300)

    struct Sample {
        var list: String
        var peer: String
        /// URLs of the list.
        var urls: Int
        /// That the server was asked for.
        var fetched: Int
        var took: Duration
        var perSecond: Double { Double(urls) / took.seconds }
    }

    let urls: Int
    let inFlight: Int
    /// Where the peers from PyPI are installed, and their programs.
    let python: String
    let programs: String

    func measure(_ pages: PageServer, _ names: NameServer, in workspace: Workspace) throws -> [Sample] {
        let literals = URLList(count: urls, loopbackOrigins: max(1, urls / 100), port: pages.port)
        let named = URLList(count: urls, resolvedOrigins: urls, port: pages.port)
        let list = try write(literals, in: workspace)
        let namedList = try write(named, in: workspace)
        let config = workspace.file("curl.conf")
        try literals.indices(.clustered).map { "url = \"\(literals.text($0))\"\noutput = \"/dev/null\"\n" }.joined()
            .write(toFile: config, atomically: false, encoding: .utf8)
        let jobs = try workspace.folder("jobs")
        var samples = [
            try crawld("literal", literals, pages, nil, in: workspace),
            try run(
                "literal", "curl --parallel", "/usr/bin/curl",
                ["--parallel", "--parallel-max", "\(inFlight)", "--no-progress-meter", "-K", config], pages, workspace),
            try run(
                "literal", "wget2", "/usr/bin/wget2",
                [
                    "-q", "--no-robots", "--max-threads", "\(inFlight)", "--tries", "1", "-O", "/dev/null", "-i", list,
                ], pages, workspace),
            try run("literal", "aiohttp", python, [programs + "/aiohttp_peer.py", list], pages, workspace),
            try run("literal", "Scrapy", python, [programs + "/scrapy_peer.py", list, jobs], pages, workspace),
        ]
        for kind in [NameServer.Kind.good, .unknown] {
            names.say(kind)
            samples.append(try crawld(kind.rawValue, named, pages, (names, kind), in: workspace))
            samples.append(
                try run(
                    kind.rawValue, "aiohttp", python,
                    [programs + "/aiohttp_peer.py", namedList, "--name-server", "\(names.port)"], pages, workspace))
        }
        try FileManager.default.removeItem(atPath: jobs)
        return samples
    }

    private func write(_ list: URLList, in workspace: Workspace) throws -> String {
        let path = workspace.file("list-\(list.origins.count).txt")
        try Data(list.body(.random)).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func crawld(
        _ name: String, _ list: URLList, _ pages: PageServer, _ names: (server: NameServer, kind: NameServer.Kind)?,
        in workspace: Workspace
    ) throws -> Sample {
        var settings = Daemon.Settings(inFlight: names == nil ? inFlight : 1024)
        settings.nameServer = names?.server
        let daemon = try Daemon(in: workspace, name: "peers", settings)
        try daemon.setPaused(true)
        guard try daemon.enqueue(list.body(.random)).new == urls else { throw BenchFailure("not all URLs were new") }
        let kind = names?.kind ?? .good
        let good = (0..<urls).count { kind.isGood($0) }
        let before = try pages.requests()
        let began = ContinuousClock.now
        try daemon.setPaused(false)
        _ = try daemon.waitUntilAnswered("peers", good: good, unreachable: urls - good) { _ in }
        let took = ContinuousClock.now - began
        let fetched = try pages.requests() - before - 1
        _ = try daemon.stop()
        return Sample(list: name, peer: "crawld", urls: urls, fetched: fetched, took: took)
    }

    private func run(
        _ list: String, _ peer: String, _ executable: String, _ arguments: [String], _ pages: PageServer,
        _ workspace: Workspace
    ) throws -> Sample {
        let before = try pages.requests()
        let began = ContinuousClock.now
        let process = try workspace.start(executable, arguments, log: workspace.file("peer.log"))
        while process.isRunning, ContinuousClock.now - began < Self.patience { usleep(10_000) }
        let took = ContinuousClock.now - began
        process.stop()
        let fetched = try pages.requests() - before - 1
        guard fetched > 0 else { throw BenchFailure("\(peer) fetched nothing: \(process.lastWords)") }
        return Sample(list: list, peer: peer, urls: urls, fetched: fetched, took: took)
    }
}

extension PeersPart.Sample: RoundSample {
    var line: String? { "\(list), \(peer): \(Int(perSecond)) URLs/s, \(fetched) of \(urls) fetched" }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["list", "", "URLs/s", "pages", "crawld / it"])
        let peers = grouped(samples) { $0.list + $0.peer }
        for rounds in peers {
            let own = peers.first { $0[0].list == rounds[0].list && $0[0].peer == "crawld" } ?? rounds
            table.add([
                rounds[0].list, rounds[0].peer, Figure(rounds.map(\.perSecond)).text(2, per: 1000),
                Figure(rounds.map { Double($0.fetched) }).median(0),
                Figure(zip(own, rounds).map { $0.perSecond / $1.perSecond }).text(2),
            ])
        }
        return """
            Others over the same lists of \(samples[0].urls) URLs, thousands of URLs a second. Pages: that the server was
            asked for. Aims: 1.0 of curl --parallel, 3 of aiohttp with names of which 30 % are unknown.

            \(table.text)
            """
    }
}
