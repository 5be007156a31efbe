import Testing

@testable import CrawlCore

struct RobotsRulesTests {
    private static func rules(_ file: String, token: String = "crawld") -> RobotsRules {
        RobotsRules(parsing: Array(file.utf8), productToken: token)
    }

    @Test(arguments: [RobotsCase.groups, RobotsCase.tokens, RobotsCase.lines].joined())
    func whoseRules(_ example: RobotsCase) { check(example) }

    @Test(arguments: [RobotsCase.precedence, RobotsCase.wildcards, RobotsCase.encoding].joined())
    func whichRule(_ example: RobotsCase) { check(example) }

    private func check(_ example: RobotsCase) {
        let rules = Self.rules(example.file)
        for path in example.allowed { #expect(rules.verdict(path) == .allowed, "\(path)") }
        for path in example.refused { #expect(!rules.verdict(path).isAllowed, "\(path)") }
    }

    @Test(arguments: [
        ("crawld", true), ("CRAWLD", true), ("crawld/1.2 (+https://a.example)", true), ("crawl", false), ("", false),
        ("*", false), ("/", false),
    ]) func ownToken(_ token: String, isNamed: Bool) {
        let rules = Self.rules("User-agent: crawld\nDisallow: /a\nUser-agent:\nDisallow: /b", token: token)
        #expect(rules.verdict("/a").isAllowed != isNamed)
        #expect(rules.verdict("/b") == .allowed)
        #expect(!Self.rules("User-agent: *\nDisallow: /", token: token).verdict("/a").isAllowed)
    }

    @Test(arguments: [
        ("plain", "Disallow: /private/", "/private/a", 3, "Disallow: /private/"),
        ("as written", "\tdisallow:/%61*b$ # why", "/a/b", 3, "Disallow: /%61*b$"),
        ("first of equal ones", "Disallow: /a\nDisallow: /a", "/a", 3, "Disallow: /a"),
        ("the longest", "Disallow: /\nDisallow: /ab\nDisallow: /a", "/abc", 4, "Disallow: /ab"),
        ("line ends of one and two bytes", "\r\n\r\n\n\rDisallow: /a", "/a", 7, "Disallow: /a"),
        ("letters of others", "Disallow: /ü", "/%C3%BC", 3, "Disallow: /ü"),
        ("direction marks", "Disallow: /*\u{202E}x", "/\u{202E}x", 3, "Disallow: /*\\u{202E}x"),
        ("escape sequences", "Disallow: /a*\u{1B}[1m", "/a%1B[1m", 3, "Disallow: /a*\\u{1B}[1m"),
    ]) func decisiveLine(_ name: String, _ lines: String, _ path: String, _ line: Int, _ text: String) {
        let rules = Self.rules("# robots\nUser-agent: *\n" + lines)
        #expect(rules.verdict(path) == .disallowed(line: line, text: text))
    }

    @Test func longTextIsCut() {
        let pattern = "/" + String(repeating: "ü", count: 500)
        guard case .disallowed(_, let text) = Self.rules("User-agent: *\nDisallow: \(pattern)").verdict(pattern) else {
            Issue.record("allowed")
            return
        }
        #expect(text.hasPrefix("Disallow: /üü"))
        #expect((200...StrangersText.limit).contains(text.utf8.count))
    }

    @Test func withoutAFile() {
        #expect(RobotsRules.allowAll.verdict("/a") == .allowed)
        #expect(RobotsRules.disallowAll.verdict("/a") == .disallowed(line: 0, text: "Disallow: /"))
        #expect(RobotsRules.disallowAll.verdict("/robots.txt") == .allowed)
        #expect(RobotsRules.allowAll.crawlDelay == nil && RobotsRules.allowAll.sitemaps.isEmpty)
    }

    @Test(
        arguments: [
            ("10", 10_000), ("0", 0), ("0.5", 500), (".25", 250), ("2.", 2000), (" 7 \t", 7000), ("3 # so", 3000),
            ("1.0005", 1000), ("0010", 10_000), ("2592000", 2_592_000_000), ("-1", nil), ("+1", nil), ("1,5", nil),
            ("1e3", nil), ("ten", nil), ("", nil), (".", nil), ("1.2.3", nil), ("10s", nil), ("2592001", nil),
            ("2592000.1", nil), ("99999999999999999999999", nil), ("nan", nil), ("inf", nil), ("١", nil),
        ] as [(String, Int?)]) func crawlDelay(_ value: String, milliseconds: Int?)
    {
        let delay = Self.rules("User-agent: *\nCrawl-delay: \(value)").crawlDelay
        #expect(delay.map { Int($0 / .milliseconds(1)) } == milliseconds)
    }

    @Test(
        arguments: [
            ("everybody's", "User-agent: *\nCrawl-delay: 2", 2),
            ("ours, not everybody's", "User-agent: *\nCrawl-delay: 2\nUser-agent: crawld\nCrawl-delay: 3", 3),
            ("ours first", "User-agent: crawld\nCrawl-delay: 3\nDisallow: /a\nUser-agent: *\nCrawl-delay: 2", 3),
            ("everybody's is not ours", "User-agent: *\nCrawl-delay: 2\nUser-agent: crawld\nDisallow: /a", nil),
            ("somebody else's", "User-agent: other\nCrawl-delay: 2", nil),
            ("of no group", "Crawl-delay: 2\nUser-agent: *\nDisallow: /", nil),
            ("of those named above", "User-agent: a\nCrawl-delay: 9\nUser-agent: crawld\nDisallow: /", nil),
            (
                "the longest of merged groups",
                "User-agent: *\nCrawl-delay: 5\nDisallow: /a\nUser-agent: *\nCrawl-delay: 2", 5
            ),
            ("unreadable ones do not count", "User-agent: *\nCrawl-delay: 5\nCrawl-delay: soon", 5),
        ] as [(String, String, Int?)]) func crawlDelayOfGroup(_ name: String, _ file: String, seconds: Int?)
    {
        #expect(Self.rules(file).crawlDelay == seconds.map { .seconds($0) })
    }

    @Test func sitemaps() {
        let file = """
            Sitemap: https://a.example/1.xml
            User-agent: other
            sitemap:https://a.example/2.xml#part
            Disallow: /
            SITEMAP : https://b.example/ü.xml
            Sitemap: https://a.example/a b
            Sitemap: https://a.example/\u{1B}[1m
            Sitemap: https://a.example/\u{9B}1m
            Sitemap:
            Sitemap https://a.example/3.xml
            Sitemap: /\(String(repeating: "a", count: 2048))
            """
        #expect(
            Self.rules(file).sitemaps == [
                "https://a.example/1.xml", "https://a.example/2.xml", "https://b.example/ü.xml",
                "https://a.example/3.xml",
            ])
        #expect(Array(file.utf8).withUnsafeBufferPointer { RobotsRules.sitemaps(in: $0) } == Self.rules(file).sitemaps)
        let many = (0..<1000).map { "Sitemap: https://a.example/\($0)\n" }.joined()
        #expect(Self.rules(many).sitemaps.count == RobotsRules.sitemapLines)
        #expect(Self.rules(many).sitemaps.last == "https://a.example/499")
    }

    @Test func whatTheLimitCutsIsNotRead() {
        let head = "User-agent: *\nDisallow: /first\n"
        let filler = String(repeating: "#", count: RobotsRules.parsedBytes - head.utf8.count - 12) + "\n"
        let rules = Self.rules(head + filler + "Disallow: /private\nDisallow: /further\n")
        #expect(!rules.verdict("/first").isAllowed)
        #expect(rules.ruleCount == 1, "`Disallow: /` is no rule of this file")
    }
}

extension RobotsRules {
    func verdict(_ path: String) -> RobotsVerdict {
        Array(path.utf8).withUnsafeBufferPointer { verdict(path: $0) }
    }
}
