import CrawlCore
import CrawlOutput
import CrawlTesting
import Testing

@Suite struct PageBodyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Content-Encoding of the page.
        var label: String
        var body: [UInt8]
        /// What comes out.
        var page: [UInt8]
        /// Codings that are left.
        var left: [String] = []
        var end = PageBody.End.whole
    }

    static let text = Array(String(repeating: "<p>Some text that is read.</p>\n", count: 3000).utf8)
    static let gzip = Deflate.compress(text, .gzip)

    static let cases = [
        Case(testDescription: "none", label: "", body: text, page: text),
        Case(testDescription: "a compressed file is left as it is", label: "", body: gzip, page: gzip),
        Case(testDescription: "identity", label: "identity", body: text, page: text),
        Case(testDescription: "gzip", label: "gzip", body: gzip, page: text),
        Case(testDescription: "x-gzip", label: "X-GZIP", body: gzip, page: text),
        Case(testDescription: "deflate", label: "deflate", body: Deflate.compress(text, .zlib), page: text),
        Case(testDescription: "deflate, bare", label: "deflate", body: Deflate.compress(text, .bare), page: text),
        Case(testDescription: "gzip twice", label: "gzip, gzip", body: Deflate.compress(gzip, .gzip), page: text),
        Case(
            testDescription: "gzip of a compressed file", label: "gzip", body: Deflate.compress(gzip, .gzip), page: gzip
        ),
        Case(
            testDescription: "gzip thrice", label: "gzip,gzip,gzip",
            body: Deflate.compress(Deflate.compress(gzip, .gzip), .gzip), page: gzip, left: ["gzip"]),
        Case(testDescription: "unknown", label: "br", body: [1, 2, 3], page: [1, 2, 3], left: ["br"]),
        Case(
            testDescription: "unknown over gzip", label: "gzip, zstd", body: gzip, page: gzip, left: ["gzip", "zstd"]),
        Case(
            testDescription: "unknown under gzip", label: "br, gzip", body: Deflate.compress([1, 2, 3], .gzip),
            page: [1, 2, 3], left: ["br"]),
        Case(testDescription: "a false label", label: "gzip", body: text, page: text),
        Case(testDescription: "empty", label: "gzip", body: [], page: []),
        Case(
            testDescription: "cut", label: "gzip", body: Array(Deflate.compress(text, .gzip, level: 0).dropLast(9000)),
            page: Array(text.dropLast(9000 - 8 - 5)), end: .coding),
    ]

    private func body(_ wanted: Case, isRaw: Bool = false, limit: Int = 1 << 24) throws -> PageBody {
        let label = wanted.label.isEmpty ? "" : "Content-Encoding: \(wanted.label)\r\n"
        let reader = try StoredPages(StoredPages.page(wanted.body, label)).reader()
        return PageBody(reader, AnswerHead(reader.httpHead), isRaw: isRaw, limit: limit)
    }

    @Test(arguments: cases) func isUndone(_ wanted: Case) throws {
        let body = try body(wanted)
        for _ in 0..<2 {
            let page = try body.all(wanted.page.count / 3 + 1)
            if wanted.end == .whole {
                #expect(page == wanted.page)
            } else {
                #expect(Self.text.starts(with: page) && !page.isEmpty)
            }
            #expect(body.end == wanted.end)
            body.rewind()
        }
        #expect(body.codings == wanted.left)
    }

    @Test(arguments: cases) func rawIsAsItCame(_ wanted: Case) throws {
        let body = try body(wanted, isRaw: true)
        #expect(try body.all() == wanted.body)
        #expect(body.end == .whole)
        #expect(
            body.codings
                == AnswerHead(Array("HTTP/1.1 200 OK\r\nContent-Encoding: \(wanted.label)\r\n\r\n".utf8)).codings)
    }

    @Test("what is longer than the limit is cut there, and that is told", arguments: ["", "gzip"], [0, 1, 50_000])
    func limit(_ label: String, _ limit: Int) throws {
        let wanted = Case(
            testDescription: "", label: label, body: label.isEmpty ? Self.text : Self.gzip, page: Self.text)
        let body = try body(wanted, limit: limit)
        #expect(try body.all() == Array(Self.text.prefix(limit)))
        #expect(body.end == .limit)
        let whole = try self.body(wanted, limit: Self.text.count)
        #expect(try whole.all() == Self.text)
        #expect(whole.end == .whole)
    }

    @Test("a bomb ends at the limit")
    func bomb() throws {
        let bomb = Deflate.compress(Deflate.compress([UInt8](repeating: 0, count: 30_000_000), .gzip), .gzip)
        let body = try body(
            Case(testDescription: "", label: "gzip, gzip", body: bomb, page: []), limit: 100_000)
        #expect(try body.all().count <= 100_000)
        #expect(body.end == .limit)
    }

    @Test("a head of a stranger's is read, whatever it is")
    func heads() {
        var random = SeededRandom(seed: 9)
        let good = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\nContent-Type: text/html\r\n\r\n".utf8)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<random.int(1...8) { bytes[random.int(0...(bytes.count - 1))] = UInt8(random.int(0...255)) }
            let head = AnswerHead(bytes)
            #expect(head.contentType?.utf8.allSatisfy { (0x20...0x7E).contains($0) } ?? true)
            #expect(head.codings.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        }
        #expect(AnswerHead([]) == AnswerHead(Array("\r\n".utf8)))
        #expect(AnswerHead(good).status == 200)
        #expect(AnswerHead(good).codings == ["gzip", "br"])
        #expect(AnswerHead(good).contentType == "text/html")
    }
}
