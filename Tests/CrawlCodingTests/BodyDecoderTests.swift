import CrawlCoding
import CrawlTesting
import Testing

struct BodyDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: [UInt8]
        var text: [UInt8]
        var end: CodingEnd
        /// nil = with and without.
        var saysDeflate: Bool?

        init(
            _ description: String, _ body: [UInt8], _ text: [UInt8]? = nil, end: CodingEnd = .whole,
            saysDeflate: Bool? = nil
        ) {
            testDescription = description
            self.body = body
            self.text = text ?? body
            self.end = end
            self.saysDeflate = saysDeflate
        }
    }

    static let robots = bytes("User-agent: *\nDisallow: /private/\nSitemap: https://a.example/sitemap.xml\n")
    static let long = (0..<20_000).flatMap { bytes("Disallow: /\($0 &* 2_654_435_761 % 1_000_003)/\n") }
    static let gzip = Deflate.compress(robots, .gzip)
    static let zlib = Deflate.compress(robots, .zlib)
    static let bare = Deflate.compress(robots, .bare)
    static let none = Deflate.compress([], .gzip)

    static let cases = [
        Case("nothing", [], []),
        Case("text", robots, robots),
        Case("a letter", bytes("x"), bytes("x")),
        Case("long text", long, long),
        Case("gzip", gzip, robots),
        Case("long gzip", Deflate.compress(long, .gzip), long),
        Case("zlib", zlib, robots),
        Case("long zlib", Deflate.compress(long, .zlib), long),
        Case("bare deflate", bare, robots, saysDeflate: true),
        Case("long bare deflate", Deflate.compress(long, .bare), long, saysDeflate: true),
        Case("bare deflate that nothing tells of", bare, bare, saysDeflate: false),
        Case("bare deflate, stored", Deflate.compress(robots, .bare, level: 0), robots, saysDeflate: true),
        Case("gzip, stored", Deflate.compress(long, .gzip, level: 0), long),
        Case("gzip of nothing", none, []),
        Case("zlib of nothing", Deflate.compress([], .zlib), []),
        Case("bare deflate of nothing", Deflate.compress([], .bare), [], saysDeflate: true),

        // Two layers, whichever they are.
        Case("gzip in gzip", Deflate.compress(gzip, .gzip), robots),
        Case("zlib in gzip", Deflate.compress(zlib, .gzip), robots),
        Case("gzip in zlib", Deflate.compress(gzip, .zlib), robots),
        Case("bare deflate in gzip", Deflate.compress(bare, .gzip), robots, saysDeflate: true),
        Case("long gzip in gzip", Deflate.compress(Deflate.compress(long, .gzip), .gzip), long),
        Case("three layers are two and a body", Deflate.compress(Deflate.compress(gzip, .gzip), .gzip), gzip),

        // A gzip file may have several members, and things behind them.
        Case("members", gzip + none + gzip, robots + robots),
        Case("members of nothing", none + none + gzip + none, robots),
        Case("zeros behind it", gzip + [UInt8](repeating: 0, count: 600), robots),
        Case("text behind it", gzip + robots, robots),
        Case("text behind zlib", zlib + robots, robots),
        Case("a header with extra field, name and comment", named(gzip), robots),
        Case("the begin of a member behind it", gzip + gzip.prefix(2), robots, end: .cut),
        Case("the head of a member behind it", gzip + gzip.prefix(10), robots, end: .cut),
        Case("a member of another method behind it", gzip + [0x1F, 0x8B, 9, 0, 0], robots),
        Case("a wrong checksum", changed(gzip, at: gzip.count - 6), robots, end: .damaged),
        Case("a wrong length", changed(gzip, at: gzip.count - 1), robots, end: .damaged),
        Case("a wrong checksum of zlib", changed(zlib, at: zlib.count - 1), robots, end: .damaged),
        Case("a damaged second member", gzip + [0x1F, 0x8B, 8, 0xFF, 0, 0, 0, 0, 0, 3], robots, end: .damaged),
        Case(
            "a damaged inner layer", Deflate.compress(changed(gzip, at: gzip.count - 6), .gzip), robots, end: .damaged),

        // Labelled deflate, and is not.
        Case("text that inflates for a while", bytes("# all may come\n"), bytes("# all may come\n"), saysDeflate: true),
        Case("Latin-1", [0x23, 0x20, 0x67, 0xFC, 0x6E], [0x23, 0x20, 0x67, 0xFC, 0x6E], saysDeflate: true),
        // `x^` is a zlib header too, and `8O` one of a small window.
        Case("text that begins as zlib does", bytes("x^2 + y^2\n"), bytes("x^2 + y^2\n")),
        Case("long text that begins as zlib does", bytes("8O") + long, bytes("8O") + long),
        Case("a sitemap in a legacy encoding", legacy("<?xml version='1.0' encoding='windows-1251'?>")),
        Case("a sitemap without a declaration", legacy("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>")),
        Case("a feed", legacy("<rss version='2.0'><channel>")),
        Case("another feed", legacy("<feed xmlns='http://www.w3.org/2005/Atom'>")),
        Case("a comment first", legacy("<!-- a list -->")),
        Case("a list", legacy("https://a.example/")),
        Case("UTF-16", [0xFF, 0xFE] + bytes("<?xml").flatMap { [$0, 0] }),
        Case("UTF-16 without a mark", bytes("<?xml version").flatMap { [$0, 0] }),
        Case("UTF-16, the other end first", bytes("<?xml version").flatMap { [0, $0] }),
        Case("no deflate at all", [0xFF, 0xFE, 0x00, 0x07], [0xFF, 0xFE, 0x00, 0x07]),
        Case(
            "zlib that wants a dictionary", [0x78, 0xBB, 1, 2, 3, 4, 0], [0x78, 0xBB, 1, 2, 3, 4, 0], saysDeflate: false
        ),
    ]

    /// With letters of windows-1252 that are neither UTF-8 nor Latin-1.
    static func legacy(_ begin: String) -> [UInt8] { bytes(begin) + [0x93, 0x81, 0xE4, 0x94, 0x0A] }

    static func changed(_ body: [UInt8], at index: Int) -> [UInt8] {
        var body = body
        body[index] ^= 0x55
        return body
    }

    /// RFC 1952 §2.3: FEXTRA, FNAME and FCOMMENT.
    static func named(_ gzip: [UInt8]) -> [UInt8] {
        [0x1F, 0x8B, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 5, 0, 1, 2, 3, 4, 5] + bytes("robots.txt\0no comment\0")
            + gzip.dropFirst(10)
    }

    @Test(arguments: cases) func whatIsToldByItsBytesIsUndone(body: Case) {
        for saysDeflate in [false, true] where body.saysDeflate.map({ $0 == saysDeflate }) ?? true {
            for piece in [1, 2, 7, 1000, Int.max] {
                let trial = DecoderTrial(body.body, saysDeflate: saysDeflate) { piece }
                #expect(trial.text == body.text, "\(trial), pieces of \(piece)")
                #expect(trial.end == body.end, "\(trial), pieces of \(piece)")
            }
        }
    }

    /// However small the room for what comes out: pulled a byte at a time it is the same.
    @Test(arguments: cases) func pulledByteByByteItIsTheSame(body: Case) {
        guard body.text.count < 1000 else { return }
        let decoder = BodyDecoder(limit: 1 << 20, bare: body.saysDeflate ?? false ? .likely : .no)
        body.body.withUnsafeBytes { decoder.provide($0) }
        decoder.endInput()
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            switch withUnsafeMutableBytes(of: &byte, { decoder.read(into: $0) }) {
            case .bytes(let count):
                #expect(count == 1)
                text.append(byte)
                continue
            case .hungry: Issue.record("its input is over")
            case .end(let end): #expect(end == body.end)
            }
            break
        }
        #expect(text == body.text)
        #expect(decoder.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == .end(body.end))
    }

    @Test func oneLayerIsOne() {
        let twice = Deflate.compress(Self.gzip, .gzip)
        #expect(DecoderTrial(twice, layers: 1).text == Self.gzip)
        #expect(DecoderTrial(Self.gzip, layers: 1).text == Self.robots)
    }

    @Test(arguments: [
        ("deflate", true), ("gzip, Deflate", true), (" DEFLATE ,gzip", true), ("gzip", false), ("", false),
        ("x-deflate", false), ("deflate64", false), (",,", false),
    ])
    func aLabelSaysDeflate(value: String, says: Bool) {
        #expect(BodyDecoder.saysDeflate(value.utf8) == says)
    }

    @Test("a stream that nothing tells of counts if it is whole", arguments: [1, 7, 4096, .max])
    func unlabelled(piece: Int) {
        func came(_ body: [UInt8]) -> [UInt8] { DecoderTrial(body, bare: .ifWhole) { piece }.text }
        let stored = Deflate.compress(Self.robots, .bare, level: 0)
        let longStored = Deflate.compress(Self.long, .bare, level: 0)
        #expect(came(Self.bare) == Self.robots && came(stored) == Self.robots)
        #expect(came(Deflate.compress(Self.bare, .gzip)) == Self.robots)
        #expect(came(longStored) == Self.long && longStored.count > 4096)
        let others: [[UInt8]] = [
            Array(Self.bare.dropLast()), Self.bare + [0x0A], [0x23, 0x93, 0x0A], [0x03, 0x00, 0x93], Self.robots,
        ]
        for body in others { #expect(came(body) == body) }
    }
}
