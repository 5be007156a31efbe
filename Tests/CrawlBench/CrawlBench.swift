import ArgumentParser
import Foundation

/// Measures the release build of the daemon beside libcurl alone, on this machine and in one run. It asserts nothing:
/// machines differ, so ratios count, and the aims are printed beside them.
@main
struct CrawlBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "CrawlBench",
        abstract: "Measures crawld against libcurl alone, over nginx on the loopback.",
        discussion: """
            Needs nginx, and crawld beside it from the same build (`make bench` sees to both). Every round measures \
            the reference and the daemon one after the other; medians and ranges over the rounds are printed.
            """)

    enum Part: String, ExpressibleByArgument, CaseIterable {
        case oneOrigin = "one-origin"
        case manyOrigins = "many-origins"
        case uniqueOrigins = "unique-origins"
        case enqueue
        case enqueueBeside = "enqueue-beside"
        case failing
        case names
        case oneAddress = "one-address"
        case polite
        case feed
        case flat
        case idle
        case start
        case canonical
        case robots
        case peers
        case greedy
        case removal

        /// A base is measured beside this crawld: what the part measures is a daemon's, and a rate.
        var hasBase: Bool { ![.idle, .start, .canonical, .robots, .greedy, .peers].contains(self) }
    }

    @Option(help: "How often each part is measured.")
    var rounds = 3

    @Option(
        help: """
            URLs to fetch in a part; ten times as many are enqueued in the enqueue part, and twice as many fetched and \
            enqueued in enqueue-beside.
            """)
    var urls = 100_000

    @Option(name: .customLong("removal-urls"), help: "URLs of the origin that is removed in the removal part.")
    var removalURLs = 1_000_000

    @Option(help: "URLs that are known and not due in the parts flat and idle.")
    var known = 10_000_000

    @Option(
        help: "The folder that Tests/Peers/install has filled, for the part peers, which is measured only if asked for."
    )
    var peers = ".build/peers"

    @Option(help: "Requests in flight, for the reference and the daemon.")
    var inFlight = 128

    @Option(help: "Requests in flight in the part names.")
    var namesInFlight = 1024

    @Option(help: ArgumentHelp("Only this part; may be repeated.", valueName: "part"))
    var only: [Part] = []

    @Option(
        help: ArgumentHelp(
            """
            Another crawld, measured after this one in each round; `make bench BASE=REVISION` builds it. One without \
            dns.servers takes root for the parts names and one-address.
            """,
            valueName: "crawld"))
    var base: String?

    func validate() throws {
        guard rounds > 0, urls >= 1000, (1...1000).contains(inFlight), removalURLs >= 1000, known >= 1000,
            (1...10_000).contains(namesInFlight)
        else {
            throw ValidationError(
                "--rounds is at least 1, --urls, --removal-urls and --known at least 1000, --in-flight 1 to 1000, "
                    + "--names-in-flight 1 to 10000")
        }
        if let base, !FileManager.default.isExecutableFile(atPath: base) {
            throw ValidationError("--base: \(base) is not a program")
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let workspace = try Workspace(crawld: Self.ownCrawld)
        let baseWorkspace = try base.map { try Workspace(crawld: $0, isBase: true) }
        let workspaces = [workspace, baseWorkspace].compactMap { $0 }
        let signals = Workspace.endOnSignals(workspaces)
        defer {
            signals.forEach { $0.cancel() }
            for workspace in workspaces { workspace.remove() }
        }
        var report = Report(rounds: rounds, urls: urls, inFlight: inFlight)
        var baseReport = report
        report.begin()
        let servers = Servers(in: workspace)
        let parts = only.isEmpty ? Part.allCases.filter { $0 != .peers } : Part.allCases.filter { only.contains($0) }
        for round in 1...rounds {
            (report.round, baseReport.round) = (round, round)
            for part in parts {
                report.say("round \(round): \(part.rawValue)")
                try measure(part, servers, workspace, &report)
                guard let baseWorkspace, part.hasBase else { continue }
                report.say("round \(round): \(part.rawValue), base")
                do {
                    try measure(part, servers, baseWorkspace, &baseReport)
                } catch {
                    // An older one may lack what the part needs, and answer in another way.
                    baseReport.omit(part.rawValue, "\(error)")
                    baseWorkspace.clear()
                }
            }
        }
        report.finish(beside: base == nil ? nil : baseReport)
    }

    /// Beside this program.
    private static var ownCrawld: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/crawld"
    }

    private func measure(
        _ part: Part, _ servers: Servers, _ workspace: Workspace, _ report: inout Report
    ) throws {
        switch part {
        case .oneOrigin: report.add(try crawl("1 origin", 1, aim: 0.8, servers, workspace))
        case .manyOrigins:
            report.add(try crawl("\(urls / 100) origins", urls / 100, aim: 0.8, servers, workspace))
        case .uniqueOrigins: report.add(try crawl("\(urls) origins", urls, aim: 0.65, servers, workspace))
        case .enqueue: report.add(try EnqueuePart(count: urls * 10).measure(in: workspace))
        case .enqueueBeside:
            let part = EnqueueBesidePart(urls: urls * 2)
            report.add(try part.measure(port: servers.pages().port, inFlight: inFlight, in: workspace))
        case .failing:
            report.add(try FailingPart(urls: urls).measure(servers.pages(), inFlight: inFlight, in: workspace))
        case .names:
            let part = NamesPart(urls: urls, inFlight: namesInFlight)
            report.add(try part.measure(servers.pages(), servers.names(), in: workspace))
        case .oneAddress:
            let part = OneAddressPart(urls: urls)
            report.add(try part.measure(servers.pages(), servers.names(), inFlight: inFlight, in: workspace))
        case .polite:
            let part = PolitePart(urls: urls)
            report.add(try part.measure(port: servers.pages().port, inFlight: inFlight, in: workspace))
        case .feed:
            report.add(try FeedPart(urls: urls).measure(port: servers.pages().port, inFlight: inFlight, in: workspace))
        case .flat, .idle:
            let part = KnownPart(known: known, urls: urls, isFlat: part == .flat, isIdle: part == .idle)
            report.add(try part.measure(port: servers.pages().port, inFlight: inFlight, in: workspace))
        case .start: report.add(try StartPart().measure(in: workspace))
        case .canonical: report.add(try CanonicalPart().measure())
        case .robots: report.add(RobotsPart().measure())
        case .greedy:
            report.add(try GreedyPart(pages: urls / 500).measure(servers.pages(), servers.greedy()))
        case .peers:
            let part = PeersPart(
                urls: urls / 5, inFlight: inFlight, python: peers + "/bin/python", programs: "Tests/Peers")
            report.add(try part.measure(servers.pages(), servers.names(), in: workspace))
        case .removal:
            let part = RemovalPart(urls: urls, removed: removalURLs)
            report.add(try part.measure(port: servers.pages().port, inFlight: inFlight, in: workspace))
        }
    }

    private func crawl(
        _ name: String, _ origins: Int, aim: Double, _ servers: Servers, _ workspace: Workspace
    ) throws -> CrawlSample {
        let part = CrawlPart(name: name, origins: origins, urls: urls, aim: aim)
        return try part.measure(port: servers.pages().port, inFlight: inFlight, in: workspace)
    }
}

/// Why a measurement could not be made.
struct BenchFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
