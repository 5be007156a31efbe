import CrawlCore
import CrawlTesting

/// What the servers of one name say for some time, in place of its addresses.
struct NameTrouble: Sendable {
    enum Said: Sendable, Hashable {
        case addresses
        /// NXDOMAIN, for so long.
        case noName(Duration)
        /// The name is there and has no address, for so long.
        case noAddress(Duration)
        /// SERVFAIL.
        case serverFailure
        case nothing

        /// It says nothing of the name.
        var isFailure: Bool { self == .serverFailure || self == .nothing }
    }

    /// Steady time.
    var from: Int64
    var to: Int64
    var said: Said

    static func drawn(days: Int, _ random: inout SeededRandom) -> NameTrouble {
        let from = Int64(random.int(60...(days * 24 - 30) * 60)) * 60_000
        let length = Int64(random.int(5...10 * 60)) * 60_000
        let ttl = random.pick([Duration.zero, .seconds(60), .minutes(15), .hours(2)]) ?? .zero
        let said = random.pick([Said.noName(ttl), .noName(ttl), .noAddress(ttl), .serverFailure, .nothing])
        return NameTrouble(from: from, to: from + length, said: said ?? .nothing)
    }
}
