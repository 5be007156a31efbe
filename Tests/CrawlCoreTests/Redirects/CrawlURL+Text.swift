import CrawlCore

extension CrawlURL {
    /// Of a canonical URL with a path.
    init(text: String) {
        let path = text.utf8.dropFirst(8).firstIndex(of: UInt8(ascii: "/")) ?? text.utf8.endIndex
        self.init(canonical: text.utf8, originLength: text.utf8.distance(from: text.utf8.startIndex, to: path))
    }
}
