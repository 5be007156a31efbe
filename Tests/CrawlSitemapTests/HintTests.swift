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
            ("1970-01-01Z", 86_399_999), ("1970-01-01+01:00", 82_799_999), ("1970-01-01-0030", 88_199_999),
            ("1970-01-01 ", 86_399_999), ("2026-02-30Z", nil), ("1970-01-01Zulu", nil), ("1970-01-01+", nil),
            (" 1970-01-01T00:00:00Z\n", 0), ("2026-02-29", nil), ("2026-13-01", nil), ("2026-00-01", nil),
            ("2026-01-00", nil), ("2026", nil), ("2026-02", nil), ("yesterday", nil), ("", nil),
            ("2026-02-28T24:00:00Z", nil), ("2026-02-28T23:60:00Z", nil), ("2026-02-28T23:59:59.Z", nil),
            ("2026-02-28T23:59:59Z!", nil), ("02/28/2026", nil), ("2026-02-28T", nil),
        ] as [(String, Int64?)])
    func lastModified(text: String, ms: Int64?) throws {
        #expect(try entry("<lastmod>\(text)</lastmod>")?.lastModified?.ms == ms)
    }

    /// What feeds say, in the variety that is met.
    @Test(
        arguments: [
            ("Fri, 02 Jan 1970 00:00:00 GMT", 86_400_000), ("Fri, 2 Jan 1970 00:00:00 +0000", 86_400_000),
            ("2 Jan 1970 00:00 UT", 86_400_000), ("02 Jan 70 00:00:00 Z", 86_400_000),
            ("Fri, 02 Jan 1970 01:00:00 +0100", 86_400_000), ("Fri, 02 Jan 1970 01:00:00 +01:00", 86_400_000),
            ("Fri, 02 Jan 1970 01:00:00 GMT+0100", 86_400_000), ("Fri, 02 Jan 1970 01:00:00 GMT+1", 86_400_000),
            ("Fri, 02 Jan 1970 01:00:00 GMT +0100", 86_400_000),
            ("Thu, 01 Jan 1970 19:00:00 EST", 86_400_000), ("Thu, 01 Jan 1970 20:00:00 EDT", 86_400_000),
            ("Thu, 01 Jan 1970 16:00:00 pst", 86_400_000), ("Fri, 02 Jan 1970 00:00:00 -0000", 86_400_000),
            ("Fri, 02 Jan 1970 00:00:00 CET", 86_400_000), ("Fri, 02 Jan 1970 00:00:00", 86_400_000),
            ("Friday, 02-Jan-70 00:00:00 GMT", 86_400_000), ("Fri,02 January 1970 00:00:00 GMT", 86_400_000),
            ("Fri, 02 jan. 1970 0:00:00 GMT", 86_400_000), ("Fri, 02 Jan 1970 00:00:00 +0000 (UTC (so))", 86_400_000),
            ("\n  Fri,  02  Jan  1970\t00:00:00   GMT \n", 86_400_000), ("Fri, 02 Jan 1970", 172_799_999),
            ("28 Feb 2026 23:59:59 GMT", 1_772_323_199_000), ("28 Feb 26 23:59:59 GMT", 1_772_323_199_000),
            ("01 Jan 126 00:00:00 GMT", 1_767_225_600_000), ("1970-01-02T00:00:00Z", 86_400_000),
            ("30 Feb 2026 00:00:00 GMT", nil), ("0 Jan 2026 00:00:00 GMT", nil), ("Fri, 02 Foo 1970 00:00:00 GMT", nil),
            ("Fri, 02 Jan 1970 24:00:00 GMT", nil), ("Fri, 02 Jan 1970 00:60:00 GMT", nil), ("Fri", nil),
            ("Fri, 02 Jan 1970 00:00:00 +9999", nil), ("Fri, 02 Jan 1970 00 GMT", nil), ("2 Jan", nil), ("", nil),
            ("Fri, 02 Jan 1970 00:00:00 GMT or so later", nil), ("((((", nil),
            (String(repeating: "(", count: 4000) + "02 Jan 1970", nil),
        ] as [(String, Int64?)])
    func publicationDate(text: String, ms: Int64?) throws {
        let rss = "<rss><channel><item><link>/1</link><pubDate>\(text)</pubDate></item></channel></rss>"
        #expect(try SitemapTrial(Array(rss.utf8)).entries.first?.lastModified?.ms == ms)
        let atom = "<feed><entry><link href='/1'/><updated>\(text)</updated></entry></feed>"
        #expect(try SitemapTrial(Array(atom.utf8)).entries.first?.lastModified?.ms == ms)
    }
}
