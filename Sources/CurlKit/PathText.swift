/// The text of a URL's path and query.
enum PathText {
    /// Appends a path that begins with `/` or `\`, or is empty: dot segments resolved (RFC 3986 §5.2.4) and the rest
    /// escaped; at least `/`. `%2e` counts as a dot (RFC 3986 §6.2.2.2 decodes it first, WHATWG says so outright), but
    /// only where it makes a dot segment. `escaping` false leaves all other segments as they are written.
    static func appendPath(_ path: ArraySlice<UInt8>, escaping: Bool = true, to result: inout [UInt8]) {
        let root = result.count
        guard !path.isEmpty else { return result.append(slash) }
        var start = path.startIndex + 1
        while true {
            let end = path[start...].firstIndex { $0 == slash || $0 == UInt8(ascii: "\\") } ?? path.endIndex
            let segment = path[start..<end]
            let isLast = end == path.endIndex
            switch dots(segment) {
            case 1:
                if isLast { result.append(slash) }
            case 2:
                let parent = result[root...].lastIndex(of: slash) ?? root
                result.removeLast(result.count - parent)
                if isLast { result.append(slash) }
            default:
                result.append(slash)
                if escaping { appendEscaped(segment, to: &result) } else { result += segment }
            }
            if isLast { return }
            start = end + 1
        }
    }

    /// 1 for `.`, 2 for `..`, in whatever spelling; 0 for any other segment.
    private static func dots(_ segment: ArraySlice<UInt8>) -> Int {
        var count = 0
        var i = segment.startIndex
        while i < segment.endIndex {
            if segment[i] == UInt8(ascii: ".") {
                i += 1
            } else if segment[i] == UInt8(ascii: "%"), i + 2 < segment.endIndex,
                segment[i + 1] == UInt8(ascii: "2"), segment[i + 2] | 0x20 == UInt8(ascii: "e")
            {
                i += 3
            } else {
                return 0
            }
            count += 1
            if count > 2 { return 0 }
        }
        return count
    }

    /// Appends escapes in upper case, and escapes whatever is not `ByteSet.plain`: a `%` that begins no escape too.
    static func appendEscaped(_ text: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var i = text.startIndex
        while i < text.endIndex {
            let byte = text[i]
            i += 1
            if ByteSet.plain.contains(byte) {
                result.append(byte)
            } else if byte == UInt8(ascii: "%"), i + 1 < text.endIndex, let high = hexValue(text[i]),
                let low = hexValue(text[i + 1])
            {
                appendEscape(high << 4 | low, to: &result)
                i += 2
            } else {
                appendEscape(byte, to: &result)
            }
        }
    }

    private static let slash = UInt8(ascii: "/")

    private static func appendEscape(_ byte: UInt8, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "%"))
        result.append(hexDigit(byte >> 4))
        result.append(hexDigit(byte & 15))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
