/// Which proxy an origin's requests go through: always the same one, chosen by the origin's number, until an answer
/// shows that the proxy is unwelcome there. Then the next one is taken, for good.
///
/// | what came through the present proxy | |
/// |---|---|
/// | `blocked`, `throttled` | the next proxy |
/// | anything else, and any failure at the origin above all | the same proxy |
///
/// Pure; keeps one number for each origin that was ever moved.
package struct ProxyPool: Sendable, Hashable {
    /// Proxies there are; 0 = requests go straight to their servers.
    package let count: Int
    /// How often each origin was moved on; absent = never.
    private var rotations: [Int64: Int]

    package init(count: Int, rotations: [Int64: Int] = [:]) {
        self.count = min(max(count, 0), Self.limit)
        self.rotations = count > 1 ? rotations : [:]
    }

    /// So many at most.
    package static let limit = 1000

    package var isEmpty: Bool { count == 0 }

    /// nil = there are none.
    package func proxy(of origin: Int64) -> UInt16? {
        guard count > 0 else { return nil }
        // Neighbouring numbers spread (the finaliser of SplitMix64), and rotation goes round by one.
        var hash = UInt64(bitPattern: origin) &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        let start = Int(hash % UInt64(count))
        return UInt16((start + (rotations[origin] ?? 0) % count) % count)
    }

    /// Looks at an answer that came through `proxy`. Returns the origin's new number of moves if it was moved on; of
    /// several such answers that were under way at once the first one counts.
    package mutating func note(_ outcome: Outcome, through proxy: UInt16?, of origin: Int64) -> Int? {
        guard count > 1, outcome.rotatesProxy, proxy == self.proxy(of: origin) else { return nil }
        let moved = ((rotations[origin] ?? 0) + 1) % (1 << 30)
        rotations[origin] = moved
        return moved
    }
}

extension Outcome {
    /// The server turned away who asked, not what was asked.
    var rotatesProxy: Bool { self == .blocked || self == .throttled }
}
