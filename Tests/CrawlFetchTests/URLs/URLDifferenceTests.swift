import CurlKit
import Testing

/// Where RFC 3986 (after §6.2.2 and §6.2.3) and the WHATWG URL standard do not say the same, and what we do: a canonical
/// form that both would fetch alike where there is one, else what is safe to refuse.
struct URLDifferenceTests {
    struct Difference: Sendable, CustomTestStringConvertible {
        var input: String
        /// nil = no http URL.
        var rfc3986: String?
        var whatwg: String?
        /// nil = refused.
        var ours: String?
        var testDescription: String { input }

        init(_ input: String, rfc3986: String?, whatwg: String?, ours: String?) {
            self.input = input
            self.rfc3986 = rfc3986
            self.whatwg = whatwg
            self.ours = ours
        }
    }

    static let differences: [Difference] = [
        // An escape that nobody needs: one page to the RFC, two to browsers and to some servers.
        Difference(
            "http://a.test/%41", rfc3986: "http://a.test/A", whatwg: "http://a.test/%41", ours: "http://a.test/%41"),
        Difference(
            "http://a.test/%7Ea", rfc3986: "http://a.test/~a", whatwg: "http://a.test/%7Ea", ours: "http://a.test/%7Ea"),
        // Both are one page; browsers keep the case of what they did not escape themselves.
        Difference(
            "http://a.test/%c3", rfc3986: "http://a.test/%C3", whatwg: "http://a.test/%c3", ours: "http://a.test/%C3"),
        // No URL to the RFC: what browsers ask for.
        Difference("http://a.test/a b", rfc3986: nil, whatwg: "http://a.test/a%20b", ours: "http://a.test/a%20b"),
        Difference("http://a.test/ä", rfc3986: nil, whatwg: "http://a.test/%C3%A4", ours: "http://a.test/%C3%A4"),
        Difference("http://a.test/x\\y", rfc3986: nil, whatwg: "http://a.test/x/y", ours: "http://a.test/x/y"),
        // No URL to the RFC, sent as it is by browsers: escaped, so that it is one and means the same.
        Difference("http://a.test/%zz", rfc3986: nil, whatwg: "http://a.test/%zz", ours: "http://a.test/%25zz"),
        Difference(
            "http://a.test/?q=100%", rfc3986: nil, whatwg: "http://a.test/?q=100%", ours: "http://a.test/?q=100%25"),
        Difference(
            "http://a.test/[x]|y", rfc3986: nil, whatwg: "http://a.test/[x]|y", ours: "http://a.test/%5Bx%5D%7Cy"),
        Difference("http://a.test/?a\\b", rfc3986: nil, whatwg: "http://a.test/?a\\b", ours: "http://a.test/?a%5Cb"),
        Difference(
            "http://a.test/?'", rfc3986: "http://a.test/?'", whatwg: "http://a.test/?%27", ours: "http://a.test/?'"),
        // A host that is another one to the next parser.
        Difference("http://a.test\\b", rfc3986: nil, whatwg: "http://a.test/b", ours: nil),
        Difference("http:///a.test/", rfc3986: nil, whatwg: "http://a.test/", ours: nil),
        Difference("http:a.test", rfc3986: nil, whatwg: "http://a.test/", ours: nil),
        Difference("http://127.0.0.1./", rfc3986: "http://127.0.0.1./", whatwg: "http://127.0.0.1/", ours: nil),
        Difference("http://a.1/", rfc3986: "http://a.1/", whatwg: nil, ours: nil),
        Difference(
            "http://2130706433/", rfc3986: "http://2130706433/", whatwg: "http://127.0.0.1/", ours: "http://127.0.0.1/"),
        Difference("http://xn--a/", rfc3986: "http://xn--a/", whatwg: nil, ours: "http://xn--a/"),
        // Dropped by browsers, and by whoever splits headers and lines.
        Difference("http://a.test/a\nb", rfc3986: nil, whatwg: "http://a.test/ab", ours: nil),
        Difference("http://u:p@a.test/", rfc3986: "http://u:p@a.test/", whatwg: "http://u:p@a.test/", ours: nil),
        Difference("http://a.test:0/", rfc3986: "http://a.test:0/", whatwg: "http://a.test:0/", ours: nil),
    ]

    @Test(arguments: differences) func choice(_ row: Difference) {
        #expect(row.rfc3986 != row.whatwg || row.ours == nil, "no difference")
        #expect((try? URLCanonicalizer.canonicalize(row.input.utf8))?.string == row.ours)
    }
}
