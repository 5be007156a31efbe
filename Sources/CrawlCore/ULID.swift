/// 48 bits of milliseconds and 80 random bits: sorts by time, 26 letters of Crockford's base 32.
package struct ULID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(at instant: Instant, using random: inout some RandomNumberGenerator) {
        let time = UInt64(clamping: instant.ms) & 0xFFFF_FFFF_FFFF
        high = time << 16 | UInt64(UInt16.random(in: .min ... .max, using: &random))
        low = random.next()
    }

    /// nil unless `text` is 26 digits of the alphabet within 128 bits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 26 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (i, byte) in text.utf8.enumerated() {
            guard let digit = Self.alphabet.firstIndex(of: byte), i > 0 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.high = high
        self.low = low
    }

    package var description: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(26)
        for i in (0..<26).reversed() {
            let shift = UInt64(i) * 5
            let value =
                shift >= 64 ? high >> (shift - 64) : (shift == 0 ? low : low >> shift | high << (64 - shift))
            digits.append(Self.alphabet[Int(value & 31)])
        }
        return String(decoding: digits, as: UTF8.self)
    }

    package static func < (a: ULID, b: ULID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}
