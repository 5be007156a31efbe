import CrawlCore
import CrawlSitemap
import Testing

@Suite struct HintTests {
    private func entry(_ fields: String) throws -> SitemapEntry? {
        try SitemapTrial(Array("<urlset><url><loc>/</loc>\(fields)</url></urlset>".utf8)).entries.first
    }

    @Test(
        arguments: [
            ("0.0", -10), ("0.5", 0), ("1.0", 10), ("1", 10), ("0", -10), (".5", 0), ("0.8", 6), ("0.64", 3),
            ("0.50001", 0),
            (" 0.9 ", 8), ("1.1", nil), ("2", nil), ("-0.5", nil), ("high", nil), ("", nil), ("nan", nil), ("0x1", nil),
            ("1e0", nil), ("0,5", nil), ("0.5.5", nil), (".", nil), ("00000000000000000000000000000000000", nil),
        ] as [(String, Int?)])
    func priority(text: String, wanted: Int?) throws {
        #expect(try entry("<priority>\(text)</priority>")?.priority == wanted)
    }

    @Test(
        arguments: [
            ("1970-01-02T00:00:00Z", 86_400_000), ("1970-01-01", 86_399_999), ("1969-12-31T23:59:59Z", -1000),
            ("2026-02-28T23:59:59.25Z", 1_772_323_199_250), ("2026-02-28T23:59:59+01:00", 1_772_319_599_000),
            ("2026-02-28T23:59:59-0130", 1_772_328_599_000), ("2026-02-28T23:59Z", 1_772_323_140_000),
            ("2026-02-28 23:59:59", 1_772_323_199_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            (" 1970-01-01T00:00:00Z\n", 0), ("2026-02-29", nil), ("2026-13-01", nil), ("2026-00-01", nil),
            ("2026-01-00", nil), ("2026", nil), ("2026-02", nil), ("yesterday", nil), ("", nil),
            ("2026-02-28T24:00:00Z", nil), ("2026-02-28T23:60:00Z", nil), ("2026-02-28T23:59:59.Z", nil),
            ("2026-02-28T23:59:59Z!", nil), ("02/28/2026", nil), ("2026-02-28T", nil),
        ] as [(String, Int64?)])
    func lastModified(text: String, ms: Int64?) throws {
        #expect(try entry("<lastmod>\(text)</lastmod>")?.lastModified?.ms == ms)
    }
}
