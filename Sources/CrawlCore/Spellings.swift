/// The same URL in other spellings. By RFC 3986 §6.2.2.2 an escape of a character that needs none (`%7E`) is that
/// character (`~`); the canonical form keeps the two apart, because servers may. Who asks for a URL may have it from
/// somewhere that writes the other one.
package enum Spellings {
    /// Of so many tildes every mixture is tried, of more only those that are all of one kind.
    private static let mixedTildes = 4

    /// Without `url` itself, the likeliest first; about 30 at most. A tilde is looked for in both spellings, for it is the
    /// one that programs escape or do not; every other such escape only decoded.
    package static func others(of url: CrawlURL) -> [CrawlURL] {
        let given = Array(url.string.utf8.dropFirst(url.originLength))
        guard given.contains(where: { $0 == percent || $0 == tilde }) else { return [] }
        var found: [CrawlURL] = []
        var seen: Set<[UInt8]> = [given]
        for base in [given, decoded(given) { _ in true }] {
            for text in tildes(of: base) where seen.insert(text).inserted {
                let bytes = Array(url.string.utf8.prefix(url.originLength)) + text
                found.append(CrawlURL(canonical: bytes, originLength: url.originLength))
            }
        }
        return found
    }

    private static let percent = UInt8(ascii: "%")
    private static let tilde = UInt8(ascii: "~")

    private static func tildes(of text: [UInt8]) -> [[UInt8]] {
        let parts = decoded(text) { $0 == tilde }
            .split(separator: tilde, omittingEmptySubsequences: false).map(Array.init)
        let count = parts.count - 1
        let all = (1 << min(count, 62)) - 1
        let choices = count <= mixedTildes ? Array(0...all) : [0, all]
        return choices.map { escaped in
            parts.enumerated().reduce(into: []) { text, part in
                if part.offset > 0 {
                    text += escaped >> min(part.offset - 1, 61) & 1 == 1 ? Array("%7E".utf8) : [tilde]
                }
                text += part.element
            }
        }
    }

    /// With the escapes of such unreserved characters (RFC 3986 §2.3) as the characters.
    private static func decoded(_ text: [UInt8], _ wanted: (UInt8) -> Bool) -> [UInt8] {
        var out: [UInt8] = []
        var i = 0
        while i < text.count {
            if text[i] == percent, i + 2 < text.count, let high = hex(text[i + 1]), let low = hex(text[i + 2]),
                isUnreserved(high << 4 | low), wanted(high << 4 | low)
            {
                out.append(high << 4 | low)
                i += 3
            } else {
                out.append(text[i])
                i += 1
            }
        }
        return out
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
