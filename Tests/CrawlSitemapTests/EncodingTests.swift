import CrawlTesting
import Testing

@testable import CrawlSitemap

/// Real `iconv`, and what documents and servers say of encodings.
@Suite struct EncodingTests {
    /// An encoding by one of its labels, some bytes of it, and what they mean.
    static let samples: [(String, [UInt8], String)] = [
        ("utf-8", [0xc3, 0xbc, 0xe6, 0x97, 0xa5, 0xf0, 0x9f, 0x90, 0x8d], "ü日🐍"), ("IBM866", [0x80], "А"),
        ("l2", [0xbe], "ž"), ("iso-8859-3", [0xf8], "ĝ"), ("iso-8859-4", [0xe7], "į"), ("cyrillic", [0xb0], "А"),
        ("iso-8859-6", [0xc7], "ا"), ("greek", [0xe1], "α"), ("iso-8859-8-i", [0xe0], "א"), ("latin6", [0xa1], "Ą"),
        ("iso-8859-13", [0xa1], "”"), ("iso-8859-14", [0xa1], "Ḃ"), ("Latin-9", [], ""), ("iso-8859-15", [0xa4], "€"),
        ("iso-8859-16", [0xa1], "Ą"), ("koi8-r", [0xd6], "ж"), ("koi8-u", [0xa4], "є"), ("macintosh", [0x8e], "é"),
        ("x-mac-cyrillic", [0x80], "А"), ("tis-620", [0xa1], "ก"), ("windows-1250", [0x9e], "ž"),
        ("cp1251", [0xff, 0xe6], "яж"), ("windows-1252", [0x80], "€"), ("ISO-8859-1", [0x80, 0xfc], "€ü"),
        ("us-ascii", [0xfc], "ü"), ("windows-1253", [0xe1], "α"), ("iso-8859-9", [0xf0], "ğ"),
        ("windows-1255", [0xe0], "א"), ("windows-1256", [0xc7], "ا"), ("windows-1257", [0xe0], "ą"),
        ("windows-1258", [0xfd], "ư"), ("gb2312", [0xd6, 0xd0], "中"), ("gb18030", [0x95, 0x32, 0x82, 0x36], "𠀀"),
        ("big5", [0xa4, 0xa4], "中"), ("euc-jp", [0xc6, 0xfc], "日"), ("shift_jis", [0x93, 0xfa], "日"),
        ("euc-jp", [0xad, 0xa1, 0xa1, 0xc1, 0x8f, 0xb0, 0xa1, 0x8e, 0xb1], "①～丂ｱ"),
        ("shift_jis", [0x87, 0x40, 0x80, 0xb1], "①\u{80}ｱ"),
        ("windows-1252", [0x81, 0x8d, 0x9d], "\u{81}\u{8d}\u{9d}"),
        ("koi8-u", [0xae, 0xbe], "ўЎ"), ("macintosh", [0xc6, 0xf0], "∆\u{f8ff}"), ("x-mac-ukrainian", [0xff], "€"),
        ("windows-1255", [0xca, 0xe0, 0x81, 0xc7], "\u{5ba}א\u{81}\u{5b7}"), ("windows-874", [0x81, 0xa1], "\u{81}ก"),
        ("windows-1258", [0x61, 0xec, 0x81], "a\u{301}\u{81}"),
        ("iso-2022-jp", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42], "日"), ("ks_c_5601-1987", [0xc7, 0xd1], "한"),
    ].filter { !$0.1.isEmpty }

    private static func document(_ bytes: [UInt8], declared: String? = nil) -> [UInt8] {
        Array((declared.map { "<?xml version='1.0' encoding='\($0)'?>" } ?? "").utf8)
            + Array("<urlset><url><loc>/".utf8)
            + bytes + Array("</loc></url><url><loc>/2</loc></url></urlset>".utf8)
    }

    /// In the header, in the declaration, in both, and against a declaration that says something else.
    @Test(arguments: samples) func isRead(label: String, bytes: [UInt8], text: String) throws {
        let declared = Self.document(bytes, declared: label)
        let cases: [(String?, [UInt8])] = [
            ("text/xml; charset=\(label)", Self.document(bytes)), (nil, declared), ("application/xml", declared),
            ("text/xml; charset=\"\(label)\"; a=b", declared),
            ("text/xml;charset='\(label.uppercased())'", Self.document(bytes, declared: "ISO-8859-5")),
            ("text/xml; charset=x-own", declared), ("text/xml; charset=utf-16", declared),
        ]
        for (contentType, document) in cases {
            for size in [1, 3, 65_536] {
                let trial = try SitemapTrial(document, contentType: contentType, chunk: { size })
                #expect(trial.urls == ["/\(text)", "/2"], "\(contentType ?? "-")")
                #expect(trial.faults == [nil, nil])
                #expect(trial.end == .complete)
            }
        }
    }

    @Test("what a packed document declares counts, in whatever pieces it is unpacked", arguments: 1...8)
    func declaredInPieces(size: Int) throws {
        let packed = Gzip.compress(Self.document([0xb0], declared: "cyrillic"))
        let trial = try SitemapTrial(packed, chunk: { size })
        #expect(trial.urls == ["/А", "/2"] && trial.end == .complete)
    }

    @Test("a packed document that is cut within its declaration is cut, in whatever pieces", arguments: 1...8)
    func cutInDeclaration(size: Int) throws {
        let packed = Gzip.compress(Array("<?xml version='1.0' encoding='cyr".utf8)).dropLast(8)
        #expect(try SitemapTrial(Array(packed), chunk: { size }).end == .cut(.truncated))
    }

    struct Precedence: Sendable, CustomTestStringConvertible {
        var name: String
        var contentType: String?
        var document: [UInt8]
        var url = "/ü"
        var end = SitemapEnd.complete
        var testDescription: String { name }
    }

    private static let text = "<urlset><url><loc>/ü</loc></url></urlset>"
    private static func declaring(_ encoding: String) -> String {
        "<?xml version='1.0' encoding='\(encoding)'?>" + text
    }
    private static func marked(_ text: String) -> [UInt8] { [0xef, 0xbb, 0xbf] + Array(text.utf8) }

    static let precedences: [Precedence] = [
        .init(name: "a mark goes before the header", contentType: "text/xml; charset=koi8-r", document: marked(text)),
        .init(name: "and before the declaration", contentType: nil, document: marked(declaring("koi8-r"))),
        .init(
            name: "the header goes before the declaration", contentType: "text/xml; charset=utf-8",
            document: Array(declaring("koi8-r").utf8)),
        .init(name: "a header that nobody knows", contentType: "text/xml; charset=x", document: Array(text.utf8)),
        .init(name: "an empty one", contentType: "text/xml; charset=", document: Array(text.utf8)),
        .init(name: "the first of two", contentType: "a/b; charset=utf-8; charset=koi8-r", document: Array(text.utf8)),
        .init(name: "one in another's quotes", contentType: "a/b; x=\"; charset=koi8-r\"", document: Array(text.utf8)),
        .init(name: "UTF-16 that is UTF-8", contentType: nil, document: Array(declaring("utf-16").utf8)),
        .init(name: "the same, little end", contentType: nil, document: Array(declaring("UTF-16LE").utf8)),
        .init(name: "a header's UTF-16", contentType: "a/b; charset=utf-16", document: Array(declaring("utf-8").utf8)),
        .init(
            name: "UTF-16 that is UTF-16", contentType: "a/b; charset=utf-8",
            document: Array(Sample.utf16(declaring("utf-8"), bigEndian: true).dropFirst(2))),
        .init(
            name: "without a mark, little end", contentType: nil,
            document: Array(Sample.utf16(declaring("utf-16"), bigEndian: false).dropFirst(2))),
        .init(
            name: "UTF-16 with a mark and blanks", contentType: "a/b; charset=koi8-r",
            document: Sample.utf16(" \n" + declaring("x"), bigEndian: true)),
        .init(
            name: "blanks before the declaration", contentType: nil,
            document: Array("\r\n\n".utf8) + Array(declaring("iso-8859-1").utf8).map { $0 }, url: "/Ã¼"),
        .init(
            name: "spaces in it", contentType: nil,
            document: Array("<?xml version='1.0' encoding = \"UTF-8\" ?>\(text)".utf8)),
        .init(
            name: "UTF-32", contentType: nil, document: [0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0], url: "",
            end: .cut(.unknownEncoding)),
        .init(
            name: "UTF-32 without a mark", contentType: nil, document: [0x3c, 0, 0, 0, 0x3f, 0, 0, 0], url: "",
            end: .cut(.unknownEncoding)),
        .init(
            name: "what decodes to nothing", contentType: nil, document: Array(declaring("iso-2022-kr").utf8), url: "",
            end: .cut(.unknownEncoding)),
        .init(
            name: "a name of iconv's own", contentType: nil, document: Array(declaring("UTF-8//TRANSLIT").utf8),
            url: "",
            end: .cut(.unknownEncoding)),
    ]

    @Test(arguments: precedences) func precedence(_ sample: Precedence) throws {
        for size in [1, 2, 65_536] {
            let trial = try SitemapTrial(sample.document, contentType: sample.contentType, chunk: { size })
            #expect(trial.urls == (sample.end == .complete ? [sample.url] : []))
            #expect(trial.end == sample.end)
        }
    }

    /// The entry around a false byte is rejected, the others are read; a right U+FFFD is no fault.
    @Test(
        arguments: [
            (nil, [0xff]), (nil, [0xc3]), (nil, [0xe6, 0x97]), (nil, [0xed, 0xa0, 0x80]), (nil, [0xc0, 0xaf]),
            (nil, [0xf5, 0x80, 0x80, 0x80]), ("big5", [0xff]), ("euc-jp", [0xff]), ("shift_jis", [0xff]),
            ("gb18030", [0xff]), ("euc-kr", [0xff]), ("windows-1255", [0xd9]), ("iso-8859-6", [0xa1]),
        ] as [(String?, [UInt8])])
    func falseBytes(charset: String?, bytes: [UInt8]) throws {
        let places: [(String, [UInt8])] = [
            ("a location", Self.entry("1", before: []) + bytes + Array("</loc></url>".utf8)),
            ("a comment", Array("<url><loc>/1</loc><!-- ".utf8) + bytes + Array(" --></url>".utf8)),
            ("an attribute", Array("<url><loc>/1</loc><x y='".utf8) + bytes + Array("'/></url>".utf8)),
        ]
        for (place, entry) in places {
            let document =
                Array("<urlset><url><loc>/0</loc></url>".utf8) + entry + Array("<url><loc>/2</loc></url></urlset>".utf8)
            for size in [1, 5, 65_536] {
                let trial = try SitemapTrial(
                    document, contentType: charset.map { "text/xml; charset=\($0)" }, chunk: { size })
                #expect(trial.faults == [nil, .falseBytes, nil], "\(place)")
                #expect(trial.end == .complete)
            }
        }
        let lines = Array("https://a.example/1\nhttps://a.example/".utf8) + bytes + Array("\nhttps://a.example/3".utf8)
        let trial = try SitemapTrial(lines, contentType: charset.map { "text/plain; charset=\($0)" })
        #expect(trial.faults == [nil, .falseBytes, nil])
    }

    private static func entry(_ path: String, before: [UInt8]) -> [UInt8] { Array("<url><loc>/\(path)".utf8) }

    @Test func falseBytesOutsideOfEntriesLoseNothing() throws {
        let document = Array("<urlset><!--".utf8) + [0xff] + Array("--><url><loc>/\u{fffd}</loc></url></urlset>".utf8)
        let trial = try SitemapTrial(document)
        #expect(trial.faults == [nil])
        #expect(trial.urls == ["/\u{fffd}"])
    }

    @Test func halfAPairIsFalse() throws {
        let text = "<urlset><url><loc>/1</loc></url></urlset>"
        for bigEndian in [false, true] {
            var document = Sample.utf16(text, bigEndian: bigEndian)
            let unit: [UInt8] = bigEndian ? [0xd8, 0x00] : [0x00, 0xd8]
            document.insert(contentsOf: unit, at: 2 + 2 * "<urlset><url><loc>/".count)
            let trial = try SitemapTrial(document, chunk: { 3 })
            #expect(trial.faults == [.falseBytes])
            #expect(trial.urls == ["/\u{fffd}1"])
        }
    }

    // MARK: The table

    @Test func everyEncodingIsThere() {
        for encoding in CharacterEncoding.allCases { #expect(CharacterDecoder(encoding) != nil, "\(encoding)") }
    }

    /// The bytes that the standard's index of an encoding has nothing for (encoding.spec.whatwg.org, "Indexes"); in all
    /// others every byte is a character.
    static let holes: [CharacterEncoding: [ClosedRange<UInt8>]] = [
        .iso8859_3: [0xa5...0xa5, 0xae...0xae, 0xbe...0xbe, 0xc3...0xc3, 0xd0...0xd0, 0xe3...0xe3, 0xf0...0xf0],
        .iso8859_6: [0xa1...0xa3, 0xa5...0xab, 0xae...0xba, 0xbc...0xbe, 0xc0...0xc0, 0xdb...0xdf, 0xf3...0xff],
        .iso8859_7: [0xae...0xae, 0xd2...0xd2, 0xff...0xff],
        .iso8859_8: [0xa1...0xa1, 0xbf...0xde, 0xfb...0xfc, 0xff...0xff],
        .windows874: [0xdb...0xde, 0xfc...0xff], .windows1253: [0xaa...0xaa, 0xd2...0xd2, 0xff...0xff],
        .windows1255: [0xd9...0xdf, 0xfb...0xfc, 0xff...0xff], .windows1257: [0xa1...0xa1, 0xa5...0xa5],
    ]

    @Test("every byte of every encoding of single bytes is what the standard says, whatever is around it")
    func everyByte() throws {
        let single = CharacterEncoding.allCases.filter(\.isSingleByte)
        #expect(single.count == 27)
        for encoding in single {
            for byte in UInt8.min...(.max) {
                let decoder = try #require(CharacterDecoder(encoding))
                let text = decoder.decode([0x61, byte, 0x62], isLast: true)
                let isHole = Self.holes[encoding]?.contains { $0.contains(byte) } ?? false
                #expect(text.falseAt == (isHole ? [1] : []), "\(encoding) \(byte)")
                let characters = try #require(String(validating: text.bytes, as: UTF8.self)).unicodeScalars
                #expect(characters.count == 3 && characters.first == "a" && characters.last == "b")
                let isOwn = byte < 0x80 || encoding.rawValue.hasPrefix("ISO") && byte < 0xa0
                if isOwn { #expect(characters.dropFirst().first?.value == UInt32(byte), "\(encoding) \(byte)") }
            }
        }
    }

    @Test(arguments: [
        "", " ", "utf-7", "utf-32", "replacement", "hz-gb-2312", "iso-2022-cn", "x-user-defined", "ebcdic-us",
    ])
    func whatIsNoLabel(label: String) { #expect(CharacterEncoding(label: label.utf8) == nil) }

    @Test func blanksAndCaseDoNotMatter() { #expect(CharacterEncoding(label: "\t Utf8\n".utf8) == .utf8) }

    // MARK: Bounds

    /// However it is cut, a decoder gives the same, holds back next to nothing, and makes no more than three bytes of one.
    @Test(arguments: CharacterEncoding.allCases) func noiseIsBounded(encoding: CharacterEncoding) throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<50 {
            let noise = (0..<2000).map { _ in UInt8(random.int(0...255)) }
            let whole = try #require(CharacterDecoder(encoding)).decode(noise, isLast: true)
            #expect(String(validating: whole.bytes, as: UTF8.self) != nil)
            #expect(whole.bytes.count <= noise.count * 6 + 12)
            let decoder = try #require(CharacterDecoder(encoding))
            var pieces = DecodedText()
            var rest = noise[...]
            while !rest.isEmpty {
                let part = rest.prefix(random.int(1...100))
                rest = rest.dropFirst(part.count)
                pieces.append(decoder.decode(part, isLast: rest.isEmpty))
            }
            #expect(pieces.bytes == whole.bytes)
            #expect(pieces.falseAt == whole.falseAt)
        }
    }
}
