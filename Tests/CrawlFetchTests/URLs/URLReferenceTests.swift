import CurlKit
import Testing

/// References as servers and robots.txt files give them, each against the base of RFC 3986 §5.4.
struct URLReferenceTests {
    static let base = "http://a/b/c/d;p?q"

    static let rfc3986: [URLCase] = [
        URLCase("g:h", refused: .unsupportedScheme), URLCase("g", "http://a/b/c/g"),
        URLCase("./g", "http://a/b/c/g"), URLCase("g/", "http://a/b/c/g/"), URLCase("/g", "http://a/g"),
        URLCase("//g", "http://g/"), URLCase("?y", "http://a/b/c/d;p?y"), URLCase("g?y", "http://a/b/c/g?y"),
        URLCase("#s", "http://a/b/c/d;p?q"), URLCase("g#s", "http://a/b/c/g"), URLCase("g?y#s", "http://a/b/c/g?y"),
        URLCase(";x", "http://a/b/c/;x"), URLCase("g;x", "http://a/b/c/g;x"),
        URLCase("g;x?y#s", "http://a/b/c/g;x?y"), URLCase("", "http://a/b/c/d;p?q"), URLCase(".", "http://a/b/c/"),
        URLCase("./", "http://a/b/c/"), URLCase("..", "http://a/b/"), URLCase("../", "http://a/b/"),
        URLCase("../g", "http://a/b/g"), URLCase("../..", "http://a/"), URLCase("../../", "http://a/"),
        URLCase("../../g", "http://a/g"), URLCase("../../../g", "http://a/g"),
        URLCase("../../../../g", "http://a/g"), URLCase("/./g", "http://a/g"), URLCase("/../g", "http://a/g"),
        URLCase("g.", "http://a/b/c/g."), URLCase(".g", "http://a/b/c/.g"), URLCase("g..", "http://a/b/c/g.."),
        URLCase("..g", "http://a/b/c/..g"), URLCase("./../g", "http://a/b/g"), URLCase("./g/.", "http://a/b/c/g/"),
        URLCase("g/./h", "http://a/b/c/g/h"), URLCase("g/../h", "http://a/b/c/h"),
        URLCase("g;x=1/./y", "http://a/b/c/g;x=1/y"), URLCase("g;x=1/../y", "http://a/b/c/y"),
        URLCase("g?y/./x", "http://a/b/c/g?y/./x"), URLCase("g?y/../x", "http://a/b/c/g?y/../x"),
        URLCase("g#s/../x", "http://a/b/c/g"), URLCase("http:g"),
    ]

    /// What browsers make of a `Location` that is no URI.
    static let fromServers: [URLCase] = [
        URLCase("http://g.test/x#top", "http://g.test/x"), URLCase("HTTPS://G.test:443", "https://g.test/"),
        URLCase("/a b", "http://a/a%20b"), URLCase("/x?a b", "http://a/x?a%20b"),
        URLCase("http://g.test/a b?c d#e f", "http://g.test/a%20b?c%20d"), URLCase(" /x ", "http://a/x"),
        URLCase("/ä?ö#ü", "http://a/%C3%A4?%C3%B6"),
        URLCase("Latin-1", bytes: Array("/caf".utf8) + [0xE9], "http://a/caf%E9"),
        URLCase("//ü.test/ü", "http://xn--tda.test/%C3%BC"), URLCase("/%2e%2e/x", "http://a/x"),
        URLCase("x\\y", "http://a/b/c/x/y"), URLCase("\\x\\y", "http://a/x/y"), URLCase("?", "http://a/b/c/d;p?"),
        URLCase("/x:y", "http://a/x:y"), URLCase("x/y:z", "http://a/b/c/x/y:z"), URLCase("1:2", "http://a/b/c/1:2"),
        URLCase("?u=http://g/", "http://a/b/c/d;p?u=http://g/"), URLCase("//[::1]/x", "http://[::1]/x"),
        URLCase("//g:8080", "http://g:8080/"), URLCase("///g/x"), URLCase("\\\\g/x"), URLCase("/\\g/x"),
        URLCase("\\/g/x"), URLCase("//"), URLCase("//u@g/", refused: .userinfo), URLCase("/a\tb", "http://a/ab"),
        URLCase("/a\r\n b", "http://a/a%20b"), URLCase("htt\tp:/\n/g.t\test/\r", "http://g.test/"),
        URLCase("\t?\ta b\t", "http://a/b/c/d;p?a%20b"), URLCase("\t", "http://a/b/c/d;p?q"),
        URLCase("/a\u{1}b"), URLCase("/a\u{0}"), URLCase("/a\u{7F}b"), URLCase("# a b", "http://a/b/c/d;p?q"),
        URLCase("?a+b c#d", "http://a/b/c/d;p?a+b%20c"), URLCase("\\x?y\\z", "http://a/x?y%5Cz"),
        URLCase("g.test:8080/x"), URLCase("javascript:x", refused: .unsupportedScheme),
        URLCase("a reference of 9,000 bytes", text: String(repeating: "a", count: 9000), refused: .tooLong),
        URLCase("a reference of 100,000 bytes", text: String(repeating: "a", count: 100_000), refused: .tooLong),
    ]

    @Test(arguments: rfc3986 + fromServers) func reference(_ row: URLCase) throws {
        let base = try URLCanonicalizer.canonicalize(Self.base.utf8)
        #expect(
            URLCase.Form { () throws(URLRejection) in try URLCanonicalizer.resolve(row.input, from: base) } == row.form)
    }

    @Test(arguments: [
        ("https://a.test:8443/", "x", "https://a.test:8443/x"), ("https://a.test:8443/", "", "https://a.test:8443/"),
        ("https://a.test/x", "//b.test:443/", "https://b.test/"), ("http://[::1]:8/a/b", "c", "http://[::1]:8/a/c"),
        ("http://a.test/b?c/d", "e", "http://a.test/e"), ("http://a.test/b?c", "?", "http://a.test/b?"),
        ("http://a.test//b", "../c", "http://a.test/c"),
    ])
    func otherBases(_ base: String, _ reference: String, _ target: String) throws {
        let base = try URLCanonicalizer.canonicalize(base.utf8)
        #expect(try URLCanonicalizer.resolve(reference.utf8, from: base).string == target)
    }
}
