import CrawlCore
import CrawlSitemap
import CrawlTesting
import Testing

@Suite struct SitemapReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var document: [UInt8]
        var urls: [String] = []
        var end = SitemapEnd.complete
        var testDescription: String { name }

        init(_ name: String, _ text: String, urls: [String] = [], end: SitemapEnd = .complete) {
            self.init(name, Array(text.utf8), urls: urls, end: end)
        }

        init(_ name: String, _ document: [UInt8], urls: [String] = [], end: SitemapEnd = .complete) {
            self.name = name
            self.document = document
            self.urls = urls
            self.end = end
        }
    }

    static let two = ["https://a.example/1", "https://a.example/2"]
    static let set = Sample.urlset(two)
    static let gzipped = Gzip.compress(Array(set.utf8))

    static let good: [Case] = [
        Case("a urlset", set, urls: two),
        Case(
            "the namespace of sitemaps.org",
            Sample.urlset(two, attributes: " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""), urls: two),
        Case(
            "a prefix, and images with a loc of their own",
            """
            <s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i">
            <s:url><image:image><image:loc>https://a.example/i.png</image:loc></image:image>
            <image:loc>https://a.example/j.png</image:loc><s:loc>https://a.example/1</s:loc></s:url></s:urlset>
            """, urls: ["https://a.example/1"]),
        Case(
            "an index", "<sitemapindex><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>",
            urls: ["https://a.example/s.xml"]),
        Case("an empty urlset", "<urlset/>"),
        Case(
            "entities of XML, CDATA, comments and blanks",
            """
            <urlset><url><loc>
              https://a.example/?a=1&amp;b=2&#38;c=3 </loc></url>
            <url><loc><![CDATA[https://a.example/?x&y]]></loc></url>
            <url><loc>https://a.example/<!-- no -->1</loc></url></urlset>
            """, urls: ["https://a.example/?a=1&b=2&c=3", "https://a.example/?x&y", "https://a.example/1"]),
        Case("blank lines before the declaration", "\n \r\n" + set, urls: two),
        Case("a byte-order mark", [0xef, 0xbb, 0xbf] + Array(set.utf8), urls: two),
        Case(
            "UTF-16, big end first", Sample.utf16("<urlset><url><loc>/ü</loc></url></urlset>", bigEndian: true),
            urls: ["/ü"]),
        Case(
            "UTF-16, little end first", Sample.utf16("<urlset><url><loc>/ü</loc></url></urlset>", bigEndian: false),
            urls: ["/ü"]),
        Case(
            "ISO-8859-1",
            Array("<?xml version='1.0' encoding='ISO-8859-1'?><urlset><url><loc>/".utf8) + [0xfc]
                + Array("</loc></url></urlset>".utf8), urls: ["/ü"]),
        Case("a document type without declarations", "<!DOCTYPE urlset SYSTEM 'x.dtd'>" + "<urlset/>"),
        Case("something behind the document", set + "<html>sold!</html>\u{0}", urls: two),
        Case("gzip", gzipped, urls: two),
        Case(
            "gzip in two members",
            Gzip.compress(Array(set.utf8.prefix(50)))
                + Gzip.compress(Array(set.utf8.dropFirst(50))), urls: two),
        Case("gzip with something behind it", gzipped + [1, 2, 3], urls: two),
        Case("gzip in gzip", Gzip.compress(gzipped), urls: two),
        Case("text", "https://a.example/1\r\n\n  https://a.example/2  ", urls: two),
        Case("text in gzip", Gzip.compress(Array("http://a.example/1\n".utf8)), urls: ["http://a.example/1"]),
        Case(
            "RSS",
            "<rss version='2.0'><channel><link>https://a.example/</link><item><link>/1</link></item></channel></rss>",
            urls: ["/1"]),
        Case(
            "Atom",
            """
            <feed xmlns="http://www.w3.org/2005/Atom"><link href="/self"/><entry><link rel="edit" href="/e"/>
            <link href="/1"/><updated>2026-01-01</updated></entry></feed>
            """, urls: ["/1"]),
    ]

    static let bad: [Case] = [
        Case("nothing", "", end: .cut(.notASitemap)),
        Case("blanks", "  \n \n            ", end: .cut(.notASitemap)),
        Case("a page", "<!DOCTYPE html><html><body>not found<br></body></html>", end: .cut(.notASitemap)),
        Case("XML of another kind", "<svg xmlns='http://www.w3.org/2000/svg'/>", end: .cut(.notASitemap)),
        Case("JSON", "{\"urls\":[\"https://a.example/\"]}", end: .cut(.notASitemap)),
        Case("gzip in gzip in gzip", Gzip.compress(Gzip.compress(gzipped)), end: .cut(.notASitemap)),
        // A block of type 3, which there is none of (RFC 1951 §3.2.3).
        Case("a broken gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7, 0, 0], end: .cut(.badGzip)),
        Case(
            "a wrong checksum", Array(gzipped.dropLast(8)) + [0, 0, 0, 0] + gzipped.suffix(4), urls: two,
            end: .cut(.badGzip)),
        Case("a gzip that lacks its checksum", Array(gzipped.dropLast(6)), urls: two, end: .cut(.truncated)),
        Case("no more than a gzip header", [0x1f, 0x8b], end: .cut(.truncated)),
        Case("not closed", "<urlset><url><loc>/1</loc></url><url><loc>/2</loc>", urls: ["/1"], end: .cut(.truncated)),
        Case("ends in a tag", "<urlset><url><loc>/1</loc></url><ur", urls: ["/1"], end: .cut(.truncated)),
        Case(
            "closed wrongly", "<urlset><url><loc>/1</loc></url><url><loc>/2</url>", urls: ["/1"],
            end: .cut(.malformed)),
        Case("a bare ampersand", "<urlset><url><loc>/?a&b=1</loc></url></urlset>", end: .cut(.malformed)),
        Case(
            "binary in the middle", Array("<urlset><url><loc>/1</loc></url>".utf8) + [0, 1, 2, 255], urls: ["/1"],
            end: .cut(.malformed)),
        Case(
            "a billion laughs",
            """
            <!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
            <urlset><url><loc>&b;</loc></url></urlset>
            """, end: .cut(.doctype)),
        Case(
            "an external entity",
            "<!DOCTYPE urlset [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><urlset><url><loc>&f;</loc></url></urlset>",
            end: .cut(.doctype)),
        Case("an entity of HTML", "<urlset><url><loc>/1&nbsp;</loc></url></urlset>", end: .cut(.entities)),
        Case(
            "an entity of a type that is elsewhere",
            "<!DOCTYPE urlset SYSTEM 'x.dtd'><urlset><url><loc>/1&x;</loc></url></urlset>", end: .cut(.entities)),
        Case(
            "an encoding that nobody knows", "<?xml version='1.0' encoding='x-own'?><urlset/>",
            end: .cut(.unknownEncoding)),
        Case("deep", "<urlset>" + String(repeating: "<a>", count: 100), end: .cut(.nestedTooDeep)),
        Case("many names", "<urlset>" + (0..<2000).map { "<a\($0)/>" }.joined(), end: .cut(.tooManyNames)),
        Case(
            "many attributes", "<urlset " + (0..<2000).map { "a\($0)='' " }.joined() + "/>",
            end: .cut(.tooManyNames)),
        Case("a huge comment", "<urlset><!--" + String(repeating: " ", count: 1 << 20), end: .cut(.hugeToken)),
        Case("a huge attribute", "<urlset a='" + String(repeating: "x", count: 1 << 20), end: .cut(.hugeToken)),
        Case("a huge name", "<urlset><" + String(repeating: "x", count: 1 << 20), end: .cut(.hugeToken)),
    ]

    @Test(arguments: good + bad) func reads(_ sample: Case) throws {
        let trial = try SitemapTrial(sample.document)
        #expect(trial.urls == sample.urls)
        #expect(trial.end == sample.end)
    }

    /// A source that gives a byte at a time, or pieces of any other size, leads to the same.
    @Test(arguments: good + bad) func piecesDoNotMatter(_ sample: Case) throws {
        let whole = try SitemapTrial(sample.document)
        if sample.document.count < 10_000 { #expect(try SitemapTrial(sample.document, chunk: { 1 }) == whole) }
        let seed = UInt64.random(in: 1...999_999)
        var random = SeededRandom(seed: seed)
        for _ in 0..<10 {
            let trial = try SitemapTrial(sample.document, chunk: { random.int(1...5000) })
            #expect(trial == whole, "seed \(seed)")
        }
    }

    @Test func aGzipThatWasCutGivesWhatItHolds() throws {
        var random = SeededRandom(seed: 7)
        let urls = (0..<2000).map { _ in "https://a.example/\(random.next())" }
        let gzip = Gzip.compress(Array(Sample.urlset(urls).utf8))
        let trial = try SitemapTrial(Array(gzip.prefix(gzip.count / 2)))
        #expect(trial.end == .cut(.truncated))
        #expect((500...1999).contains(trial.entries.count))
        #expect(trial.urls == Array(urls.prefix(trial.entries.count)))
    }

    @Test func aLocThatIsTooLongStaysTooLong() throws {
        let limits = SitemapLimits()
        let trial = try SitemapTrial(
            Array(Sample.urlset(["/" + String(repeating: "x", count: 5 << 20), "/2"]).utf8))
        #expect(trial.entries.map(\.url.count) == [limits.urlBytes + 1, 2])
        #expect(trial.end == .complete)
        let text = try SitemapTrial(Array(("http://" + String(repeating: "x", count: 1 << 20) + "\nhttp://b").utf8))
        #expect(text.entries.map(\.url.count) == [limits.urlBytes + 1, 8])
    }

    // MARK: Limits

    @Test(arguments: [49_999, 50_000, 50_001, 60_000]) func entriesAreLimited(count: Int) throws {
        let urls = Sample.numbered(count)
        for document in [Sample.urlset(urls), urls.joined(separator: "\n")] {
            let trial = try SitemapTrial(Array(document.utf8))
            #expect(trial.end == (count > 50_000 ? .cut(.tooManyEntries) : .complete))
            #expect(trial.urls == Array(urls.prefix(50_000)))
        }
    }

    /// A document without end, made as it is read.
    @Test func bytesAreLimited() throws {
        let entry = Array("<url><loc>https://a.example/1</loc></url>".utf8)
        let filler = Array(repeating: UInt8(ascii: "\n"), count: 60_000)
        var given = 0
        let trial = try SitemapTrial {
            defer { given += 1 }
            return given == 0 ? Array("<urlset>".utf8) : entry + filler
        }
        #expect(trial.end == .cut(.tooLarge))
        let pieces = 52_428_800 / (entry.count + filler.count)
        #expect((pieces...(pieces + 1)).contains(trial.entries.count))
        #expect(given <= pieces + 4)
    }

    /// 50 KB that become 50 MB: the limit counts what comes out, and nothing beyond it is made.
    @Test func aGzipBombIsCut() throws {
        let bomb = Gzip.compress(Array("<urlset>".utf8) + [UInt8](repeating: 0x20, count: 60 << 20))
        #expect(bomb.count < 100_000)
        let trial = try SitemapTrial(bomb)
        #expect(trial.end == .cut(.tooLarge))
        #expect(trial.entries.isEmpty)
    }

    // MARK: Noise

    /// Bytes changed, cut and doubled: whatever comes of it, it comes to an end, and pieces still do not matter.
    @Test func damageNeverMatters() throws {
        let seed = UInt64.random(in: 1...999_999)
        print("sitemap noise: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let samples = (Self.good + Self.bad).filter { $0.document.count < 5000 }
        for _ in 0..<2000 {
            guard var document = random.pick(samples)?.document, !document.isEmpty else { continue }
            for _ in 0..<random.int(1...8) {
                let at = random.int(0...(document.count - 1))
                switch random.int(0...3) {
                case 0: document[at] = UInt8(random.int(0...255))
                case 1: document.insert(UInt8(random.int(0...255)), at: at)
                case 2: document.insert(contentsOf: document[at...].prefix(40), at: random.int(0...document.count))
                default: if document.count > 1 { document.remove(at: at) }
                }
            }
            let whole = try SitemapTrial(document)
            #expect(whole.entries.count <= document.count * 1100)
            let pieces = try SitemapTrial(document, chunk: { random.int(1...50) })
            #expect(pieces == whole, "seed \(seed): \(String(decoding: document, as: UTF8.self))")
        }
    }
}
