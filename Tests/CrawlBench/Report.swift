import CrawlTesting
import Foundation

/// Collects the rounds and prints the tables; 100 columns at most.
struct Report {
    let rounds: Int
    let urls: Int
    let inFlight: Int
    private var crawls: [CrawlSample] = []
    private var enqueues: [EnqueueSample] = []
    private var canonicals: [CanonicalSample] = []
    private var robots: [RobotsPart.Sample] = []
    private var greedy: [GreedyPart.Sample] = []
    private var removals: [RemovalPart.Sample] = []
    private var failing: [FailingPart.Sample] = []
    private var besides: [EnqueueBesidePart.Sample] = []

    init(rounds: Int, urls: Int, inFlight: Int) {
        self.rounds = rounds
        self.urls = urls
        self.inFlight = inFlight
    }

    func begin() {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        print("\(cores) cores, load \(Self.load), \(rounds) rounds, \(urls) URLs a crawl, \(inFlight) in flight")
    }

    /// What is measured now, for who waits.
    func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    mutating func add(_ sample: CrawlSample) {
        crawls.append(sample)
        say(
            "  libcurl \(sample.raw.map { Int($0.perSecond) }), crawld \(Int(sample.daemon.perSecond)) URLs/s, "
                + "ratio \(Figure.decimals(sample.ratio, 2)), CPU \(Figure.decimals(sample.daemon.cpuPerURL, 1)) and "
                + "\(Figure.decimals(sample.bestRaw.cpuPerURL, 1)) µs a URL, RSS \(sample.memory / 1_000_000) MB")
    }

    mutating func add(_ samples: [EnqueueSample]) {
        enqueues += samples
        for sample in samples {
            say(
                "  \(sample.name): \(Int(sample.perSecond)) URLs/s, CPU \(Figure.decimals(sample.cpuPerURL, 1)) µs a URL"
            )
        }
    }

    mutating func add(_ samples: [CanonicalSample]) { canonicals += samples }
    mutating func add(_ sample: RobotsPart.Sample) {
        robots.append(sample)
        say(
            "  \(Figure.decimals(Figure(sample.verdicts).median, 2)) µs a verdict, "
                + "\(Int(Double(sample.bytes) / sample.seconds / 1e6)) MB/s read")
    }

    mutating func add(_ samples: [GreedyPart.Sample]) {
        greedy += samples
        for sample in samples {
            say(
                "  \(sample.transport.rawValue), pause \(sample.pause) ms: \(Figure.decimals(sample.alone.seconds, 2)) s alone, "
                    + "\(Figure.decimals(sample.beside.seconds, 2)) s beside it, ratio \(Figure.decimals(sample.ratio, 3))"
            )
        }
    }

    mutating func add(_ sample: RemovalPart.Sample) {
        removals.append(sample)
        for (name, commits) in [("without", sample.alone), ("beside", sample.beside)] {
            let shares = [0.5, 0.99, 1].map { Figure.decimals(commits.latency($0), 1) }.joined(separator: ", ")
            say(
                "  \(name) the removal, \(Figure.decimals(commits.took.seconds, 1)) s: \(commits.latencies.count) commits, "
                    + "50 %, 99 % and the slowest \(shares) ms; crawl \(Int(commits.fetchedPerSecond)) URLs/s")
        }
    }

    mutating func add(_ sample: EnqueueBesidePart.Sample) {
        besides.append(sample)
        func ratio(_ alone: Double, _ both: Double) -> String {
            "\(Int(alone)) URLs/s alone, \(Int(both)) both, ratio \(Figure.decimals(both / alone, 2))"
        }
        let shares = [0.5, 0.99, 1].map { Figure.decimals(sample.latency($0), 1) }.joined(separator: ", ")
        say("  enqueue \(ratio(sample.paused, sample.beside)); crawl \(ratio(sample.crawlAlone, sample.crawlBeside))")
        say("  \(sample.latencies.count) single writes, 50 %, 99 % and the slowest \(shares) ms")
    }

    mutating func add(_ sample: FailingPart.Sample) {
        failing.append(sample)
        let cpu = [sample.good, sample.failing].map { Figure.decimals($0.cpuPerURL, 1) }.joined(separator: " and ")
        say(
            "  all good \(Int(sample.good.perSecond)) URLs/s, one in five failing \(Int(sample.failing.perSecond)), ratio "
                + "\(Figure.decimals(sample.ratio, 2)), CPU \(cpu) µs a URL")
    }

