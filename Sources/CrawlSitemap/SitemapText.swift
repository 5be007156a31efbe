/// A sitemap as plain text (sitemaps.org, "Text file"): a URL a line, nothing else.
struct SitemapText {
    private let limit: Int
    private var line: [UInt8] = []
    private var isFalse = false

    init(_ limits: SitemapLimits) { limit = limits.urlBytes + 1 }

    /// Whether a text begins like one.
    static func begins(_ head: some Collection<UInt8>) -> Bool {
        let start = head.prefix(8).map { $0 | 0x20 }
        return start.starts(with: "http://".utf8) || start.starts(with: "https://".utf8)
    }

    /// `falseAt`: where in `bytes` false ones were, rising.
    mutating func read(_ bytes: ArraySlice<UInt8>, falseAt: [Int], into entries: inout [SitemapEntry]) {
        var rest = bytes
        var falseAt = falseAt[...]
        while let end = rest.firstIndex(where: { $0 == 0x0a || $0 == 0x0d }) {
            add(rest[..<end], endsAt: end - bytes.startIndex, &falseAt)
            finish(into: &entries)
            rest = rest[(end + 1)...]
        }
        add(rest, endsAt: bytes.count, &falseAt)
    }

    /// The last line may lack its end.
    mutating func finish(into entries: inout [SitemapEntry]) {
        let url = Blanks.trimmed(line)
        line.removeAll(keepingCapacity: true)
        if !url.isEmpty { entries.append(SitemapEntry(kind: .page, url: url, fault: isFalse ? .falseBytes : nil)) }
        isFalse = false
    }

    private mutating func add(_ part: ArraySlice<UInt8>, endsAt end: Int, _ falseAt: inout ArraySlice<Int>) {
        while let first = falseAt.first, first < end {
            isFalse = true
            falseAt.removeFirst()
        }
        line += line.isEmpty ? part.drop { Blanks.isBlank($0) }.prefix(limit) : part.prefix(limit - line.count)
    }
}

enum Blanks {
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return first == 0 && last == bytes.count - 1 ? bytes : Array(bytes[first...last])
    }
}
