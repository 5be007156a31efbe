extension IPAddress: CustomStringConvertible {
    /// `192.0.2.1`, or RFC 5952's form: `2001:db8::1`.
    package var description: String { isV4 ? Self.text(v4: low) : Self.text(v6: groups) }

    /// The 4 or 16 bytes in network order; nil for any other number.
    package init?(bytes: UnsafeBufferPointer<UInt8>) {
        switch bytes.count {
        case 4:
            self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            let high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            let low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
            self.init(v6High: high, low: low)
        default:
            return nil
        }
    }

    /// A dotted quad without leading zeros, or an IPv6 address (RFC 4291 §2.2) without a zone; nil for anything else.
    package init?(_ text: some Sequence<UInt8>) {
        let bytes = Array(text.prefix(46))
        if bytes.contains(UInt8(ascii: ":")) {
            guard let groups = Self.parse(v6: bytes) else { return nil }
            let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let low = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            self.init(v6High: high, low: low)
        } else {
            guard let value = Self.parse(v4: bytes[...]) else { return nil }
            self.init(v4: value)
        }
    }

    private var groups: [UInt16] {
        [high, low].flatMap { word in (0..<4).map { UInt16(truncatingIfNeeded: word >> (48 - 16 * $0)) } }
    }

    private static func text(v4: UInt64) -> String {
        "\(v4 >> 24 & 255).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)"
    }

    private static func text(v6 groups: [UInt16]) -> String {
        // The first longest run of at least two zero groups becomes `::`.
        var best = 0..<0
        var start: Int?
        for i in 0...groups.count {
            if i < groups.count, groups[i] == 0 {
                start = start ?? i
            } else if let from = start {
                if i - from > max(best.count, 1) { best = from..<i }
                start = nil
            }
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return joined(groups[...]) }
        return joined(groups[..<best.lowerBound]) + "::" + joined(groups[best.upperBound...])
    }

    private static func parse(v4 bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let octet = decimal(part) else { return nil }
            value = value << 8 | octet
        }
        return value
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
        }
        return value <= 255 ? value : nil
    }

    private static func parse(v6 bytes: [UInt8]) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        var gap: Int?
        for i in bytes.indices.dropFirst() where bytes[i] == colon && bytes[i - 1] == colon {
            if gap != nil { return nil }
            gap = i - 1
        }
        guard let gap else {
            guard let groups = parse(groups: bytes[...]), groups.count == 8 else { return nil }
            return groups
        }
        guard let before = gap == 0 ? [] : parse(groups: bytes[..<gap], endsTheAddress: false),
            let after = gap + 2 == bytes.count ? [] : parse(groups: bytes[(gap + 2)...]),
            before.count + after.count < 8
        else { return nil }
        return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
    }

    /// An IPv4 address may stand for the last two groups of all.
    private static func parse(groups bytes: ArraySlice<UInt8>, endsTheAddress: Bool = true) -> [UInt16]? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (i, part) in parts.enumerated() {
            if endsTheAddress, i == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let v4 = parse(v4: part) else { return nil }
                groups += [UInt16(v4 >> 16), UInt16(v4 & 0xFFFF)]
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(isHex),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