    func finish() {
        if !crawls.isEmpty { printCrawls() }
        if !enqueues.isEmpty { printEnqueues() }
        if !besides.isEmpty { printBesides() }
        if !failing.isEmpty { printFailing() }
        if !canonicals.isEmpty { print(Self.table(canonicals)) }
        if !robots.isEmpty { printRobots() }
        if !greedy.isEmpty { printGreedy() }
        if !removals.isEmpty { printRemovals() }
        print("\nMedians, and in parentheses the ranges, of \(rounds) rounds. Load at the end: \(Self.load).")
    }

    private func printCrawls() {
        print(
            """

            Crawl, thousands of URLs a second: from the first fetch to the last commit, beside libcurl alone in
            the same workers (the better of 1 and 2 of them). CPU: µs a URL of both, the server's not counted.

            """)
        var table = TextTable([
            "", "crawld", "libcurl", "ratio", "aim", "CPU µs", "RSS MB", "B/URL",
        ])
        for samples in Self.grouped(crawls, by: \.part.name) {
            table.add([
                samples[0].part.name, Figure(samples.map(\.daemon.perSecond)).text(1, per: 1000),
                Figure(samples.map(\.bestRaw.perSecond)).text(1, per: 1000), Figure(samples.map(\.ratio)).text(2),
                Figure.decimals(samples[0].part.aim, 2), Self.cpu(samples), Self.megabytes(samples.map(\.memory)),
                Figure(samples.map(\.bytesPerURL)).median(0),
            ])
        }
        print(table.text)
        print("Aim for memory: 150 MB. B/URL: with digest and validators of each page.")
    }

    private func printEnqueues() {
        print(
            """

            Enqueue, thousands of URLs a second: \(urls * 10) URLs of \(EnqueuePart.origins) origins through the socket.

            """)
        var table = TextTable(["", "crawld", "aim", "to aim", "CPU µs", "RSS MB", "B/URL"])
        for samples in Self.grouped(enqueues, by: \.name) {
            let rate = Figure(samples.map(\.perSecond))
            table.add([
                samples[0].name, rate.text(1, per: 1000), samples[0].aim.map { Figure([$0]).text(0, per: 1000) } ?? "",
                samples[0].aim.map { Figure.decimals(rate.median / $0, 2) } ?? "",
                Figure(samples.map(\.cpuPerURL)).median(1), Self.megabytes(samples.map(\.memory)),
                samples[0].bytesPerURL == nil ? "" : Figure(samples.compactMap(\.bytesPerURL)).median(1),
            ])
        }
        print(table.text)
        print("Aims: 150 MB of memory; 130 B a known URL that was not fetched yet, with a path of 60 bytes.")
    }

    private func printBesides() {
        print(
            """

            A bulk enqueue beside a full crawl: \(urls * 2) new URLs in random order, to the same with the crawl paused, and
            the crawl to itself alone, in thousands of URLs a second; writes of a client meanwhile, in ms. Aims: the ratios
            0.5 and 0.6, 99 % in 100 ms.

            """)
        var table = TextTable(["", "alone", "both", "ratio"])
        func add(
            _ name: String, _ alone: (EnqueueBesidePart.Sample) -> Double, _ both: (EnqueueBesidePart.Sample) -> Double
        ) {
            table.add([
                name, Figure(besides.map(alone)).text(1, per: 1000), Figure(besides.map(both)).text(1, per: 1000),
                Figure(besides.map { both($0) / alone($0) }).text(2),
            ])
        }
        add("enqueue", \.paused, \.beside)
        add("crawl", \.crawlAlone, \.crawlBeside)
        print(table.text)
        let latencies = [0.5, 0.99, 1].map { share in Figure(besides.map { $0.latency(share) }).text(1) }
        print("Single writes, 50 %, 99 % and the slowest: \(latencies.joined(separator: ", ")) ms.")
    }

