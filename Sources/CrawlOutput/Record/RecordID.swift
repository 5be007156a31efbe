/// 128 bits that name a record: `<urn:uuid:…>` of a random UUID (RFC 9562 §5.4).
package struct RecordID: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(using random: inout some RandomNumberGenerator) {
        high = random.next() & ~0xF000 | 0x4000
        low = random.next() & ~(3 << 62) | 1 << 63
    }

    /// As a row keeps it; whatever bits it has.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `<urn:uuid:6c7a4b2e-…>`
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func write(to bytes: inout [UInt8]) {
        bytes.put("<urn:uuid:")
        let all = [high, low].lazy.flatMap { word in
            (0..<8).lazy.map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
        for (i, byte) in all.enumerated() {
            if i == 4 || i == 6 || i == 8 || i == 10 { bytes.put("-") }
            bytes.put(hex: CollectionOfOne(byte))
        }
        bytes.put(">")
    }
}
