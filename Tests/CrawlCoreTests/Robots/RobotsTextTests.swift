import Testing

@testable import CrawlCore

/// What can be a robots.txt at all, and what of it is left when its end is missing.
@Suite struct RobotsTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var isText: Bool

        init(_ description: String, _ bytes: [UInt8], _ isText: Bool) {
            testDescription = description
            self.bytes = bytes
            self.isText = isText
        }
    }

    static let rules = Array("User-agent: *\nDisallow: /private/\n".utf8)

    static let cases = [
        Case("nothing", [], true),
        Case("rules", rules, true),
        Case("a byte-order mark", [0xEF, 0xBB, 0xBF] + rules, true),
        Case("UTF-8", Array("# für alle — 日本語\n".utf8), true),
        Case("UTF-8 of nothing but C1's bytes", Array("# ぁあぃいぅうぇえぉお\n".utf8), true),
        Case("Latin-1", rules + Array("# f".utf8) + [0xFC] + Array("r alle\n".utf8), true),
        Case("windows-1252 with its quotes", rules + [0x23, 0x93] + Array("all of them".utf8) + [0x94, 0x0A], true),
        Case("windows-1251", rules + [0x23] + (0..<40).map { 0xE0 + $0 % 32 } + [0x0A], true),
        Case("all blanks", [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D], true),
        Case("a form feed and an escape among many", rules + [0x0C, 0x1B, 0x0A], true),
        Case("a NUL", rules + [0], false),
        Case("UTF-16", [0xFF, 0xFE] + rules.flatMap { [$0, 0] }, false),
        Case("one control in twenty bytes", [UInt8](repeating: 0x61, count: 19) + [0x01], true),
        Case("one control in nineteen bytes", [UInt8](repeating: 0x61, count: 18) + [0x01], false),
        Case("DEL counts", [UInt8](repeating: 0x61, count: 18) + [0x7F], false),
        Case("neither UTF-8 nor Latin-1", rules + [UInt8](repeating: 0x83, count: 20), false),
        Case("the magic of gzip", [0x1F, 0x8B], false),
        Case("compressed bytes", (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 193 &+ $0 / 7 | 1) }, false),
        Case("a page", Array("<!DOCTYPE html><html><body>not here</body></html>".utf8), true),
    ]

    @Test(arguments: cases) func isText(entry: Case) {
        #expect(RobotsText.isText(entry.bytes) == entry.isText)
    }

    @Test(arguments: [
        ("Allow: /a\nDisallow: /b\nDisal", "Allow: /a\nDisallow: /b"), ("Allow: /a\r\nDisallow: /", "Allow: /a\r"),
        ("Allow: /a\rDisallow: /", "Allow: /a"), ("Disallow: /", ""), ("", ""), ("\n", ""), ("Allow: /\n", "Allow: /"),
    ])
    func wholeLines(text: String, whole: String) {
        #expect(RobotsText.wholeLines(Array(text.utf8)) == Array(whole.utf8))
    }

    @Test(arguments: [
        ("Disallow: /a", true), ("User-agent: *\nallow : /", true), ("Disallow:", true), ("User-agent: *", false),
        ("# Disallow: /", false), ("Sitemap: https://a.example/s.xml\rCrawl-delay: 2", false), ("", false),
        ("<html>Disallow</html>", false), ("\r\n\r\nDisallow: /\r\n", true),
    ])
    func hasRule(text: String, has: Bool) {
        #expect(RobotsText.hasRule(Array(text.utf8)) == has)
    }
}
