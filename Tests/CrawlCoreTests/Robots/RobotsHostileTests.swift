import CrawlTesting
import Testing

@testable import CrawlCore

/// What a file that means harm costs: octets and rules looked at, not seconds.
struct RobotsHostileTests {
    private static let full = RobotsRules.parsedBytes

    private static func cost(_ rules: RobotsRules, _ path: String) -> (steps: Int, verdict: RobotsVerdict) {
        var steps = 0
        let verdict = Array(path.utf8).withUnsafeBufferPointer { rules.verdict(path: $0, steps: &steps) }
        return (steps, verdict)
    }

    private static func rules(_ file: String) -> RobotsRules {
        RobotsRules(parsing: Array(file.utf8), productToken: "crawld")
    }

    struct Wildcards: Sendable, CustomTestStringConvertible {
        var name: String
        var pattern: String
        var path: String
        var testDescription: String { name }

        static func many(_ piece: String, _ count: Int) -> String { String(repeating: piece, count: count) }

        static let all = [
            Wildcards(
                name: "a row of *a, then b", pattern: "/" + many("*a", 8000) + "*b", path: "/" + many("a", 16000)),
            Wildcards(name: "fewer", pattern: "/*a*a*a*a*b", path: "/" + many("a", 16000)),
            Wildcards(
                name: "asterisks only, then b", pattern: "/" + many("*", 16000) + "b", path: "/" + many("a", 16000)),
            Wildcards(
                name: "a long piece that nearly fits", pattern: "/*" + many("a", 8000) + "b",
                path: "/" + many("a", 16000)),
            Wildcards(
                name: "long pieces that nearly fit", pattern: "/" + many("*" + many("a", 100) + "b", 100) + "c",
                path: "/" + many(many("a", 100) + "b", 150)),
            Wildcards(
                name: "a piece that repeats itself", pattern: "/*" + many("ab", 4000) + "c",
                path: "/" + many("ab", 8000)),
            Wildcards(
                name: "pieces that fit twice", pattern: "/" + many("*aa", 5000) + "$",
                path: "/" + many("a", 16000) + "b"),
            Wildcards(
                name: "an end that never comes", pattern: "/*" + many("a", 8000) + "$",
                path: "/" + many("a", 16000) + "b"),
        ]
    }

    @Test(arguments: Wildcards.all) func oneWildcardRuleIsLinear(_ example: Wildcards) {
        let rules = Self.rules("User-agent: *\nDisallow: \(example.pattern)")
        #expect(rules.ruleCount == 1)
        let (steps, verdict) = Self.cost(rules, example.path)
        #expect(verdict == .allowed)
        #expect(steps <= 10 * (example.pattern.utf8.count + example.path.utf8.count), "\(steps)")
    }

    /// 60,000 rules that must each be searched for in a long path: the budget ends it, and keeps us out.
    @Test func manyWildcardRulesEndAtTheBudget() {
        var file = "User-agent: *\nAllow: /zzzzzzzzzzzzzzzzzzzzzzzz\n"
        for i in 0..<60_000 {
            let word = String(i, radix: 2).map { $0 == "0" ? Character("a") : "b" }
            file += "Disallow: /*\(String(word))\n"
        }
        let rules = Self.rules(file)
        #expect(rules.ruleCount > 30_000)
        let (steps, verdict) = Self.cost(rules, "/" + String(repeating: "ab", count: 4000) + "c")
        #expect(!verdict.isAllowed)
        #expect(steps <= RobotsIndex.budget + 200_000, "\(steps)")
        let (few, _) = Self.cost(rules, "/quite/another-path.html?x=1")
        #expect(few <= rules.ruleCount + 1000, "rules whose octets a path lacks are not searched for: \(few)")
    }

