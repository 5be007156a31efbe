/// A raw DEFLATE stream (RFC 1951) of one letter repeated, made without a compressor: 258 letters to 13 bits.
enum DeflateBomb {
    /// In a gzip frame (RFC 1952) without its trailer, which nobody will reach. `count` is rounded to a multiple of 2,064.
    static func gzip(count: Int) -> [UInt8] { [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + deflate(count: count) }

    private static func deflate(count: Int) -> [UInt8] {
        var bits = Bits()
        // A last block with the fixed codes, and the letter itself.
        bits.append(0b1, 1)
        bits.append(0b01, 2)
        bits.append(0b0011_0000 + UInt32(UInt8(ascii: "a")), code: 8)
        // Until the pattern begins at a byte.
        while bits.used % 8 != 0 { bits.appendMatch() }
        var period = Bits()
        for _ in 0..<8 { period.appendMatch() }
        return Array([bits.bytes, Array(repeatElement(period.bytes, count: count / 2064).joined())].joined())
    }

    private struct Bits {
        var bytes: [UInt8] = []
        var used = 0

        /// A match of length 258 (code 285) at distance 1 (code 0).
        mutating func appendMatch() {
            append(0b1100_0101, code: 8)
            append(0, code: 5)
        }

        /// Huffman codes start with their most significant bit.
        mutating func append(_ value: UInt32, code width: Int) {
            for i in (0..<width).reversed() { append(value >> UInt32(i) & 1, 1) }
        }

        mutating func append(_ value: UInt32, _ width: Int) {
            for i in 0..<width {
                if used % 8 == 0 { bytes.append(0) }
                bytes[bytes.count - 1] |= UInt8(value >> UInt32(i) & 1) << UInt8(used % 8)
                used += 1
            }
        }
    }
}
