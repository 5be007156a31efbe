/// What a line of robots.txt is (RFC 9309 §2.2), with the bytes of its value.
enum RobotsRecord {
    case userAgent(UnsafeBufferPointer<UInt8>)
    case allow(UnsafeBufferPointer<UInt8>)
    case disallow(UnsafeBufferPointer<UInt8>)
    case crawlDelay(UnsafeBufferPointer<UInt8>)
    case sitemap(UnsafeBufferPointer<UInt8>)

    /// nil for an empty line, a comment and a record that is none of ours; those change nothing (§2.2.4).
    ///
    /// Names in any case. As lenient as common parsers are: spaces around the colon, a few misspellings of the names,
    /// and no colon at all if just one word follows.
    init?(line: UnsafeBufferPointer<UInt8>) {
        let end = line.firstIndex(of: UInt8(ascii: "#")) ?? line.count
        let text = Self.trimmed(UnsafeBufferPointer(rebasing: line[..<end]))
        if let colon = text.firstIndex(of: UInt8(ascii: ":")),
            let record = Self.record(
                Self.trimmed(UnsafeBufferPointer(rebasing: text[..<colon])),
                Self.trimmed(UnsafeBufferPointer(rebasing: text[(colon + 1)...])))
        {
            self = record
        } else if let blank = text.firstIndex(where: Self.isBlank) {
            let value = Self.trimmed(UnsafeBufferPointer(rebasing: text[blank...]))
            guard !value.contains(where: Self.isBlank),
                let record = Self.record(UnsafeBufferPointer(rebasing: text[..<blank]), value)
            else { return nil }
            self = record
        } else {
            return nil
        }
    }

    private static func record(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> RobotsRecord? {
        guard (5...11).contains(name.count) else { return nil }
        switch name[0] | 0x20 {
        case UInt8(ascii: "u"):
            return name ~= "user-agent" || name ~= "useragent" || name ~= "user agent" ? .userAgent(value) : nil
        case UInt8(ascii: "a"):
            return name ~= "allow" ? .allow(value) : nil
        case UInt8(ascii: "d"):
            return name ~= "disallow" || name ~= "dissallow" || name ~= "dissalow" || name ~= "disalow"
                || name ~= "diasllow" || name ~= "disallaw" ? .disallow(value) : nil
        case UInt8(ascii: "c"):
            return name ~= "crawl-delay" || name ~= "crawldelay" || name ~= "crawl delay" ? .crawlDelay(value) : nil
        case UInt8(ascii: "s"):
            return name ~= "sitemap" || name ~= "sitemaps" || name ~= "site-map" ? .sitemap(value) : nil
        default:
            return nil
        }
    }

    /// Space, tab and every control character: none of them is part of a value (§2.2 `UTF8-char-noctl`).
    static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

    static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = bytes.count
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }
}

/// Equal but for the case of ASCII letters; `name` is in lower case.
private func ~= (bytes: UnsafeBufferPointer<UInt8>, name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    for i in 0..<bytes.count {
        let byte = bytes[i]
        let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        guard lower == name.utf8Start[i] else { return false }
    }
    return true
}
