import CrawlCore
import CrawlTesting

/// What looking up the names of a seed's origins gives when, and where they lie. Drawn by itself: what else a seed decides
/// stays what it is without.
package struct NamePlan: Sendable {
    /// Every origin has a name of its own.
    struct Host: Sendable {
        /// In the server's order; the first may be an old one that few of them share.
        var addresses: [IPAddress]
        /// Of the addresses.
        var ttl: Duration
        var troubles: [NameTrouble] = []
        /// Nobody listens at the first of two addresses then. Steady time.
        var deadFirst: Range<Int64> = 0..<0
    }

    /// By the origins' numbers.
    private(set) var hosts: [Host] = []
    /// No name server answers then: that is our own resolver's fault, and nobody else's. Steady time.
    private(set) var silences: [Range<Int64>] = []

    init(hosts: [Host], silences: [Range<Int64>] = []) {
        self.hosts = hosts
        self.silences = silences
    }

    /// `silences`: beside the one that is drawn.
    init(seed: UInt64, origins: [OriginScript], days: Int, silences: [Range<Int64>]) {
        var random = SeededRandom(seed: seed ^ 0x6e61_6d65)
        let minutes = days * 24 * 60
        let from = Int64(random.int(90...minutes - 300)) * 60_000
        // Some are longer than an hour, and than an hour behind the TTL.
        let length = Int64(random.pick([5, 40, 100, 200]) ?? 40) * 60_000
        self.silences = silences + [from..<from + length]
        let moved = Int64(random.int(60...minutes - 300)) * 60_000
        let deadFirst = moved..<moved + Int64(random.int(60...600)) * 60_000
        for script in origins {
            hosts.append(Self.host(script, of: origins.count, deadFirst: deadFirst, days: days, &random))
        }
    }

    private static func host(
        _ script: OriginScript, of count: Int, deadFirst: Range<Int64>, days: Int, _ random: inout SeededRandom
    ) -> Host {
        let ttl = random.pick([Duration.zero, .seconds(60), .minutes(5), .hours(1), .hours(24)]) ?? .zero
        let isTroubled = random.chance(0.5)
        let trouble = NameTrouble.drawn(days: days, &random)
        // About eight of them at an address; an edge's take more.
        let place = UInt32(script.number % max(2, count / 16))
        guard !script.isBehindEdge else { return Host(addresses: [IPAddress(v4: 0xC633_6401 + place)], ttl: ttl) }
        let address = IPAddress(v4: 0xCB00_7101 + place)
        switch script.behaviour {
        case .dead:
            let never = NameTrouble(from: 0, to: Duration.hours(Double(days) * 24).ms, said: .noName(.hours(1)))
            return Host(addresses: [address], ttl: ttl, troubles: [never])
        case .fine where script.number % 4 == 0:
            return Host(addresses: [IPAddress(v4: 0xC000_0201 + place), address], ttl: ttl, deadFirst: deadFirst)
        // What fails there is the name's doing, and nothing else's.
        case .fine: return Host(addresses: [address], ttl: ttl, troubles: isTroubled ? [trouble] : [])
        default: return Host(addresses: [address], ttl: ttl)
        }
    }

    // MARK: What is so when

    func isSilent(_ at: Int64) -> Bool { silences.contains { $0.contains(at) } }

    /// What the name servers say to a question that comes to them at a moment.
    func said(of origin: Int, at: Int64) -> NameTrouble.Said {
        if isSilent(at) { return .nothing }
        return hosts[origin].troubles.first { $0.from <= at && at < $0.to }?.said ?? .addresses
    }

    /// Whose fault its failures are may stay unknown for long: nobody else may be asked at the time.
    func isDoubtful(_ origin: Int) -> Bool { hosts[origin].troubles.contains { $0.said.isFailure } }

    /// From then on its name is good, and nobody remembers that it was not.
    func isFineFrom(_ origin: Int) -> Int64 {
        hosts[origin].troubles.map { $0.to + RulesText.hour }.max() ?? 0
    }

    /// How a request gets to its server.
    enum Way: Sendable {
        case straight
        /// The first address cannot be connected to, and it goes on to the second.
        case onward(after: Duration)
        /// That one cannot be connected to, and it knows of no other.
        case nowhere
    }

    func way(of origin: Int, _ sendsTo: Destinations?, at: Int64) -> Way {
        let host = hosts[origin]
        guard let sendsTo, host.deadFirst.contains(at), sendsTo.first == host.addresses.first else { return .straight }
        guard sendsTo.second != nil else { return .nowhere }
        return .onward(after: origin % 8 == 0 ? .milliseconds(30) : .seconds(3))
    }
}
