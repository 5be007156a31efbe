import CrawlCore
import CrawlOutput
import CrawlTesting

/// One exchange of each kind that a server may bring about, and some of ours.
enum OddExchanges {
    static func all(_ spool: Spool) throws -> [Exchange] {
        let page = Array(String(repeating: "<p>Some text that is read.</p>\n", count: 100).utf8)
        var all = heads() + bodies(page)

        // A page, the same at another place, and again: revisits of the first.
        all.append(Trial.exchange("/page", body: page))
        all.append(Trial.exchange("/page?again", body: page))
        all.append(Trial.exchange("/page", body: page))
        all.append(
            Trial.exchange("/page", head: "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", body: [], status: 304))
        // Nobody has asked for that.
        all.append(
            Trial.exchange(
                "/304", head: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", body: [], status: 304))

        for end in [ExchangeEnd.length, .time, .disconnect] {
            var cut = Trial.exchange("/\(end)", head: "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", body: page)
            cut.end = end
            all.append(cut)
        }
        for (name, body) in [("noise", Trial.noise(700_000)), ("text", Array(repeating: 0x61, count: 3_000_000))] {
            let file = spool.makeFile(.body)
            try body.withUnsafeBytes { try file.append($0) }
            var large = Trial.exchange("/\(name)")
            large.body = .file(file)
            all.append(large)
        }
        return all
    }

    private static func heads() -> [Exchange] {
        var h2 = Trial.exchange(
            "/h2", head: "HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n", version: .http2,
            request: "GET /h2 HTTP/2\r\nHost: a.example\r\nCookie: a=b\r\n\r\n")
        h2.tls = .tls13
        h2.remoteAddress = IPAddress(v6High: 0x2001_0db8 << 32, low: 1)
        var hinted = Trial.exchange("/hinted", head: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n")
        hinted.interim = [103]
        var robots = Trial.exchange("/robots.txt", head: "HTTP/1.0 200\r\nA: b\r\n\r\n", version: .http10)
        robots.purpose = .robots
        // So long that FastWARC gives up, which it has to do.
        let long = Trial.exchange(
            "/long", head: "HTTP/1.1 200 OK\r\nA: \(String(repeating: "x", count: 40 << 10))\r\n\r\n")
        let texts: [(String, String)] = [
            ("lf", "HTTP/1.1 200 OK\nA: b\nC: d\n\n"), ("mixed", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\n"),
            ("fold", "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\n\r\n"),
            ("early", "HTTP/1.1 200 OK\r\n A: b\r\nC: d\r\n\r\n"), ("reason", "HTTP/1.1 200\r\nA: b\r\n\r\n"),
            ("blank", "HTTP/1.1 200 OK\r\nA: b\r\n \t\r\nC: d\r\n\r\n"),
            ("cr", "HTTP/1.1 200 OK\r\nA: b\r\n\r\r\nC: d\re\r\r\n\r\n"),
            ("nbsp", "HTTP/1.1 200 OK\r\nA: b\r\n\u{a0}\u{2003}\r\nC: d\r\n\r\n"),
            ("nul", "HTTP/1.1 200 O\0K\r\nA\0: b\0\r\n\0\r\n\r\n"),
            ("colon", "HTTP/1.1 200 OK\r\nnonsense\r\n: x\r\n\r\n"),
            ("none", "HTTP/1.1 200 OK\r\n\r\n"), ("ff", "HTTP/1.1 200 OK\r\nA: b\r\n\u{c}\r\n\r\n"),
        ]
        let odd = texts.map {
            Trial.exchange("/head/\($0.0)", head: $0.1, body: Array("body\r\n\r\nmore\n\nof it".utf8))
        }
        let far = Trial.exchange("/799", head: "HTTP/1.1 799 \r\nA: b\r\n\r\n", status: 799)
        return [h2, hinted, robots, long, far] + odd
    }

    private static func bodies(_ page: [UInt8]) -> [Exchange] {
        let size = Array("5\r\nhello\r\n0\r\n\r\nand the rest of it".utf8)
        let gzipped = Deflate.compress(page, .gzip)
        let plain = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
        var all = [
            Trial.exchange("/chunked", head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body: size),
            Trial.exchange("/folded", head: "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", body: size),
            Trial.exchange(
                "/both", head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", body: size),
            Trial.exchange(
                "/part", head: "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\n\r\n", status: 206),
            Trial.exchange("/empty", head: "HTTP/1.1 204 No Content\r\n\r\n", body: [], status: 204),
            Trial.exchange("/zero", head: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: []),
            Trial.exchange("/nuls", head: plain, body: Array(repeating: 0, count: 300)),
            Trial.exchange("/bytes", head: plain, body: (0...255).map { UInt8($0) }),
            Trial.exchange("/warc", head: plain, body: Array("\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n".utf8)),
            Trial.exchange("/gzip", head: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", body: gzipped),
            Trial.exchange(
                "/no-gzip", head: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", body: page.reversed()),
        ]
        // Of a body of 6 bytes.
        for (i, length) in ["3", "3000", "-5", "0", "six", "99999999999999999999999", "3, 5"].enumerated() {
            all.append(Trial.exchange("/length/\(i)", head: "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n"))
        }
        return all
    }
}