    private func printFailing() {
        print(
            """

            One URL in five answers 520, to all good: thousands of URLs a second until nine in ten of the good ones are done, and
            the daemon's CPU in µs a URL. Aim for the ratio: 0.85.

            """)
        var table = TextTable(["", "all good", "failing", "ratio", "CPU µs"])
        let cpu = [Figure(failing.map(\.good.cpuPerURL)), Figure(failing.map(\.failing.cpuPerURL))]
        table.add([
            "failing", Figure(failing.map(\.good.perSecond)).text(1, per: 1000),
            Figure(failing.map(\.failing.perSecond)).text(1, per: 1000), Figure(failing.map(\.ratio)).text(2),
            cpu.map { $0.median(0) }.joined(separator: "/"),
        ])
        print(table.text)
    }

    private func printRobots() {
        let files = robots[0].verdicts.count
        print(
            "\nrobots.txt: \(files) \(robots[0].isReal ? "real files" : "files made up"); µs a verdict over the files.\n"
        )
        var table = TextTable(["", "median", "aim", "99 %", "slowest", "read MB/s", "KB a file", "kept KB"])
        func over(_ share: Double) -> Figure {
            Figure(robots.map { $0.verdicts.sorted()[min(files - 1, Int(Double(files) * share))] })
        }
        table.add([
            "robots", over(0.5).text(2), "5", over(0.99).median(2), over(1).median(1),
            Figure(robots.map { Double($0.bytes) / $0.seconds }).text(0, per: 1e6),
            Figure.decimals(Double(robots[0].bytes) / Double(files) / 1e3, 1),
            Figure.decimals(Double(robots[0].memory) / Double(files) / 1e3, 1),
        ])
        print(table.text)
    }

    private func printGreedy() {
        print(
            """

            One origin that always has bytes ready beside \(GreedyPart.origins) polite ones, one worker: what their pages take, to what
            they take without it. Pause: between an answer and the origin's next request. Aim: 1.10.

            """)
        var table = TextTable(["", "pause ms", "alone s", "ratio"])
        for samples in Self.grouped(greedy, by: { "\($0.transport) \($0.pause)" }) {
            table.add([
                samples[0].transport.rawValue, "\(samples[0].pause)", Figure(samples.map(\.alone.seconds)).text(2),
                Figure(samples.map(\.ratio)).text(3),
            ])
        }
        print(table.text)
    }

    private func printRemovals() {
        print(
            """

            Commits of a client beside a full crawl, without and beside the removal of a large origin: from the request to
            its acknowledgement, in ms, one after the other. Aim for 99 % beside it: 200 ms.

            """)
        var table = TextTable(["", "commits", "50 %", "99 %", "slowest", "s", "crawl URLs/s"])
        func add(_ name: String, _ commits: (RemovalPart.Sample) -> RemovalPart.Commits) {
            let all = removals.map(commits)
            let latencies = [0.5, 0.99, 1].map { share in Figure(all.map { $0.latency(share) }).text(1) }
            table.add(
                [name, Figure(all.map { Double($0.latencies.count) }).median(0)] + latencies
                    + [Figure(all.map(\.took.seconds)).median(1), Figure(all.map(\.fetchedPerSecond)).median(0)])
        }
        add("without", \.alone)
        add("beside it", \.beside)
        let ratios = [0.5, 0.99, 1].map { share in
            Figure(removals.map { $0.beside.latency(share) / $0.alone.latency(share) }).text(2)
        }
        let crawls = removals.map { $0.beside.fetchedPerSecond / $0.alone.fetchedPerSecond }
        table.add(["ratio", ""] + ratios + ["", Figure(crawls).median(2)])
        print(table.text)
    }

    /// In the order of first appearance.
    static func grouped<T>(_ samples: [T], by name: (T) -> String) -> [[T]] {
        var groups: [[T]] = []
        for sample in samples {
            if let index = groups.firstIndex(where: { name($0[0]) == name(sample) }) {
                groups[index].append(sample)
            } else {
                groups.append([sample])
            }
        }
        return groups
    }

    /// Of the daemon and of libcurl alone.
    private static func cpu(_ samples: [CrawlSample]) -> String {
        let (daemon, raw) = (Figure(samples.map(\.daemon.cpuPerURL)), Figure(samples.map(\.bestRaw.cpuPerURL)))
        return "\(daemon.median(0))/\(raw.median(0))"
    }

    /// The most that any round needed.
    private static func megabytes(_ bytes: [Int]) -> String { Figure.decimals(Double(bytes.max() ?? 0) / 1e6, 0) }

    /// Over the last minute: a machine that does other work at the same time says so here.
    private static var load: String {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? Figure.decimals(loads[0], 1) : "?"
    }
}