    @Test func notEachRuleIsTried() {
        var file = "User-agent: *\n"
        for i in 0..<10_000 { file += "Disallow: /section-\(i)/\nAllow: /section-\(i)/public\n" }
        let rules = Self.rules(file)
        #expect(rules.ruleCount == 20_000)
        for path in ["/section-77/a", "/section-9999/public/a", "/nowhere", "/", "/section-", "/section-99999/"] {
            let (steps, _) = Self.cost(rules, path)
            #expect(steps <= 1000, "\(path): \(steps)")
        }
        #expect(Self.cost(rules, "/section-77/a").verdict == .disallowed(line: 156, text: "Disallow: /section-77/"))
        #expect(Self.cost(rules, "/section-77/public").verdict == .allowed)
    }

    /// Each path begins like the one before it: all must be asked, but none is compared more than once.
    @Test func nestedPaths() {
        var file = "User-agent: *\n"
        for i in 1...1400 { file += "Allow: /\(String(repeating: "a", count: i))\n" }
        let rules = Self.rules(file)
        #expect(rules.ruleCount == 1400)
        let (steps, verdict) = Self.cost(rules, "/" + String(repeating: "a", count: 1399) + "b")
        #expect(verdict == .allowed)
        #expect(steps <= 2 * file.utf8.count, "\(steps)")
    }

    struct Nasty: Sendable, CustomTestStringConvertible {
        var name: String
        var unit: @Sendable (Int) -> String
        var rules = 0
        var testDescription: String { name }

        static let all = [
            Nasty(name: "groups", unit: { "Disallow:/\nUser-agent: a\($0)\n" }, rules: 1),
            Nasty(name: "groups of ours", unit: { "User-agent: crawld\nDisallow:/\n#\($0)\n" }, rules: 1),
            Nasty(name: "names", unit: { "User-agent: a\($0)\n" }),
            Nasty(name: "names of ours", unit: { _ in "user-agent:crawld\n" }),
            Nasty(name: "empty lines", unit: { _ in "\n" }),
            Nasty(name: "ends of both kinds", unit: { _ in "\r\n\r" }),
            Nasty(name: "one line", unit: { _ in "Disallow: /" }),
            Nasty(name: "one comment", unit: { _ in "#" }),
            Nasty(name: "colons", unit: { _ in ":" }),
            Nasty(name: "short lines", unit: { _ in "a\n" }),
            Nasty(name: "blanks", unit: { _ in " " }),
            Nasty(name: "NUL", unit: { _ in "\0" }),
            Nasty(name: "escapes cut short", unit: { _ in "%" }),
            Nasty(name: "sitemaps", unit: { "Sitemap: https://a.example/\($0)\n" }),
            Nasty(name: "marks", unit: { _ in "\u{FEFF}" }),
            Nasty(name: "equal rules", unit: { _ in "disallow:/a\n" }, rules: 1),
            Nasty(name: "lines of no known name", unit: { "noindex: /\($0)\n" }),
        ]
    }

    @Test(arguments: Nasty.all) func aFullFile(_ example: Nasty) {
        var file = "User-agent: *\n"
        var i = 0
        while file.utf8.count < Self.full {
            file += example.unit(i)
            i += 1
        }
        let rules = Self.rules(file)
        #expect(rules.ruleCount == example.rules)
        #expect(rules.memoryBytes <= 100_000, "\(rules.memoryBytes)")
        #expect(Self.cost(rules, "/some/path?x").steps <= 100)
    }

    /// As many different rules as fit: they are kept, in a small multiple of the file.
    @Test func memoryOfAFullFile() {
        var file = "User-agent: *\n"
        var i = 0
        while file.utf8.count < Self.full {
            file += "allow:/ü\(String(i, radix: 36))*\n"
            i += 1
        }
        let rules = Self.rules(file)
        #expect(rules.ruleCount > 50_000)
        #expect(rules.memoryBytes <= 8 * Self.full, "\(rules.memoryBytes)")
    }

    @Test(arguments: [7, 8] as [UInt64]) func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let file = (0..<Self.full).map { _ in UInt8.random(in: 0...255, using: &random) }
        let rules = RobotsRules(parsing: Array("User-agent: *\n".utf8) + file, productToken: "crawld")
        #expect(rules.ruleCount < 10 && rules.memoryBytes < 100_000)
    }
}
