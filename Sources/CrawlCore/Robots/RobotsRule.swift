/// One allow or disallow line; its bytes lie in the arena of `RobotsIndex`, in the form of `RobotsOctets`.
struct RobotsRule: Sendable {
    /// Where the pattern begins; a `$` that ends it lies behind it.
    var pattern: UInt32
    /// Where the value as it was written begins.
    var text: UInt32
    var line: UInt32
    /// In octets, without the `$` that ends the pattern.
    var patternLength: UInt16
    /// Octets before the first `*`.
    var literalLength: UInt16
    var textLength: UInt16
    var allows: Bool
    /// `$` at the end (§2.2.3).
    var isAnchored: Bool
    /// A bit for each octet that must occur in a path, by its low six bits: spares most searches.
    var needs: UInt64

    var hasWildcard: Bool { literalLength < patternLength }

    /// "The match that has the most octets" (§2.2.2), special characters counted.
    var octets: Int { Int(patternLength) + (isAnchored ? 1 : 0) }

    /// More octets, or an allow as long as a disallow (§2.2.2).
    func beats(_ other: RobotsRule) -> Bool {
        octets != other.octets ? octets > other.octets : allows && !other.allows
    }

    static func bits(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var bits: UInt64 = 0
        for byte in bytes where byte != UInt8(ascii: "*") { bits |= 1 << UInt64(byte & 63) }
        return bits
    }
}
