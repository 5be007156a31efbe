/// The form in which paths and patterns are compared (RFC 9309 §2.2.2, §2.2.3).
///
/// | octet | compared as |
/// |---|---|
/// | unreserved (RFC 3986 §2.3), escaped or not | itself |
/// | `/ ? & =`, the delimiters of path and query | itself; `%2F` and its like stay apart |
/// | any other reserved octet, `*` and `$` in a path | escaped: `:` is `%3A` |
/// | `*` in a pattern | any row of octets; `%2A` is the asterisk itself |
/// | control, blank, non-ASCII, `%` that begins no escape | escaped |
/// | escapes | in upper case |
enum RobotsOctets {
    private static let letters: UInt64 = 0x07FF_FFFE_07FF_FFFE
    private static let unreservedLow: UInt64 = 0x03FF << 0x30 | 1 << 0x2D | 1 << 0x2E
    private static let unreservedHigh: UInt64 = letters | 1 << (0x5F - 64) | 1 << (0x7E - 64)
    private static let delimiters: UInt64 = 1 << 0x26 | 1 << 0x2F | 1 << 0x3D | 1 << 0x3F

    @inline(__always)
    static func isUnreserved(_ byte: UInt8) -> Bool {
        let mask = byte < 64 ? unreservedLow : unreservedHigh
        return byte < 128 && (mask >> UInt64(byte & 63)) & 1 == 1
    }

    /// Needs no change, wherever it stands.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        let mask = byte < 64 ? unreservedLow | delimiters : unreservedHigh
        return byte < 128 && (mask >> UInt64(byte & 63)) & 1 == 1
    }

    static func areAllPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        while i < bytes.count, isPlain(bytes[i]) { i += 1 }
        return i == bytes.count
    }

    /// `wildcards`: an asterisk is kept as it is, as in a pattern.
    static func append(_ bytes: UnsafeBufferPointer<UInt8>, wildcards: Bool, to result: inout [UInt8]) {
        var i = 0
        while i < bytes.count {
            let byte = bytes[i]
            if isPlain(byte) || wildcards && byte == UInt8(ascii: "*") {
                result.append(byte)
            } else if byte == UInt8(ascii: "%"), i + 2 < bytes.count, let high = hexValue(bytes[i + 1]),
                let low = hexValue(bytes[i + 2])
            {
                let value = high << 4 | low
                if isUnreserved(value) { result.append(value) } else { appendEscape(value, to: &result) }
                i += 2
            } else {
                appendEscape(byte, to: &result)
            }
            i += 1
        }
    }

    private static func appendEscape(_ byte: UInt8, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "%"))
        result.append(hexDigit(byte >> 4))
        result.append(hexDigit(byte & 15))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
