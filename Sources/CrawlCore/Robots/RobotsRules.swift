/// What a robots.txt says to one product token (RFC 9309). Immutable; copies share their storage.
package struct RobotsRules: Sendable {
    /// What is read of a file; what follows is passed over, a line that the limit cuts too (§2.5 asks for 500 KiB).
    package static let parsedBytes = 1 << 20
    /// Longer lines are passed over; no request of ours has a longer path.
    package static let lineBytes = 16384
    /// Further Sitemap lines are passed over.
    package static let sitemapLines = 500
    /// Longer sitemap addresses are passed over.
    package static let sitemapBytes = 2048

    private final class Storage: Sendable {
        let index: RobotsIndex
        let refusesAll: Bool
        let crawlDelay: Duration?
        let sitemaps: [String]

        init(_ index: RobotsIndex, refusesAll: Bool = false, crawlDelay: Duration? = nil, sitemaps: [String] = []) {
            self.index = index
            self.refusesAll = refusesAll
            self.crawlDelay = crawlDelay
            self.sitemaps = sitemaps
        }
    }

    private let storage: Storage

    /// Of a file that does not exist (§2.3.1.3).
    package static let allowAll = RobotsRules(Storage(RobotsIndex([], bytes: [])))

    /// Of a file that could not be reached (§2.3.1.4). Its verdicts name line 0.
    package static let disallowAll = RobotsRules(Storage(RobotsIndex([], bytes: []), refusesAll: true))

    private init(_ storage: Storage) { self.storage = storage }

    /// `text` may be anything; who cuts it at `parsedBytes` or before cuts behind a line end, or leaves a byte more than
    /// `parsedBytes`: half a line would be taken for a whole one. `productToken` is compared as far as a `RobotsToken` goes: of `crawld/1.2` that is
    /// `crawld`; one without such characters is spoken to as everybody is.
    package init(parsing text: [UInt8], productToken: String) {
        let token = Array(productToken.utf8).withUnsafeBufferPointer { RobotsToken($0) }
        var parser = RobotsParser(token: token)
        text.withUnsafeBufferPointer { parser.read($0) }
        let sitemaps = parser.sitemaps
        let group = parser.group()
        storage = Storage(
            RobotsIndex(group.rules, bytes: group.bytes), crawlDelay: group.crawlDelay, sitemaps: sitemaps)
    }

    /// `path`: path and query of a canonical URL, so it starts with `/`. Takes time with the path's length and the rules
    /// that begin like it, at most `RobotsIndex.budget`.
    package func verdict(path: UnsafeBufferPointer<UInt8>) -> RobotsVerdict {
        var steps = 0
        return verdict(path: path, steps: &steps)
    }

    /// Sets `steps` to what it cost: octets and rules looked at.
    func verdict(path: UnsafeBufferPointer<UInt8>, steps: inout Int) -> RobotsVerdict {
        steps = path.count
        if Self.isRobotsFile(path) { return .allowed }
        if storage.refusesAll { return .disallowed(line: 0, text: "Disallow: /") }
        if storage.index.ruleCount == 0 { return .allowed }
        let rule: RobotsRule?
        if RobotsOctets.areAllPlain(path) {
            rule = storage.index.decisive(for: path, steps: &steps)
        } else {
            var compared: [UInt8] = []
            compared.reserveCapacity(path.count + 32)
            RobotsOctets.append(path, wildcards: false, to: &compared)
            rule = compared.withUnsafeBufferPointer { storage.index.decisive(for: $0, steps: &steps) }
        }
        guard let rule, !rule.allows else { return .allowed }
        return .disallowed(line: Int(rule.line), text: Self.readable(storage.index.text(of: rule)))
    }

    /// Of the group that applies, the longest if it has several; nil if it has none that can be read. Zero is kept.
    package var crawlDelay: Duration? { storage.crawlDelay }

    /// The Sitemap lines of the whole file, whatever group they stand in, in their order: at most `sitemapLines` of at
    /// most `sitemapBytes` each, none with blanks or control characters. They are a stranger's words, not yet URLs.
    package var sitemaps: [String] { storage.sitemaps }

    /// `sitemaps` of a file, without reading its rules: what it costs does not depend on them.
    package static func sitemaps(in text: UnsafeBufferPointer<UInt8>) -> [String] { RobotsParser.sitemaps(in: text) }

    /// Rules that can match, duplicates not counted.
    package var ruleCount: Int { storage.index.ruleCount }

    /// What it holds in memory, about.
    package var memoryBytes: Int {
        256 + storage.index.memoryBytes + storage.sitemaps.reduce(0) { $0 + 48 + $1.utf8.count }
    }

    /// "The /robots.txt URI is implicitly allowed" (§2.2.2).
    private static func isRobotsFile(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        path.count == 11 && path.elementsEqual("/robots.txt".utf8)
    }

    private static func readable(_ value: ArraySlice<UInt8>) -> String {
        let text = "Disallow: " + String(decoding: value, as: UTF8.self)
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isPlain && text.utf8.count <= StrangersText.limit ? text : StrangersText.safe(text)
    }
}
