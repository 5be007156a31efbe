import CrawlCore
import Testing

/// A URL by its other spellings (RFC 3986 §6.2.2.2).
struct SpellingsTests {
    private static func others(_ path: String) -> [String] {
        let origin = "https://a.example"
        return Spellings.others(of: CrawlURL(canonical: (origin + path).utf8, originLength: origin.utf8.count))
            .map { String($0.string.dropFirst(origin.count)) }
    }

    @Test(
        "a tilde is looked for as it is and escaped, another unreserved character as it is",
        arguments: [
            ("/", []), ("/a?b=c", []), ("/~a", ["/%7Ea"]), ("/%7Ea", ["/~a"]), ("/%41-%2Fb", ["/A-%2Fb"]),
            ("/~a/~b", ["/%7Ea/~b", "/~a/%7Eb", "/%7Ea/%7Eb"]), ("/?q=%7e", []), ("/a%7", []), ("/%", []), ("/%FF", []),
        ] as [(String, [String])])
    func spellings(path: String, others: [String]) { #expect(Self.others(path) == others) }

    @Test("every spelling finds every other, if only tildes differ")
    func symmetric() {
        let all = ["/~a%7E", "/~a~", "/%7Ea~", "/%7Ea%7E"]
        for path in all { #expect(Set(Self.others(path) + [path]) == Set(all)) }
    }

    @Test("their number is bounded, whatever the URL is", arguments: [4, 5, 60, 64, 2000])
    func bounded(tildes: Int) {
        let found = Self.others("/%41" + String(repeating: "~", count: tildes))
        #expect((2...32).contains(found.count))
        #expect(found.contains("/A" + String(repeating: "%7E", count: tildes)))
    }
}
