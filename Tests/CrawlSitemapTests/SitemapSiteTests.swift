import CrawlSitemap
import Testing

@Suite struct SitemapSiteTests {
    @Test(
        arguments: [
            ("https://a.example", "https://a.example", true), ("https://a.example", "http://a.example:8080", true),
            ("https://a.example", "https://www.a.example", true), ("https://www.a.example", "https://a.example", true),
            ("https://www.a.example", "https://blog.a.example", true),
            ("https://a.example", "https://b.example", false), ("https://a.example", "https://xa.example", false),
            ("https://blog.a.example", "https://a.example", false), ("https://a.example", "https://example", false),
            ("https://www.example", "https://b.www.example", true), ("https://www.example", "https://b.example", false),
            ("http://127.0.0.1:80", "http://127.0.0.1", true),
            ("http://127.0.0.1", "http://127.0.0.2", false), ("http://[::1]:80", "http://[::1]:8080", true),
            ("http://[::1]", "http://[::2]", false), ("http://[::1]", "http://[1::1]", false),
        ])
    func covers(root: String, origin: String, isCovered: Bool) {
        #expect(SitemapSite(origin: root.utf8).covers(origin: origin.utf8) == isCovered)
    }
}
