import CrawlCore
import CrawlOutput
import Testing

@Suite struct HeadTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var head: String
        var status: Int32 = 200
        var written: String
        var notes = HeadNotes()
        var testDescription: String { name }
    }

    private static func notes(_ change: (inout HeadNotes) -> Void) -> HeadNotes {
        var notes = HeadNotes()
        change(&notes)
        return notes
    }

    static let cases: [Case] = [
        Case(
            name: "as it came", head: "HTTP/1.1 200 Fine\r\nA: b\r\nset-cookie:x=1 \r\n\r\n",
            written: "HTTP/1.1 200 Fine\r\nA: b\r\nset-cookie:x=1 \r\n\r\n"),
        Case(
            name: "HTTP/2", head: "HTTP/2 200 \r\na: b\r\n\r\n", written: "HTTP/1.1 200 OK\r\na: b\r\n\r\n",
            notes: notes { $0.statusLine = Array("HTTP/2 200 ".utf8) }),
        Case(
            name: "HTTP/1.0", head: "HTTP/1.0 404 Nope\r\n\r\n", status: 404, written: "HTTP/1.1 404 Nope\r\n\r\n",
            notes: notes { $0.statusLine = Array("HTTP/1.0 404 Nope".utf8) }),
        Case(
            name: "no reason", head: "HTTP/1.1 503\r\nA: b\r\n\r\n", status: 503,
            written: "HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n",
            notes: notes { $0.statusLine = Array("HTTP/1.1 503".utf8) }),
        Case(
            name: "no reason for anybody's status", head: "HTTP/1.1 799 \r\nA: b\r\n\r\n", status: 799,
            written: "HTTP/1.1 799 \r\nA: b\r\n\r\n"),
        Case(
            name: "chunked", head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", notes: notes { $0.transferCoding = Array("chunked".utf8) }),
        Case(
            name: "chunked, spelled in other ways and folded",
            head:
                "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING : gzip,\r\n chunked\r\nA: b\r\ntransfer-encoding:chunked\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
            notes: notes { $0.transferCoding = Array("gzip,, chunked".utf8) }),
        Case(
            name: "chunked in a first line that is folded to nothing",
            head: "HTTP/1.1 200 OK\r\n Transfer-Encoding: chunked\r\n\r\n", written: "HTTP/1.1 200 OK\r\n\r\n",
            notes: notes { $0.transferCoding = Array("chunked".utf8) }),
        Case(
            name: "a length beside chunked",
            head: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\n\r\n",
            notes: notes {
                $0.transferCoding = Array("chunked".utf8)
                $0.contentLength = Array("3".utf8)
            }),
        Case(
            name: "the length", head: "HTTP/1.1 200 OK\r\ncontent-length:  6 \r\n\r\n",
            written: "HTTP/1.1 200 OK\r\ncontent-length:  6 \r\n\r\n"),
        Case(
            name: "a length that lies", head: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: b\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", notes: notes { $0.contentLength = Array("3".utf8) }),
        Case(
            name: "two lengths", head: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 9\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\n\r\n", notes: notes { $0.contentLength = Array("6, 9".utf8) }),
        Case(
            name: "a length in a line of its own", head: "HTTP/1.1 200 OK\r\nContent-Length:\r\n 6\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\n\r\n", notes: notes { $0.contentLength = [] }),
        Case(
            name: "LF", head: "HTTP/1.1 200 OK\nA: b\r\nC: d\n\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n", notes: notes { $0.lineEnds = 2 }),
        Case(
            name: "folded", head: "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\n\r\n"),
        Case(
            name: "lines without anything", head: "HTTP/1.1 200 OK\r\nA: b\r\n  \r\n\r\r\n\u{a0}\r\nC: d\r\n\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n", notes: notes { $0.blankLines = 3 }),
        Case(
            name: "no blank line", head: "HTTP/1.1 200 OK\r\nA: b\r\n",
            written: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        Case(
            name: "bytes behind the blank line", head: "HTTP/1.1 200 OK\r\n\r\nX: y\r\n",
            written: "HTTP/1.1 200 OK\r\n\r\n"),
        Case(
            name: "no status line", head: "A: b\r\n\r\n", status: 204,
            written: "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"),
        Case(name: "nothing", head: "", status: -7, written: "HTTP/1.1 000 \r\n\r\n"),
        Case(
            name: "NUL and bare CR", head: "HTTP/1.1 200 O\0K\r\nA: b\0\rc\r\n\rX: y\r\n\r\n",
            written: "HTTP/1.1 200 O K\r\nA: b  c\r\nX: y\r\n\r\n",
            notes: notes {
                $0.statusLine = Array("HTTP/1.1 200 O\0K".utf8)
                $0.blanked = 4
            }),
    ]

    @Test(arguments: cases)
    func responseHead(_ each: Case) {
        var bytes = Array("before".utf8)
        let notes = ResponseHead.write(Trial.exchange(head: each.head, status: each.status), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "before" + each.written)
        #expect(notes == each.notes)
    }

    @Test func longHeadIsWrittenAndSaid() {
        let head = "HTTP/1.1 200 OK\r\nA: \(String(repeating: "x", count: 40 << 10))\r\n\r\n"
        var bytes: [UInt8] = []
        let notes = ResponseHead.write(Trial.exchange(head: head), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == head)
        #expect(notes.longHead == bytes.count)
    }

    private static let secretive = """
        GET / HTTP/2\r
        Host: a.example\r
        Proxy-Authorization: Basic c2VjcmV0\r
         c2VjcmV0\r
        authorization: Bearer secret\r
        \tsecret\r
        Cookie : a=secret\r
        X-Cookie: kept\r
        \r

        """

    @Test func secretsAreRedacted() {
        var bytes: [UInt8] = []
        RequestHead.write(Trial.exchange(request: Self.secretive), secrets: .redact, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                GET / HTTP/1.1\r
                Host: a.example\r
                authorization: [redacted]\r
                Cookie: [redacted]\r
                X-Cookie: kept\r
                \r

                """)
    }

    @Test func secretsOfTheProxyAreNeverKept() {
        var bytes: [UInt8] = []
        RequestHead.write(Trial.exchange(request: Self.secretive), secrets: .keep, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                GET / HTTP/1.1\r
                Host: a.example\r
                authorization: Bearer secret\r
                \tsecret\r
                Cookie : a=secret\r
                X-Cookie: kept\r
                \r

                """)
    }
}
