import CrawlCore
import CurlKit
import Testing

struct URLCanonicalizerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var input: String
        var output: String
        var testDescription: String { input }
        init(_ input: String, _ output: String) {
            self.input = input
            self.output = output
        }
    }

    static let accepted: [Row] = [
        // Scheme, host, port.
        Row("http://example.com/", "http://example.com/"),
        Row("https://example.com/a/b?c=d", "https://example.com/a/b?c=d"),
        Row("HTTP://EXAMPLE.com/Path", "http://example.com/Path"),
        Row("hTTpS://Example.COM", "https://example.com/"),
        Row("http://example.com:80/", "http://example.com/"),
        Row("https://example.com:443/", "https://example.com/"),
        Row("http://example.com:443/", "http://example.com:443/"),
        Row("https://example.com:80/", "https://example.com:80/"),
        Row("http://example.com:/x", "http://example.com/x"),
        Row("http://example.com:08080/", "http://example.com:8080/"),
        Row("http://example.com:65535/", "http://example.com:65535/"),
        Row("http://example.com./", "http://example.com./"),
        Row("http://my_host/", "http://my_host/"),
        Row("http://-foo.example.com/", "http://-foo.example.com/"),
        Row("http://localhost:8080/x", "http://localhost:8080/x"),
        // Addresses.
        Row("http://127.0.0.1/", "http://127.0.0.1/"),
        Row("http://0x7f.1/", "http://127.0.0.1/"),
        Row("http://2130706433/", "http://127.0.0.1/"),
        Row("http://0177.0.0.1/", "http://127.0.0.1/"),
        Row("http://127.1/", "http://127.0.0.1/"),
        Row("http://[::1]/", "http://[::1]/"),
        Row("http://[2001:DB8:0:0:0:0:0:1]:8080/", "http://[2001:db8::1]:8080/"),
        Row("http://[::ffff:1.2.3.4]/", "http://[::ffff:1.2.3.4]/"),
        // International names.
        Row("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
        Row("http://MÜNCHEN.example/", "http://xn--mnchen-3ya.example/"),
        Row("http://xn--mnchen-3ya.example/", "http://xn--mnchen-3ya.example/"),
        Row("http://日本語.jp/", "http://xn--wgv71a119e.jp/"),
        Row("http://faß.de/", "http://xn--fa-hia.de/"),
        // Path.
        Row("http://a.test", "http://a.test/"),
        Row("http://a.test?x=1", "http://a.test/?x=1"),
        Row("http://a.test#f", "http://a.test/"),
        Row("http://a.test/./b", "http://a.test/b"),
        Row("http://a.test/a/../b", "http://a.test/b"),
        Row("http://a.test/../../b", "http://a.test/b"),
        Row("http://a.test/a/b/..", "http://a.test/a/"),
        Row("http://a.test/a/b/.", "http://a.test/a/b/"),
        Row("http://a.test/..", "http://a.test/"),
        Row("http://a.test//a//b", "http://a.test//a//b"),
        Row("http://a.test/a//../b", "http://a.test/a/b"),
        Row("http://a.test/.well-known/x", "http://a.test/.well-known/x"),
        Row("http://a.test/...", "http://a.test/..."),
        Row("http://a.test/a/%2e%2e/b", "http://a.test/a/%2E%2E/b"),
        Row("http://a.test/%e4%f6", "http://a.test/%E4%F6"),
        Row("http://a.test/%41", "http://a.test/%41"),
        Row("http://a.test/%", "http://a.test/%25"),
        Row("http://a.test/%4", "http://a.test/%254"),
        Row("http://a.test/%zz", "http://a.test/%25zz"),
        Row("http://a.test/a b", "http://a.test/a%20b"),
        Row("http://a.test/ä", "http://a.test/%C3%A4"),
        Row("http://a.test/\"q\"", "http://a.test/%22q%22"),
        Row("http://a.test/'q'", "http://a.test/'q'"),
        Row("http://a.test/<>{}|^`\\", "http://a.test/%3C%3E%7B%7D%7C%5E%60%5C"),
        Row("http://a.test/[x]", "http://a.test/%5Bx%5D"),
        Row("http://a.test/!$&'()*+,;=:@-._~", "http://a.test/!$&'()*+,;=:@-._~"),
        Row("http://a.test/a;p=1/b", "http://a.test/a;p=1/b"),
        Row("http://a.test/http://b.test/", "http://a.test/http://b.test/"),
        // Query and fragment.
        Row("http://a.test/?", "http://a.test/?"),
        Row("http://a.test/?a=b&c=d", "http://a.test/?a=b&c=d"),
        Row("http://a.test/?a=/../b", "http://a.test/?a=/../b"),
        Row("http://a.test/?a?b", "http://a.test/?a?b"),
        Row("http://a.test/?q=a b", "http://a.test/?q=a%20b"),
        Row("http://a.test/?q=%c3%a4ä", "http://a.test/?q=%C3%A4%C3%A4"),
        Row("http://a.test/?a[]=1", "http://a.test/?a%5B%5D=1"),
        Row("http://a.test/x#frag", "http://a.test/x"),
        Row("http://a.test/x?y#f?g", "http://a.test/x?y"),
        Row("http://a.test/x#a#b", "http://a.test/x"),
        Row("http://a.test/@user", "http://a.test/@user"),
    ]

    static let refused: [(String, URLRejection.Code)] = [
        ("", .invalidURL), ("x", .invalidURL), ("/path", .invalidURL), ("//a.test/", .invalidURL),
        ("example.com/x", .invalidURL), ("example.com:8080/x", .invalidURL), ("http:", .invalidURL),
        ("http:/a.test/", .invalidURL), ("http:a.test", .invalidURL), ("http://", .invalidURL),
        ("http:///x", .invalidURL), ("http://?x", .invalidURL), ("http://:80/", .invalidURL),
        (" http://a.test/", .invalidURL), ("ftp://a.test/", .unsupportedScheme),
        ("file:///etc/passwd", .unsupportedScheme),
        ("mailto:a@b.test", .unsupportedScheme), ("javascript:alert(1)", .unsupportedScheme),
        ("ws://a.test/", .unsupportedScheme), ("httpx://a.test/", .unsupportedScheme),
        ("http://user@a.test/", .userinfo), ("http://user:pw@a.test/", .userinfo), ("http://@a.test/", .userinfo),
        ("http://a.test:0/", .invalidURL), ("http://a.test:65536/", .invalidURL), ("http://a.test:x/", .invalidURL),
        ("http://a.test:-1/", .invalidURL), ("http://a.test:99999999999999999999/", .invalidURL),
        ("http://a..test/", .invalidURL), ("http://.a.test/", .invalidURL), ("http://./", .invalidURL),
        ("http://a b.test/", .invalidURL), ("http://a%2etest/", .invalidURL), ("http://a\\b.test/", .invalidURL),
        ("http://1.2.3.4.5/", .invalidURL), ("http://999.1.1.1/", .invalidURL), ("http://a.test.1/", .invalidURL),
        ("http://[::1/", .invalidURL), ("http://[::g]/", .invalidURL), ("http://[fe80::1%25eth0]/", .invalidURL),
        ("http://[]/", .invalidURL), ("http://a,b/", .invalidURL), ("http://a\u{7F}/", .invalidURL),
        ("http://a.test/\n", .invalidURL), ("http://a.test/\ra", .invalidURL), ("http://a.test/\0", .invalidURL),
        ("ht\ttp://a.test/", .invalidURL),
        ("http://" + String(repeating: "a", count: 64) + ".test/", .invalidURL),
        ("http://" + String(repeating: "a.", count: 130) + "test/", .invalidURL),
        ("http://a.test/" + String(repeating: "a", count: 8192), .tooLong),
        ("http://a.test/" + String(repeating: "ä", count: 2000), .tooLong),
        ("http://a.test/" + String(repeating: "a", count: 100_000), .tooLong),
    ]

    @Test(arguments: accepted) func canonical(_ row: Row) throws {
        let url = try URLCanonicalizer.canonicalize(row.input.utf8)
        #expect(url.string == row.output)
        let again = try URLCanonicalizer.canonicalize(url.bytes)
        #expect(again == url, "canonical input comes back unchanged")
        #expect(url.string.utf8.dropFirst(url.originLength).first == UInt8(ascii: "/"))
    }

    @Test(arguments: refused) func notAURL(_ input: String, _ code: URLRejection.Code) {
        let rejection = #expect(throws: URLRejection.self) { try URLCanonicalizer.canonicalize(input.utf8) }
        #expect(rejection?.code == code)
        #expect(rejection?.detail.isEmpty == false)
    }

    @Test func theLongestURL() throws {
        let url = "http://a.test/" + String(repeating: "a", count: 8192 - 14)
        #expect(try URLCanonicalizer.canonicalize(url.utf8).bytes.count == 8192)
    }

    /// The quick check accepts only what the parser would leave alone, and both see the same origin.
    @Test(arguments: accepted) func theQuickCheckAgrees(_ row: Row) throws {
        for text in [row.input, row.output] {
            let bytes = Array(text.utf8)
            guard let length = bytes.withUnsafeBufferPointer({ CanonicalForm.originLength($0) }) else { continue }
            let url = try URLCanonicalizer.canonicalize(bytes)
            #expect(url.bytes == bytes)
            #expect(url.originLength == length)
        }
    }

    @Test(arguments: refused) func theQuickCheckRefusesToo(_ input: String, _ code: URLRejection.Code) {
        let bytes = Array(input.utf8)
        #expect(bytes.withUnsafeBufferPointer { CanonicalForm.originLength($0) } == nil)
    }

    /// Seeded noise: whatever is accepted is canonical, and nothing traps.
    @Test func noise() throws {
        var seed: UInt64 = 520
        func random(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % limit
        }
        let pieces = [
            "http://", "https://", "a", "B", ".", "..", "/", "?", "#", "%", "%4", "%e4", ":", "80", "@", "[", "]",
            "::1",
            "ä", "xn--", "-", " ", "\"", "\\", "0x7f", "127", "é", "\u{200D}", "\u{FF0E}",
        ]
        for _ in 0..<5000 {
            var bytes = Array("http://".utf8)
            for _ in 0..<random(12) { bytes += Array(pieces[random(pieces.count)].utf8) }
            if random(10) == 0 { bytes.append(UInt8(random(256))) }
            guard let url = try? URLCanonicalizer.canonicalize(bytes) else { continue }
            #expect(try URLCanonicalizer.canonicalize(url.bytes) == url, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
