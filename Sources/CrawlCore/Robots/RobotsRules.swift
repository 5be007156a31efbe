/// STUB
package struct RobotsRules: Sendable {
    package static let allowAll = RobotsRules(parsing: [], productToken: "")
    package var crawlDelay: Duration?
    package var sitemaps: [String] = []
    package var memoryBytes: Int { 64 }
    private var disallow: [[UInt8]] = []
    package init(parsing text: [UInt8], productToken: String) {
        var n = 0
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            n += 1
            let s = String(decoding: line, as: UTF8.self)
            if s.hasPrefix("Disallow: ") { disallow.append(Array(s.dropFirst(10).utf8)) }
            if s.hasPrefix("Crawl-delay: "), let d = Int(s.dropFirst(13)) { crawlDelay = .seconds(d) }
            if s.hasPrefix("Sitemap: ") { sitemaps.append(String(s.dropFirst(9))) }
        }
    }
    package func verdict(path: UnsafeBufferPointer<UInt8>) -> RobotsVerdict {
        for (i, d) in disallow.enumerated() where path.starts(with: d) {
            return .disallowed(line: i, text: "Disallow: " + String(decoding: d, as: UTF8.self))
        }
        return .allowed
    }
}
package enum RobotsVerdict: Sendable, Hashable {
    case allowed
    case disallowed(line: Int, text: String)
}
