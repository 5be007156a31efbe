import CrawlTesting
import Foundation

/// Sitemaps of a site as files that nginx serves.
struct SitemapSite: Sendable {
    static let large = 50_000
    static let small = 500

    private let folder: String
    let nginx: NginxOrigin

    init(_ home: DaemonHome) async throws {
        folder = home.folder.file("tree/names")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        nginx = try await NginxOrigin(folder: home.folder.path, tree: home.folder.file("tree"), broken: [])
        write("index.xml", index(["large.xml", "small.xml.gz"]))
        write("large.xml", urlset(0..<Self.large))
        FileBytes.write(
            Gzip.compress(Array(urlset(Self.large..<(Self.large + Self.small)).utf8)), to: folder + "/small.xml.gz")
        write("loop1.xml", index(["loop2.xml"]))
        write("loop2.xml", index(["loop1.xml"]))
        // Above the limit of other bodies too.
        write("huge.xml", "<urlset><url><loc>\(page(0))</loc></url>" + String(repeating: " ", count: 53 << 20))
        write("bomb.xml", "<!DOCTYPE urlset [<!ENTITY a 'haha'>]><urlset><url><loc>&a;</loc></url></urlset>")
    }

    func url(_ name: String) -> String { "\(nginx.base)/names/\(name)" }
    func page(_ number: Int) -> String { url("page/\(number)") }

    private func write(_ name: String, _ text: String) { FileBytes.write(Array(text.utf8), to: folder + "/" + name) }

    private func urlset(_ pages: Range<Int>) -> String {
        let entries = pages.map { "<url><loc>\(page($0))</loc><priority>0.6</priority></url>\n" }
        return "<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
            + entries.joined() + "</urlset>\n"
    }

    private func index(_ names: [String]) -> String {
        "<sitemapindex>" + names.map { "<sitemap><loc>\(url($0))</loc></sitemap>" }.joined() + "</sitemapindex>"
    }
}
