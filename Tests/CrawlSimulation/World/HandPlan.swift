import CrawlCore
import CrawlTesting

/// At which origins of a seed an operator is at work, and how often. Drawn by itself: what else a seed decides stays what
/// it is without.
package struct HandPlan: Sendable {
    private(set) var origins: Set<Int> = []
    private let seed: UInt64

    /// Of an origin that is asked, the share of requests that an operator acts beside: while it is being asked, or before
    /// its answer is stored.
    private static func share(_ standing: Standing) -> Double {
        switch standing {
        case .well: 0.01
        // Whoever is disturbed at every tenth request has no hour, and none of its URLs comes to share an incident.
        case .troubled: 0.02
        case .sharing: 0.3
        }
    }

    package enum Standing: Sendable {
        case well
        /// Some of its URLs are told of, or it is suspect.
        case troubled
        /// Some of its URLs share an incident.
        case sharing
    }

    /// What waits for its commit waits no longer.
    static let commit: Int64 = 300

    /// None.
    init() { seed = 0 }

    init(seed: UInt64, origins count: Int) {
        self.seed = seed ^ 0x0fe8_a70f
        var random = SeededRandom(seed: self.seed)
        for origin in 0..<count where Self.isCrowd(origin) || random.chance(0.3) { origins.insert(origin) }
    }

    var isEmpty: Bool { origins.isEmpty }
    var draws: SeededRandom { SeededRandom(seed: seed) }

    /// It has so many URLs that fail together that some share an incident.
    static func isCrowd(_ origin: Int) -> Bool { origin % 10 == 3 }

    /// What an operator does beside a request, and how long after it was sent; nil = nothing.
    func beside(
        _ target: Target, pages: Int, latency: Int64, standing: Standing, _ random: inout SeededRandom
    ) -> (hand: Hand, after: Int64)? {
        guard origins.contains(target.origin), random.chance(Self.share(standing)) else { return nil }
        let other = Target(origin: target.origin, page: random.int(0...pages - 1))
        let own = target.page == nil ? other : target
        let hands: [Hand] = [
            .reviveOrigin(own.origin), .reviveOrigin(own.origin), .remove(own), .remove(own), .renew(own),
            .revive(own), .remove(other), .revive(other), .force(own), .removeOrigin(own.origin),
        ]
        return random.pick(hands).map { ($0, Int64(random.int(0...Int(latency + Self.commit)))) }
    }
}
