import CurlKit
import Testing

/// What a Location means for the URL that was asked: another one, or the same in another spelling.
struct ResolvedLocationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Path and query, as they were sent.
        var asked: String
        var location: String
        /// nil = it leads elsewhere, or is what was asked.
        var respelling: String?
        var testDescription: String { "\(asked) -> \(location.debugDescription)" }

        init(_ asked: String, _ location: String, _ respelling: String?) {
            self.asked = asked
            self.location = location
            self.respelling = respelling
        }
    }

    static let respelled = [
        Case("/%C3%A9", "/%c3%a9", "/%c3%a9"), Case("/%c3%a9", "/%C3%A9", "/%C3%A9"),
        Case("/x%5B1%5D", "/x[1]", "/x[1]"), Case("/?a%5B%5D=1", "?a[]=1", "/?a[]=1"),
        Case("/x%7C%5E%7B%7D", "/x|^{}", "/x|^{}"), Case("/100%25", "/100%", "/100%"),
        Case("/a%25zz?b", "a%zz?b", "/a%zz?b"), Case("/%25u0131", "/%u0131", "/%u0131"),
        Case("/a/b%5B", "b[", "/a/b["), Case("/a/b%5B", "../a/./b[#part", "/a/b["), Case("/a/b%5B", "\\a\\b[", "/a/b["),
        Case("/a[?q", "?q", nil), Case("/a[/b%5B", "b[", "/a[/b["), Case("/a%5B", "/a\t[", "/a["),
        Case("/a%5B", "HTTP://A.test:80/a[", "/a["), Case("/x?y%5Cz", "/x?y\\z", "/x?y\\z"),
        Case("/a%22%3C%3E%60", "/a\"<>`", "/a\"<>`"),
    ]

    static let same = [
        Case("/x", "/x", nil), Case("/x", "", nil), Case("/x", "#part", nil), Case("/x", "http://a.test/x", nil),
        Case("/x", "./x", nil), Case("/%C3%A9", "/é", nil), Case("/a%20b", "/a b", nil), Case("/x[", "/x[", nil),
        Case("/", "http://a.test", nil), Case("/", "http://a.test?", nil), Case("/", "//A.test:80/../", nil),
    ]

    static let other = [
        Case("/x", "/y", nil), Case("/%C3%A9", "http://b.test/%c3%a9", nil), Case("/%41", "/A", nil),
        Case("/x%5B", "https://a.test/x[", nil), Case("/x%5B", "http://a.test:81/x[", nil), Case("/x", "/x/", nil),
        Case("/x?", "/x", nil),
    ]

    @Test(arguments: respelled + same + other) func respelling(test: Case) throws {
        let asked = Array(("http://a.test" + test.asked).utf8)
        let found = try #require(ResolvedLocation(test.location.utf8, askedAs: asked))
        #expect(found.source == (try URLCanonicalizer.canonicalize(asked)))
        #expect(found.respelling.map { String(decoding: $0, as: UTF8.self) } == test.respelling)
    }

    @Test(arguments: same.dropLast(3)) func leadsToItself(test: Case) throws {
        let found = try #require(
            ResolvedLocation(test.location.utf8, askedAs: Array(("http://a.test" + test.asked).utf8)))
        #expect(found.target == found.source)
    }

    @Test(arguments: other) func leadsElsewhere(test: Case) throws {
        let found = try #require(
            ResolvedLocation(test.location.utf8, askedAs: Array(("http://a.test" + test.asked).utf8)))
        #expect(found.target != found.source)
    }

    @Test(arguments: ["ftp://a.test/", "mailto:x", "http://", "//[::1", "/a\u{1}", "//u@a.test/"])
    func isNoURL(location: String) {
        #expect(ResolvedLocation(location.utf8, askedAs: Array("http://a.test/x".utf8)) == nil)
    }

    @Test(arguments: ["", "/x", "a.test/x", "ftp://a.test/", "HTTP://a.test/x", "http://a.test:80/x"])
    func whatWasAskedHasACanonicalOrigin(asked: String) {
        #expect(ResolvedLocation("/x".utf8, askedAs: Array(asked.utf8)) == nil)
    }
}
