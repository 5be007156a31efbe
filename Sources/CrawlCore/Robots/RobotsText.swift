/// Whether bytes can be a robots.txt at all, and what of them can be relied upon if their end is missing. Pure.
enum RobotsText {
    /// No NUL, at most one byte in twenty a control character, and UTF-8 or Latin-1. Every byte is some character of
    /// Latin-1, so it counts as that only if its controls (0x80 to 0x9F, which no text in it has) stay within the same
    /// share: a page in windows-1252 passes, compressed or encrypted bytes and multi-byte encodings do not.
    /// `isCut`: the last character may lack its end.
    static func isText(_ bytes: [UInt8], isCut: Bool = false) -> Bool {
        var controls = 0
        var upperControls = 0
        for byte in bytes {
            switch byte {
            case 0: return false
            case 0x09...0x0D: break
            case ..<0x20, 0x7F: controls += 1
            case 0x80...0x9F: upperControls += 1
            default: break
            }
        }
        guard isFew(controls, of: bytes) else { return false }
        return upperControls == 0 || isFew(controls + upperControls, of: bytes)
            || isUTF8(bytes, isCut: isCut)
    }

    private static func isUTF8(_ bytes: [UInt8], isCut: Bool) -> Bool {
        if String(validating: bytes, as: UTF8.self) != nil { return true }
        guard isCut, let last = bytes.lastIndex(where: { $0 >= 0xC2 }), bytes.count - last <= 3 else { return false }
        return String(validating: bytes[..<last], as: UTF8.self) != nil
    }

    private static func isFew(_ count: Int, of bytes: [UInt8]) -> Bool { count * 20 <= bytes.count }

    /// Up to the last line end: half a line says something else than the whole one.
    static func wholeLines(_ bytes: [UInt8]) -> [UInt8] {
        let end = bytes.lastIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? 0
        return Array(bytes.prefix(end))
    }

    /// At least one line is a rule, for whomever.
    static func hasRule(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { text in
            text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.contains { line in
                guard line.count <= RobotsRules.lineBytes else { return false }
                return switch RobotsRecord(line: UnsafeBufferPointer(rebasing: line)) {
                case .allow, .disallow: true
                default: false
                }
            }
        }
    }
}
