import CrawlSitemap
import CrawlTesting
import Testing

/// Which elements are an entry's, and what becomes of entries that are none.
@Suite struct EntryFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var document: String
        var entries: [Entry]
        var end = SitemapEnd.complete
        var testDescription: String { name }

        init(_ name: String, _ document: String, _ entries: [Entry], end: SitemapEnd = .complete) {
            (self.name, self.document, self.entries, self.end) = (name, document, entries, end)
        }
    }

    struct Entry: Sendable, Equatable {
        var url: String
        var fault: SitemapEntry.Fault?
        var bases: [String]?

        init(_ url: String, _ fault: SitemapEntry.Fault? = nil, bases: [String]? = nil) {
            (self.url, self.fault, self.bases) = (url, fault, bases)
        }
    }

    private static let sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9"

    static let faults: [Case] = [
        Case("no location", "<urlset><url><priority>1</priority></url></urlset>", [Entry("", .noLocation)]),
        Case("an empty location", "<urlset><url><loc> </loc></url></urlset>", [Entry("", .noLocation)]),
        Case(
            "an empty entry", "<urlset><url/><url><loc>/2</loc></url></urlset>", [Entry("", .noLocation), Entry("/2")]),
        Case(
            "two locations", "<urlset><url><loc>/1</loc><loc>/2</loc></url><url><loc>/3</loc></url></urlset>",
            [Entry("/1", .twoLocations), Entry("/3")]),
        Case("an empty one does not count", "<urlset><url><loc/><loc>/1</loc></url></urlset>", [Entry("/1")]),
        Case(
            "a location outside", "<urlset><loc>/0</loc><url><loc>/1</loc></url></urlset>",
            [Entry("/0", .strayLocation), Entry("/1")]),
        Case(
            "a location deeper in an entry", "<urlset><url><loc>/1</loc><more><loc>/2</loc></more></url></urlset>",
            [Entry("/2", .strayLocation), Entry("/1")]),
        Case(
            "an entry within another element", "<urlset><group><url><loc>/1</loc></url></group></urlset>",
            [Entry("/1", .strayLocation)]),
        Case(
            "an entry of the other kind", "<sitemapindex><url><loc>/1</loc></url></sitemapindex>",
            [Entry("/1", .strayLocation)]),
        Case(
            "a location in a location", "<urlset><url><loc>/1<loc>/2</loc></loc></url></urlset>",
            [Entry("", .strayLocation), Entry("/1")]),
        Case("an index entry without", "<sitemapindex><sitemap/></sitemapindex>", [Entry("", .noLocation)]),
        Case(
            "RSS without any link", "<rss><channel><link>/</link><item><title>a</title></item></channel></rss>",
            [Entry("", .noLocation)]),
        Case(
            "Atom without any page", "<feed><entry><link rel='self' href='/e'/></entry></feed>",
            [Entry("", .noLocation)]),
    ]

    static let namespaces: [Case] = [
        Case(
            "prefixes that differ, one namespace",
            "<urlset xmlns='\(sitemap)' xmlns:s='\(sitemap)'><s:url><loc>/1</loc></s:url><url><s:loc>/2</s:loc></url></urlset>",
            [Entry("/1"), Entry("/2")]),
        Case(
            "one prefix, namespaces that differ",
            "<s:urlset xmlns:s='\(sitemap)'><s:url xmlns:s='urn:other'><s:loc>/0</s:loc></s:url><s:url><s:loc>/1</s:loc></s:url></s:urlset>",
            [Entry("/1")]),
        Case(
            "a loc without a prefix in another namespace",
            "<urlset xmlns='\(sitemap)'><url><loc xmlns='urn:images'>/i.png</loc><loc>/1</loc></url></urlset>",
            [Entry("/1")]),
        Case(
            "an extension nobody declared",
            "<urlset xmlns='\(sitemap)'><url><image:image><image:loc>/i</image:loc></image:image><loc>/1</loc></url></urlset>",
            [Entry("/1")]),
        Case(
            "entries that declare it themselves", "<urlset><url xmlns='\(sitemap)'><loc>/1</loc></url></urlset>",
            [Entry("/1")]),
        Case(
            "https and a slash",
            "<urlset xmlns='https://sitemaps.org/schemas/sitemap/0.9/'><url><loc>/1</loc></url></urlset>",
            [Entry("/1")]),
        Case(
            "Google's own",
            "<urlset xmlns='http://www.google.com/schemas/sitemap/0.84'><url><loc>/1</loc></url></urlset>",
            [Entry("/1")]),
        Case(
            "a mistyped one", "<urlset xmlns='http://sitemap.org/0.9'><url><loc>/1</loc></url></urlset>", [Entry("/1")]),
        Case(
            "a document element whose prefix is nobody's", "<s:urlset><s:url><s:loc>/1</s:loc></s:url></s:urlset>", [],
            end: .cut(.notASitemap)),
        Case(
            "a link of Atom's in RSS",
            "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><atom:link href='/f'/><item><atom:link href='/0'/><link>/1</link></item></channel></rss>",
            [Entry("/1", bases: [])]),
    ]

    static let feeds: [Case] = [
        Case(
            "bases, one in another",
            """
            <feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://b.example/x/'>
            <entry xml:base='y/'><link xml:base='z/' href='1'/></entry><entry><link href='2'/></entry></feed>
            """,
            [
                Entry("1", bases: ["http://b.example/x/", "y/", "z/"]), Entry("2", bases: ["http://b.example/x/"]),
            ]),
        Case(
            "bases in RSS", "<rss xml:base='/r/'><channel xml:base='c/'><item><link>1</link></item></channel></rss>",
            [Entry("1", bases: ["/r/", "c/"])]),
        Case(
            "the relation written out",
            "<feed><entry><link rel='http://www.iana.org/assignments/relation/alternate' href='/1'/></entry></feed>",
            [Entry("/1", bases: [])]),
        Case(
            "pages in several languages",
            "<feed><entry><link rel='alternate' hreflang='en' href='/1'/><link rel='alternate' hreflang='de' href='/2'/></entry></feed>",
            [Entry("/1", bases: [])]),
        Case(
            "a guid is a link", "<rss><channel><item><guid>https://a.example/1</guid></item></channel></rss>",
            [Entry("https://a.example/1")]),
        Case(
            "a guid that says so",
            "<rss><channel><item><guid isPermaLink='true'>https://a.example/1</guid></item></channel></rss>",
            [Entry("https://a.example/1")]),
        Case(
            "a guid that is none",
            "<rss><channel><item><guid isPermaLink='false'>https://a.example/1</guid></item></channel></rss>",
            [Entry("", .noLocation)]),
        Case(
            "a link goes before a guid",
            "<rss><channel><item><guid>https://a.example/1</guid><link>/2</link></item></channel></rss>",
            [Entry("/2", bases: [])]),
        Case("items outside a channel", "<rss><item><link>/1</link></item></rss>", [Entry("/1", bases: [])]),
        Case(
            "two links of an item", "<rss><channel><item><link>/1</link><link>/2</link></item></channel></rss>",
            [Entry("/1", .twoLocations, bases: [])]),
    ]

    @Test(arguments: faults + namespaces + feeds) func entries(_ sample: Case) throws {
        for size in [1, 7, 65_536] {
            let trial = try SitemapTrial(Array(sample.document.utf8), chunk: { size })
            let found = trial.entries.map { entry in
                var found = Entry(String(decoding: entry.url, as: UTF8.self), entry.fault)
                found.bases = entry.bases.map { $0.map { String(decoding: $0, as: UTF8.self) } }
                return found
            }
            #expect(found == sample.entries)
            #expect(trial.end == sample.end)
        }
    }

    /// Prefixes that are bound anew in each of many elements cost no more than the elements.
    @Test func bindingsDoNotPileUp() throws {
        let declared = (0..<400).map { "xmlns:p\($0)='urn:\($0)'" }.joined(separator: " ")
        let entry = "<url \(declared)><p1:a/><loc>/1</loc></url>"
        let trial = try SitemapTrial(Array(("<urlset>" + String(repeating: entry, count: 500) + "</urlset>").utf8))
        #expect(trial.entries.count == 500)
        #expect(trial.end == .complete)
    }
}
