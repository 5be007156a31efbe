import CrawlCore
import CrawlSitemap
import CrawlTesting

/// What came of a document.
struct SitemapTrial: Equatable, CustomStringConvertible {
    var entries: [SitemapEntry] = []
    var end: SitemapEnd?

    /// `chunk` says how many bytes the source gives next.
    init(
        _ document: [UInt8], contentType: String? = nil, limits: SitemapLimits = SitemapLimits(),
        chunk: @escaping () -> Int = { 65_536 }
    ) throws {
        var rest = document[...]
        try self.init(contentType: contentType, limits: limits) {
            let part = Array(rest.prefix(max(1, chunk())))
            rest = rest.dropFirst(part.count)
            return part
        }
    }

    init(
        contentType: String? = nil, limits: SitemapLimits = SitemapLimits(), source: @escaping () -> [UInt8]
    ) throws {
        let reader = SitemapReader(limits: limits, contentType: contentType, source: source)
        while end == nil {
            let piece = try reader.next()
            entries += piece.entries
            end = piece.end
        }
    }

    var faults: [SitemapEntry.Fault?] { entries.map(\.fault) }
    var urls: [String] { entries.map { String(decoding: $0.url, as: UTF8.self) } }
    var description: String { "\(urls.prefix(5)) … \(entries.count), \(end.map { "\($0)" } ?? "-")" }
}

enum Sample {
    static func urlset(_ urls: [String], attributes: String = "") -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset\(attributes)>"
            + urls.map { "<url><loc>\($0)</loc></url>" }.joined(separator: "\n") + "</urlset>\n"
    }

    static func numbered(_ count: Int) -> [String] { (0..<count).map { "https://a.example/\($0)" } }

    static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
        ("\u{feff}" + text).utf16.flatMap { unit in
            let bytes = [UInt8(unit >> 8), UInt8(unit & 0xff)]
            return bigEndian ? bytes : bytes.reversed()
        }
    }
}
