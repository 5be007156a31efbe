import CrawlCore
import CrawlTesting

/// All that a seed decides: the origins, and what befalls the daemon.
package struct WorldPlan: Sendable {
    package enum Disturbance: Sendable, Hashable {
        /// A clean stop, and a start so long after it.
        case stop(Duration)
        /// `kill -9`, and a start so long after it.
        case kill(Duration)
        /// The wall clock is set.
        case jump(Duration)
        /// An operator pauses the crawl for so long.
        case pause(Duration)
    }

    /// Something that hits many origins at once.
    package struct Incident: Sendable {
        package var from: Int64
        package var to: Int64
        package var culprit: Culprit
        package var fault: Fault
        /// Look-ups of names meet it, and no requests.
        var isOfNames = false
    }

    /// Whether soft blocks are proved, and what becomes of what is.
    package enum SoftBlocks: Sendable, Hashable {
        case off, park, `switch`
    }

    package let seed: UInt64
    package let days: Int
    package private(set) var origins: [OriginScript] = []
    /// Ascending.
    package private(set) var disturbances: [(at: Int64, what: Disturbance)] = []
    package private(set) var incidents: [Incident] = []
    package let isBusy: Bool
    /// What an operator does while it runs.
    private(set) var hands = HandPlan()
    /// What looking names up gives; nil = they are the fetcher's matter.
    package private(set) var names: NamePlan?
    /// The receiver of alerts that is down at times; another one always listens.
    private(set) var hook = SinkPlan()
    /// Milliseconds.
    static let slowestSink: Int64 = 5000

    /// Not where names are looked up: what a proof asks cannot be told from what is asked for the URL's own sake then.
    package var softBlocks: SoftBlocks { names == nil ? [.off, .park, .switch][Int(seed % 3)] : .off }
    /// The profile that is served where ours is turned away.
    static let control: UInt16 = 1

    /// A third of the seeds, those that have no soft blocks anyway; the first few stay what they are.
    private static func looksUp(_ seed: UInt64) -> Bool { seed % 3 == 0 && seed > 3 }

    /// `hasOperator`: somebody removes, revives and enqueues URLs all the time. `hasNames`: names are looked up; nil = the
    /// seed decides.
    package init(
        seed: UInt64, origins count: Int = 50, days: Int = 3, hasOperator: Bool = false, hasNames: Bool? = nil
    ) {
        self.seed = seed
        self.days = days
        var random = SeededRandom(seed: seed)
        isBusy = random.chance(0.25)
        let isLinkList = random.chance(0.2)
        for number in 0..<count {
            var behaviour = Behaviour.drawn[random.int(0...Behaviour.drawn.count - 1)]
            if random.chance(0.4) { behaviour = .fine }
            if isLinkList, number % 5 == 0 { behaviour = .dead }
            if behaviour == .fine, number % 3 == 1 { behaviour = .failsOnValidators }
            if behaviour == .fine, number % 9 == 2 { behaviour = .ownFault }
            origins.append(
                OriginScript(number: number, behaviour: behaviour, isBusy: isBusy, days: days, &random))
        }
        let minutes = days * 24 * 60
        func moment(_ random: inout SeededRandom) -> Int64 { Int64(random.int(90...minutes - 300)) * 60_000 }
        let kinds: [Disturbance] = [
            .stop(.minutes(20)), .stop(.minutes(40)), .stop(.seconds(1)), .kill(.milliseconds(200)),
            .kill(.minutes(20)),
            .kill(.minutes(40)), .jump(.minutes(35)), .jump(.hours(-1)),
        ]
        for _ in 0..<random.int(1...3) {
            guard let what = random.pick(kinds) else { continue }
            disturbances.append((moment(&random), what))
        }
        // Just after a request to each of many origins.
        if random.chance(0.3) { disturbances.append((Int64(random.int(2...20)) * 1000, .kill(.milliseconds(200)))) }
        disturbances.sort { $0.at < $1.at }
        let network: [(Duration, Culprit, Fault)] = [
            (.hours(3), .provider, .code(520)), (.minutes(40), .network, .noRoute),
            (.minutes(40), .network, .noResolver), (.minutes(90), .network, .reset),
        ]
        if random.chance(0.6), let (length, culprit, drawn) = random.pick(network) {
            let from = moment(&random)
            let fault = drawn == .noResolver && seed % 2 == 0 ? Fault.noSocket : drawn
            incidents.append(Incident(from: from, to: from + length.ms, culprit: culprit, fault: fault))
        }
        hook.latency = Int64(random.int(1...Int(Self.slowestSink)))
        for _ in 0..<random.int(0...3) {
            let from = moment(&random)
            hook.outages.append(from..<from + Int64(random.int(1...900)) * 60_000)
        }
        if hasOperator { addOperator() }
        if hasNames ?? Self.looksUp(seed) { addNames() }
    }

    /// With draws of its own. What was a resolver's silence to libcurl is one to us.
    private mutating func addNames() {
        for index in incidents.indices where incidents[index].fault == .noResolver {
            incidents[index].isOfNames = true
        }
        let plan = NamePlan(
            seed: seed, origins: origins, days: days,
            silences: incidents.filter(\.isOfNames).map { $0.from..<$0.to })
        for silence in plan.silences.suffix(1) {
            incidents.append(
                Incident(
                    from: silence.lowerBound, to: silence.upperBound, culprit: .network, fault: .noResolver,
                    isOfNames: true))
        }
        names = plan
    }

    /// With draws of its own.
    private mutating func addOperator() {
        hands = HandPlan(seed: seed, origins: origins.count)
        var random = hands.draws
        for number in origins.indices where HandPlan.isCrowd(number) {
            origins[number].becomeCrowd(days: days, &random)
        }
        let at = Int64(random.int(90...days * 24 * 60 - 300)) * 60_000
        disturbances.append((at, .pause(.minutes(Double(random.int(1...20))))))
        disturbances.sort { $0.at < $1.at }
    }

    /// Something befell the daemon, or many origins, between two moments.
    func isDisturbed(_ from: Int64, _ to: Int64) -> Bool {
        disturbances.contains { from <= $0.at && $0.at <= to } || incidents.contains { $0.from <= to && from <= $0.to }
    }

    /// When the daemon is sure to be done with all that befell many origins.
    var isQuietFrom: Int64 {
        max(incidents.map(\.to).max() ?? 0, disturbances.last?.at ?? 0)
    }
}
