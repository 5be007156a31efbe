extension RobotsCase {
    /// RFC 9309 §2.2.2: which rule decides.
    static let precedence: [RobotsCase] = [
        rules("all", "Disallow: /", allowed: ["/robots.txt"], refused: ["/", "/a", "/robots.txt?a", "/robots.txt/"]),
        rules("robots.txt itself", "Disallow: /robots.txt", allowed: ["/robots.txt"], refused: ["/robots.txta"]),
        rules("robots.txt, whatever the case", "Disallow: /", refused: ["/Robots.txt", "/ROBOTS.TXT"]),
        rules("empty disallow", "Disallow:", allowed: ["/", "/a"]),
        rules("empty disallow and blanks", "Disallow: \t ", allowed: ["/"]),
        rules("empty allow", "Disallow: /a\nAllow:", allowed: ["/"], refused: ["/a"]),
        rules("empty disallow lifts nothing", "Disallow: /a\nDisallow:", refused: ["/a"]),
        rules(
            "longer allow", "Disallow: /a\nAllow: /a/b", allowed: ["/a/b", "/a/bc", "/b"],
            refused: ["/a", "/a/", "/a/c"]),
        rules("longer allow first", "Allow: /a/b\nDisallow: /a", allowed: ["/a/b"], refused: ["/a", "/a/c"]),
        rules("longer disallow", "Allow: /a\nDisallow: /a/b", allowed: ["/a", "/a/c"], refused: ["/a/b"]),
        rules(
            "three deep", "Disallow: /a\nAllow: /a/b\nDisallow: /a/b/c", allowed: ["/a/b"], refused: ["/a/c", "/a/b/c"]),
        rules("equal, allow last", "Disallow: /a\nAllow: /a", allowed: ["/a", "/ab"]),
        rules("equal, allow first", "Allow: /a\nDisallow: /a", allowed: ["/a", "/ab"]),
        rules("equally long, not equal", "Disallow: /*b\nAllow: /ab", allowed: ["/ab"], refused: ["/bb"]),
        rules("equally long, other way", "Disallow: /ab\nAllow: /*b", allowed: ["/ab", "/bb"]),
        rules(
            "root only for some", "Allow: /public\nDisallow: /", allowed: ["/public", "/public/a"],
            refused: ["/", "/a"]),
        rules("case of paths", "Disallow: /A", allowed: ["/a"], refused: ["/A", "/Ab"]),
        rules("a folder", "Disallow: /a/", allowed: ["/a", "/a.html"], refused: ["/a/", "/a/b"]),
        rules("with a query", "Disallow: /a?b", allowed: ["/a", "/a?c"], refused: ["/a?b", "/a?b=1"]),
        rules("any query", "Disallow: /*?", allowed: ["/a"], refused: ["/?", "/a?b", "/a/b?"]),
        rules("begins without a slash", "Disallow: a", allowed: ["/a", "/"]),
        rules("a whole address", "Disallow: https://a.example/a", allowed: ["/a", "/https://a.example/a"]),
        rules("begins with a dot", "Disallow: ./a", allowed: ["/a", "/./a"]),
        rules("not in the middle", "Disallow: /b", allowed: ["/a/b"], refused: ["/b"]),
        rules("two slashes", "Disallow: //a", allowed: ["/a"], refused: ["//a"]),
        rules("duplicates", "Disallow: /a\nDisallow: /a\nDisallow: /a", allowed: ["/"], refused: ["/a"]),
        rules(
            "many siblings", "Disallow: /a\nDisallow: /b\nDisallow: /ab\nAllow: /abc\nDisallow: /c",
            allowed: ["/abc", "/d"], refused: ["/a", "/ab", "/aa", "/b", "/c"]),
        rules(
            "the example of §5.2, as erratum 7124 has it",
            "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
            allowed: ["/example/page/", "/example/page/allowed.gif"], refused: ["/example/page/disallowed.gif"]),
        rules(
            "a shorter sibling behind", "Disallow: /a\nAllow: /a/x/y", allowed: ["/a/x/y"],
            refused: ["/a/x/z", "/a/x/"]),
    ]

    /// §2.2.3: `*` and `$`.
    static let wildcards: [RobotsCase] = [
        rules("only an asterisk", "Disallow: *", refused: ["/", "/a"]),
        rules("slash, asterisk", "Disallow: /*", refused: ["/", "/a"]),
        rules("asterisk at the end", "Disallow: /a*", allowed: ["/b"], refused: ["/a", "/ab", "/a/b"]),
        rules(
            "asterisk in the middle", "Disallow: /a*z", allowed: ["/a", "/z"],
            refused: ["/az", "/a/z", "/abcz", "/azb"]),
        rules("asterisk for nothing", "Disallow: /a*b*c", allowed: ["/acb"], refused: ["/abc", "/a1b2c3"]),
        rules(
            "asterisk over slashes", "Disallow: /a/*/c", allowed: ["/a/c"], refused: ["/a/b/c", "/a/b/b/c", "/a//c"]),
        rules("asterisk before the path", "Disallow: *.php", allowed: ["/a"], refused: ["/a.php", "/a/b.php5"]),
        rules("asterisks in a row", "Disallow: /a***b", allowed: ["/a"], refused: ["/ab", "/axb"]),
        rules("the end", "Disallow: /a$", allowed: ["/", "/ab", "/a/", "/a?"], refused: ["/a"]),
        rules("the root's end", "Disallow: /$", allowed: ["/a"], refused: ["/"]),
        rules(
            "asterisk and end", "Disallow: /*.gif$", allowed: ["/a.gif?b", "/a.gift"],
            refused: ["/a.gif", "/.gif", "/a.gif.gif"]),
        rules("end after asterisk", "Disallow: /a*$", allowed: ["/b"], refused: ["/a", "/ab"]),
        rules("the end must not overlap", "Disallow: /ab*ba$", allowed: ["/aba"], refused: ["/abba", "/abxba"]),
        rules("last piece twice", "Disallow: /*a$", allowed: ["/ab"], refused: ["/a", "/aba", "/aa"]),
        rules("end counts as an octet", "Allow: /a\nDisallow: /a$", allowed: ["/ab"], refused: ["/a"]),
        rules("asterisk counts as an octet", "Allow: /a\nDisallow: /a*", refused: ["/a", "/ab"]),
        rules("literal dollar in the middle", "Disallow: /a$b", allowed: ["/a", "/ab"], refused: ["/a$b", "/a%24b"]),
        rules("two dollars", "Disallow: /a$$", allowed: ["/a", "/a$b"], refused: ["/a$"]),
        rules("only a dollar", "Disallow: $", allowed: ["/", "/a", "/$"]),
        rules("escaped dollar", "Disallow: /a%24", allowed: ["/a"], refused: ["/a$", "/a$b", "/a%24"]),
        rules("escaped asterisk", "Disallow: /a%2A", allowed: ["/a", "/ab"], refused: ["/a*", "/a%2A", "/a%2ab"]),
        rules("escaped asterisk, lower case", "Disallow: /a%2ab", allowed: ["/axb"], refused: ["/a*b"]),
        rules("asterisk in the path", "Disallow: /a*c", refused: ["/a*c", "/abc"]),
        rules("asterisk in the path is no wildcard", "Disallow: /abc", allowed: ["/a*c"]),
        rules("pieces in order", "Disallow: /*b*a", allowed: ["/ab"], refused: ["/ba", "/xbya"]),
        rules(
            "a piece that nearly fits", "Disallow: /*aab", allowed: ["/aaxab", "/aba"], refused: ["/aaab", "/xaab"]),
        rules("a piece that repeats itself", "Disallow: /*abab", allowed: ["/abaab"], refused: ["/abaabab", "/aabab"]),
        rules("longer by wildcard", "Allow: /*/keep\nDisallow: /shop", allowed: ["/shop/keep"], refused: ["/shop"]),
        rules("session", "Disallow: /*?*sid=", allowed: ["/a?b", "/sid="], refused: ["/a?sid=1", "/?b&sid=2"]),
    ]

    /// §2.2.2, §2.2.3: what is the same octet.
    static let encoding: [RobotsCase] = [
        rules("table: plain", "Disallow: /foo/bar?baz=quz", allowed: ["/foo/bar"], refused: ["/foo/bar?baz=quz"]),
        rules(
            "table: reserved", "Disallow: /foo/bar?baz=https://foo.bar",
            refused: ["/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A//foo.bar"]),
        rules("table: raw UTF-8", "Disallow: /foo/bar/ツ", refused: ["/foo/bar/%E3%83%84", "/foo/bar/ツ"]),
        rules("table: escaped UTF-8", "Disallow: /foo/bar/%E3%83%84", refused: ["/foo/bar/%E3%83%84", "/foo/bar/ツ"]),
        rules(
            "table: escaped letters", "Disallow: /foo/bar/%62%61%7A", refused: ["/foo/bar/baz", "/foo/bar/%62%61%7A"]),
        rules("letters escaped in the path", "Disallow: /baz", allowed: ["/%62ax"], refused: ["/%62%61%7a", "/%62az"]),
        rules("escapes in lower case", "Disallow: /%e3%83%84", refused: ["/%E3%83%84", "/%e3%83%84"]),
        rules("unreserved signs", "Disallow: /%2D%2e%5F%7e", refused: ["/-._~"]),
        rules("escaped slash", "Disallow: /a%2Fb", allowed: ["/a/b"], refused: ["/a%2Fb", "/a%2fb"]),
        rules("slash", "Disallow: /a/b", allowed: ["/a%2Fb"], refused: ["/a/b"]),
        rules("escaped question mark", "Disallow: /a%3Fb", allowed: ["/a?b"], refused: ["/a%3Fb"]),
        rules("question mark", "Disallow: /a?b", allowed: ["/a%3Fb"], refused: ["/a?b"]),
        rules("escaped ampersand", "Disallow: /a?b%26c", allowed: ["/a?b&c"], refused: ["/a?b%26c"]),
        rules("escaped equals sign", "Disallow: /a?b%3Dc", allowed: ["/a?b=c"], refused: ["/a?b%3Dc"]),
        rules("colon", "Disallow: /a:b", allowed: ["/a"], refused: ["/a:b", "/a%3Ab"]),
        rules("brackets", "Disallow: /a[0]", refused: ["/a%5B0%5D", "/a[0]"]),
        rules("braces", "Disallow: /{a}", refused: ["/%7Ba%7D"]),
        rules("plus, comma, parentheses", "Disallow: /a+(b,c)", refused: ["/a+(b,c)", "/a%2B%28b%2Cc%29"]),
        rules("blank", "Disallow: /a b", allowed: ["/a"], refused: ["/a%20b", "/a%20bc"]),
        rules("escaped blank", "Disallow: /a%20b", refused: ["/a%20b"]),
        rules("escaped percent", "Disallow: /a%25b", refused: ["/a%25b"]),
        rules("percent alone", "Disallow: /100%", allowed: ["/100"], refused: ["/100%25"]),
        rules("percent and no escape", "Disallow: /%zz", refused: ["/%25zz"]),
        rules("half an escape", "Disallow: /a%4", refused: ["/a%254"]),
        rules("decoded once", "Disallow: /a%2561", allowed: ["/aa", "/a%61"], refused: ["/a%2561"]),
        rules("escaped number sign", "Disallow: /a%23b", refused: ["/a%23b"]),
        rules("umlaut", "Disallow: /über", allowed: ["/uber"], refused: ["/%C3%BCber"]),
        rules(
            "escaped octets count as compared", "Disallow: /%61%61%61\nAllow: /aaaa", allowed: ["/aaaa"],
            refused: ["/aaab"]),
        rules("escaped NUL", "Disallow: /a%00", allowed: ["/a"], refused: ["/a%00"]),
        rules("quote and backslash", "Disallow: /\"\\", refused: ["/%22%5C"]),
    ]
}
