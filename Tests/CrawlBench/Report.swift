import CrawlTesting
import Foundation

/// Collects the rounds and prints what each part has to tell.
struct Report {
    let rounds: Int
    let urls: Int
    let inFlight: Int
    private var kinds: [ObjectIdentifier] = []
    private var samples: [ObjectIdentifier: [(round: Int, sample: any RoundSample)]] = [:]
    /// Parts, and why they were not measured when that was so first.
    private var omissions: [(part: String, reason: String)] = []
    /// The one under way.
    var round = 1

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
        samples[kind, default: []].append((round, sample))
        if let line = sample.line { say("  " + line) }
    }

    mutating func add<Sample: RoundSample>(_ samples: [Sample]) { for sample in samples { add(sample) } }

    /// A part was not measured in this round.
    mutating func omit(_ part: String, _ reason: String) {
        say("  not measured: \(reason)")
        guard !omissions.contains(where: { $0.part == part }) else { return }
        omissions.append((part, String(reason.prefix(500))))  // a log may stand in it
    }

    /// `base`: what another crawld gave in the same rounds; nil = there is none.
    func finish(beside base: Report?) {
        for kind in kinds {
            guard let all = samples[kind]?.map(\.sample), let first = all.first else { continue }
            print("\n" + tell(first, all))
        }
        if let base {
            print("\n" + ratios(to: base))
            for omission in base.omissions { print("Not measured with the base: \(omission.part): \(omission.reason)") }
        }
        print("\nMedians, and in parentheses the ranges, of \(rounds) rounds. Load at the end: \(Self.load).")
    }

    /// By name, each with its rounds.
    private var rates: [(name: String, rounds: [(round: Int, perSecond: Double)])] {
        let all = kinds.flatMap { samples[$0] ?? [] }.flatMap { round, sample in
            sample.rates.map { (name: $0.name, round: round, perSecond: $0.perSecond) }
        }
        return grouped(all, by: \.name).map { rounds in (rounds[0].name, rounds.map { ($0.round, $0.perSecond) }) }
    }

    /// Of the rounds in which both were measured.
    private func ratios(to base: Report) -> String {
        var table = TextTable(["", "this", "base", "ratio", "aim"])
        let others = base.rates
        let aims = base.kinds.flatMap { base.samples[$0] ?? [] }.reduce(into: [String: Double]()) { aims, sample in
            aims.merge(sample.sample.aimsBeside) { aim, _ in aim }
        }
        for (name, rounds) in rates {
            let other = others.first { $0.name == name }?.rounds ?? []
            let both = rounds.compactMap { own in
                other.first { $0.round == own.round }.map { (this: own.perSecond, base: $0.perSecond) }
            }
            guard !both.isEmpty else { continue }
            table.add([
                name, Figure(both.map(\.this)).text(2, per: 1000), Figure(both.map(\.base)).text(2, per: 1000),
                Figure(both.map { $0.this / $0.base }).text(2), aims[name].map { Figure.decimals($0, 0) } ?? "",
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
