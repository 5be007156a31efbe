/// A set of ASCII bytes in two words: asked for every byte of a URL.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    init(_ text: StaticString) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        text.withUTF8Buffer { bytes in
            for byte in bytes {
                if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
            }
        }
        self.low = low
        self.high = high
    }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        byte < 0x80 && (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    static let blank = ByteSet(" \t\r\n")
    static let lineBreak = ByteSet("\t\r\n")
    static let digit = ByteSet("0123456789")
    static let hexDigit = ByteSet("0123456789abcdefABCDEF")
    static let letter = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    static let scheme = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.")
    static let authorityEnd = ByteSet("/?#")
    /// What a host that libcurl asks for and DNS knows is made of; `_` is in service names and in use.
    static let name = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    /// Between `[` and `]` (RFC 3986 §3.2.2), without zones (RFC 6874) and future versions.
    static let address = ByteSet("0123456789abcdefABCDEF:.")
    /// `pchar`, `/` and `?` of RFC 3986 §3.3 and §3.4, without `%`.
    static let plain = ByteSet(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?")
}

/// The value of a hexadecimal digit; nil for any other byte.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
