import CrawlTesting
import Foundation

/// Collects the rounds and prints what each part has to tell.
struct Report {
    let rounds: Int
    let urls: Int
    let inFlight: Int
    private var kinds: [ObjectIdentifier] = []
    private var samples: [ObjectIdentifier: [any RoundSample]] = [:]

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

    mutating func add<Sample: RoundSample>(_ sample: Sample) {
        let kind = ObjectIdentifier(Sample.self)
        if samples[kind] == nil { kinds.append(kind) }
        samples[kind, default: []].append(sample)
        if let line = sample.line { say("  " + line) }
    }

    mutating func add<Sample: RoundSample>(_ samples: [Sample]) { for sample in samples { add(sample) } }

    /// `base`: what another crawld gave in the same rounds; nil = there is none.
    func finish(beside base: Report?) {
        for kind in kinds {
            guard let all = samples[kind], let first = all.first else { continue }
            print("\n" + tell(first, all))
        }
        if let base { print("\n" + ratios(to: base)) }
        print("\nMedians, and in parentheses the ranges, of \(rounds) rounds. Load at the end: \(Self.load).")
    }

    private var rates: [(name: String, values: [Double])] {
        let all = kinds.flatMap { samples[$0] ?? [] }.flatMap(\.rates)
        return grouped(all, by: \.name).map { ($0[0].name, $0.map(\.perSecond)) }
    }

    private func ratios(to base: Report) -> String {
        var table = TextTable(["", "this", "base", "ratio"])
        let others = base.rates
        for (name, values) in rates {
            guard let other = others.first(where: { $0.name == name })?.values else { continue }
            table.add([
                name, Figure(values).text(1, per: 1000), Figure(other).text(1, per: 1000),
                Figure(zip(values, other).map { $0 / $1 }).text(2),
            ])
        }
        return "Beside the base, thousands of URLs a second, round by round.\n\n" + table.text
    }

    private func tell<Sample: RoundSample>(_ first: Sample, _ all: [any RoundSample]) -> String {
        Sample.told(all.compactMap { $0 as? Sample })
    }

    /// Over the last minute: a machine that does other work at the same time says so here.
    private static var load: String {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? Figure.decimals(loads[0], 1) : "?"
    }
}
