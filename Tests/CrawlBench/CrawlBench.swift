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
        case canonical
        case robots
        case greedy
        case removal
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

    @Option(help: "Requests in flight, for the reference and the daemon.")
    var inFlight = 128

    @Option(help: ArgumentHelp("Only this part; may be repeated.", valueName: "part"))
    var only: [Part] = []

    func validate() throws {
        guard rounds > 0, urls >= 1000, (1...1000).contains(inFlight), removalURLs >= 1000 else {
            throw ValidationError(
                "--rounds is at least 1, --urls and --removal-urls at least 1000, --in-flight 1 to 1000")
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let workspace = try Workspace()
        let signals = workspace.endOnSignals()
        defer {
            signals.forEach { $0.cancel() }
            workspace.remove()
        }
        let parts = only.isEmpty ? Part.allCases : only
        let crawls = parts.compactMap { crawl($0) }
        var report = Report(rounds: rounds, urls: urls, inFlight: inFlight)
        report.begin()
        let hasGreedy = parts.contains(.greedy)
        let hasRemoval = parts.contains(.removal)
        let hasBeside = parts.contains(.enqueueBeside)
        let hasFailing = parts.contains(.failing)
        let needsServer = !crawls.isEmpty || hasGreedy || hasRemoval || hasBeside || hasFailing
        let server = needsServer ? try PageServer(in: workspace) : nil
        let greedy = hasGreedy ? try GreedyServer(in: workspace) : nil
        for round in 1...rounds {
            for part in crawls {
                guard let server else { continue }
                report.say("round \(round): \(part.name)")
                report.add(try part.measure(port: server.port, inFlight: inFlight, in: workspace))
            }
            if parts.contains(.enqueue) {
                report.say("round \(round): enqueue")
                report.add(try EnqueuePart(count: urls * 10).measure(in: workspace))
            }
            if let server, hasBeside {
                report.say("round \(round): enqueue-beside")
                let part = EnqueueBesidePart(urls: urls * 2)
                report.add(try part.measure(port: server.port, inFlight: inFlight, in: workspace))
            }
            if let server, hasFailing {
                report.say("round \(round): failing")
                report.add(try FailingPart(urls: urls).measure(server, inFlight: inFlight, in: workspace))
            }
            if parts.contains(.canonical) {
                report.say("round \(round): canonical")
                report.add(try CanonicalPart().measure())
            }
            if let server, let greedy {
                report.say("round \(round): greedy")
                report.add(try GreedyPart(pages: urls / 500).measure(server, greedy))
            }
            if let server, hasRemoval {
                report.say("round \(round): removal")
                let part = RemovalPart(urls: urls, removed: removalURLs)
                report.add(try part.measure(port: server.port, inFlight: inFlight, in: workspace))
            }
            if parts.contains(.robots) {
                report.say("round \(round): robots")
                report.add(RobotsPart().measure())
            }
        }
        report.finish()
    }

    private func crawl(_ part: Part) -> CrawlPart? {
        switch part {
        case .oneOrigin: CrawlPart(name: "1 origin", origins: 1, urls: urls, aim: 0.6)
        case .manyOrigins: CrawlPart(name: "\(urls / 100) origins", origins: urls / 100, urls: urls, aim: 0.5)
        case .uniqueOrigins: CrawlPart(name: "\(urls) origins", origins: urls, urls: urls, aim: 0.4)
        case .enqueue, .enqueueBeside, .failing, .canonical, .robots, .greedy, .removal: nil
        }
    }
}

/// Why a measurement could not be made.
struct BenchFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
