import Testing

@testable import CrawlCore

/// Which cookies an answer sets and a request gets (RFC 6265 §5.1 to §5.4).
struct CookieTests {
    static let now = at(1_000_000)

    static let suffixes: Set = ["test", "co.test", "github.test"]

    static func scope(_ url: String) -> CookieScope { CookieScope(CrawlURL(text: url)) }

    private static func jar(_ cookies: [String], from url: String) -> CookieJar {
        var jar = CookieJar()
        let cookies = cookies.compactMap { text in
            Cookie(Array(text.utf8), from: scope(url), now: now) {
                suffixes.contains(String(decoding: $0, as: UTF8.self))
            }
        }
        jar.take(cookies, now: now)
        return jar
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var from: String
        var set: [String]
        var to: String
        /// The Cookie header; nil = none.
        var sent: String?
        var testDescription: String { "\(set) of \(from) to \(to)" }

        init(_ from: String, _ set: String..., to: String, _ sent: String?) {
            self.from = from
            self.set = set
            self.to = to
            self.sent = sent
        }
    }

    static let texts = [
        Case("http://a.test/", "a=1", to: "http://a.test/", "a=1"),
        Case("http://a.test/", " a = 1 2 ; x", to: "http://a.test/", "a=1 2"),
        Case("http://a.test/", "a=\"1\"", to: "http://a.test/", "a=\"1\""),
        Case("http://a.test/", "a=", to: "http://a.test/", "a="),
        Case("http://a.test/", "a=b=c", to: "http://a.test/", "a=b=c"),
        Case("http://a.test/", "a", to: "http://a.test/", nil), Case("http://a.test/", "=1", to: "http://a.test/", nil),
        Case("http://a.test/", "", ";", "; a=1", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1\u{7F}", "b=\u{1}", "c=é", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1\r\nX: y", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1", "b=2", to: "http://a.test/", "a=1; b=2"),
        Case("http://a.test/", "a=1", "b=2", "a=3", to: "http://a.test/", "a=3; b=2"),
        Case("http://a.test/", "a=1", "A=2", to: "http://a.test/", "a=1; A=2"),
    ]

    static let domains = [
        Case("http://a.test/", "a=1", to: "http://www.a.test/", nil),
        Case("http://www.a.test/", "a=1", to: "http://a.test/", nil),
        Case("http://www.a.test/", "a=1; Domain=a.test", to: "http://a.test/", "a=1"),
        Case("http://www.a.test/", "a=1; DOMAIN=.A.Test", to: "http://b.a.test/", "a=1"),
        Case("http://a.test/", "a=1; domain=a.test", to: "http://www.a.test/", "a=1"),
        Case("http://a.test/", "a=1; domain=www.a.test", to: "http://www.a.test/", nil),
        Case("http://a.test/", "a=1; domain=b.test", to: "http://b.test/", nil),
        Case("http://xa.test/", "a=1; domain=a.test", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1; domain=test", to: "http://b.test/", nil),
        Case("http://a.test/", "a=1; domain=test", to: "http://a.test/", nil),
        Case("http://a.co.test/", "a=1; domain=co.test", to: "http://a.co.test/", nil),
        Case("http://a.co.test/", "a=1; domain=a.co.test", to: "http://b.a.co.test/", "a=1"),
        Case("http://github.test/", "a=1; domain=github.test", to: "http://github.test/", "a=1"),
        Case("http://github.test/", "a=1; domain=github.test", to: "http://me.github.test/", nil),
        Case("http://a.test/", "a=1; domain=", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; domain=", to: "http://www.a.test/", nil),
        Case("http://a.test/", "a=1; domain=b.test; domain=a.test", to: "http://www.a.test/", "a=1"),
        Case("http://192.0.2.1/", "a=1", to: "http://192.0.2.1/", "a=1"),
        Case("http://192.0.2.1/", "a=1; domain=2.1", to: "http://192.0.2.1/", nil),
        Case("http://192.0.2.1/", "a=1; domain=192.0.2.1", to: "http://192.0.2.1/", "a=1"),
        Case("http://[::1]/", "a=1", to: "http://[::1]:8080/", "a=1"),
        Case("http://a.test/", "a=1", to: "http://a.test:8080/", "a=1"),
    ]

    static let paths = [
        Case("http://a.test/b/c", "a=1", to: "http://a.test/b/d", "a=1"),
        Case("http://a.test/b/c", "a=1", to: "http://a.test/b", "a=1"),
        Case("http://a.test/b/c", "a=1", to: "http://a.test/", nil),
        Case("http://a.test/b/c", "a=1", to: "http://a.test/bc", nil),
        Case("http://a.test/b/c", "a=1; Path=/", to: "http://a.test/x", "a=1"),
        Case("http://a.test/b/c", "a=1; path=/x", to: "http://a.test/x/y?z", "a=1"),
        Case("http://a.test/b/c", "a=1; path=/x/", to: "http://a.test/x", nil),
        Case("http://a.test/b/c", "a=1; path=/x", to: "http://a.test/xy", nil),
        Case("http://a.test/b/c", "a=1; path=x", to: "http://a.test/b/", "a=1"),
        Case("http://a.test/b/c", "a=1; path=/x; path", to: "http://a.test/b/", "a=1"),
        Case("http://a.test/b?c/d", "a=1", to: "http://a.test/", "a=1"),
        Case("http://a.test/b/c", "a=1; path=/", "b=2", to: "http://a.test/b/c", "b=2; a=1"),
        Case("http://a.test/b/c", "a=1; path=/", "a=2", to: "http://a.test/b/c", "a=2; a=1"),
    ]

    static let security = [
        Case("https://a.test/", "a=1; Secure", to: "https://a.test/", "a=1"),
        Case("https://a.test/", "a=1; secure; HttpOnly; SameSite=Strict", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1; secure=no", to: "https://a.test/", "a=1"),
        Case("https://a.test/", "a=1", to: "http://a.test/", "a=1"),
    ]

    static let times = [
        Case("http://a.test/", "a=1; Max-Age=60", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; Max-Age=0", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1; max-age=-1", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1; max-age=soon", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; max-age=99999999999999999999", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1; expires=Fri, 31-Dec-2286 23:59:59 GMT", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; expires=never", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=9", to: "http://a.test/", "a=1"),
        Case("http://a.test/", "a=1", "a=x; max-age=0", to: "http://a.test/", nil),
        Case("http://a.test/", "a=1", "b=2", "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", to: "http://a.test/", "b=2"),
        Case("http://a.test/b/", "a=1", "a=; max-age=0; path=/", to: "http://a.test/b/", "a=1"),
    ]

    @Test(arguments: texts + domains + paths + security + times) func goesWhereItBelongs(entry: Case) {
        #expect(
            Self.jar(entry.set, from: entry.from).header(for: Self.scope(entry.to), now: Self.now) == entry.sent)
    }

    @Test func expiresWhileItIsKept() {
        let jar = Self.jar(["a=1; max-age=60", "b=2"], from: "http://a.test/")
        let url = Self.scope("http://a.test/")
        #expect(jar.header(for: url, now: Self.now + .milliseconds(59_999)) == "a=1; b=2")
        #expect(jar.header(for: url, now: Self.now + .seconds(60)) == "b=2")
    }

    @Test func holdsEightKibibytes() {
        let half = String(repeating: "x", count: 4000)
        let jar = Self.jar(["a=" + half, "b=" + half, "c=" + half, "d=4"], from: "http://a.test/")
        #expect(jar.header(for: Self.scope("http://a.test/"), now: Self.now) == "a=\(half); b=\(half); d=4")
        let replaced = Self.jar(["a=" + half, "b=" + half, "a=1", "c=" + half], from: "http://a.test/")
        #expect(replaced.header(for: Self.scope("http://a.test/"), now: Self.now) == "a=1; b=\(half); c=\(half)")
        let huge = Self.jar(["a=" + half + half + half], from: "http://a.test/")
        #expect(huge.isEmpty)
    }

    @Test func holdsFifty() {
        let jar = Self.jar((0..<60).map { "c\($0)=" } + ["c7=x", "c8=; max-age=0", "d="], from: "http://a.test/")
        let rest = (0..<50).filter { $0 != 8 }.map { $0 == 7 ? "c7=x" : "c\($0)=" }
        #expect(jar.header(for: Self.scope("http://a.test/"), now: Self.now) == (rest + ["d="]).joined(separator: "; "))
    }

    @Test(
        "dates as cookies have them (RFC 6265 §5.1.1)",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("6 nov 1994 8:49:37", 784_111_777),
            ("1994 November 06th 08:49:37x", 784_111_777), ("08:49:37 6 NOV 94", 784_111_777),
            ("01 Jan 70 00:00:00", 0), ("01 Jan 69 00:00:00", 3_124_224_000), ("01-Jan-1601 0:0:0", -11_644_473_600),
            ("01-Jan-1600 0:0:0", nil), ("06 Nov 1994", nil), ("08:49:37 Nov 1994", nil), ("06 Nov 08:49:37", nil),
            ("06 1994 08:49:37", nil), ("32 Nov 1994 08:49:37", nil), ("0 Nov 1994 08:49:37", nil),
            ("06 Nov 1994 24:00:00", nil), ("06 Nov 1994 08:60:00", nil), ("06 Nov 1994 08:49:60", nil),
            ("06 Nov 1994 08:49", nil), ("06 Nov 19945 08:49:37", nil), ("", nil), (";;; :::", nil),
            ("\u{0}\u{FF}", nil),
        ] as [(String, Int64?)])
    func date(text: String, seconds: Int64?) {
        #expect(CookieDate.parse(Array(text.utf8)[...]) == seconds.map { Instant(ms: $0 * 1000) })
    }
}
