import CrawlTesting
import Testing

@testable import CrawlCore

/// Random files against the RFC told again by `RobotsOracle`.
struct RobotsPropertyTests {
    private static let seeds: [UInt64] = [1, 22, 333, 4444]

    @Test(arguments: seeds) func oracleAgrees(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var refused = 0
        for _ in 0..<500 {
            let file = Self.file(&random)
            let rules = RobotsRules(parsing: file, productToken: "crawld")
            let oracle = RobotsOracle(file, agent: "crawld")
            for _ in 0..<6 {
                let path = [UInt8(ascii: "/")] + Self.word(&random, Self.pathPieces, 0...7)
                let ours = path.withUnsafeBufferPointer { rules.verdict(path: $0).isAllowed }
                refused += ours ? 0 : 1
                #expect(
                    ours == oracle.allows(path),
                    "seed \(seed): \(String(decoding: path, as: UTF8.self)) in \(String(decoding: file, as: UTF8.self))"
                )
            }
        }
        #expect(refused > 200, "the files say something")
    }

    @Test(arguments: seeds) func anythingMayBeAFile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for round in 0..<300 {
            var file = round % 2 == 0 ? Array("User-agent: *\nDisallow: /".utf8) : Self.file(&random)
            for _ in 0..<random.int(0...40) {
                let byte = UInt8.random(in: 0...255, using: &random)
                file.insert(byte, at: random.int(0...file.count))
            }
            let rules = RobotsRules(parsing: file, productToken: "crawld")
            #expect(file.withUnsafeBufferPointer { RobotsRules.sitemaps(in: $0) } == rules.sitemaps)
            let path = (0..<random.int(0...30)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let ours = path.withUnsafeBufferPointer { rules.verdict(path: $0) }
            #expect(ours.isAllowed == RobotsOracle(file, agent: "crawld").allows(path), "seed \(seed), round \(round)")
        }
    }

    /// A path may be written in two ways that the RFC takes for one (§2.2.2); the answer is the same.
    @Test(arguments: seeds) func escapedLettersChangeNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let rules = RobotsRules(parsing: Self.file(&random), productToken: "crawld")
            let path = [UInt8(ascii: "/")] + Self.word(&random, ["a", "b", "/", "?", "~", "-"], 0...8)
            let escaped = path.flatMap { byte in
                "/?".utf8.contains(byte) || random.chance(0.5) ? [byte] : Array("%\(String(byte, radix: 16))".utf8)
            }
            #expect(
                path.withUnsafeBufferPointer { rules.verdict(path: $0) }
                    == escaped.withUnsafeBufferPointer { rules.verdict(path: $0) })
        }
    }

    private static let pathPieces = ["a", "b", "ab", "/", "?", "=", "*", "$", "%2F", "%61", "%2a", "ü", ":", "%", "."]
    private static let patternPieces = pathPieces + ["*", "*", "**", "*a", "a*b"]

    private static func word(_ random: inout SeededRandom, _ pieces: [String], _ count: ClosedRange<Int>) -> [UInt8] {
        (0..<random.int(count)).flatMap { _ in Array((random.pick(pieces) ?? "").utf8) }
    }

    private static func file(_ random: inout SeededRandom) -> [UInt8] {
        var file: [UInt8] = random.chance(0.1) ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<random.int(2...14) {
            let line: [UInt8]
            switch random.int(0...9) {
            case 0...2:
                let names = ["crawld", "*", "Crawld/2", "crawld-x", "other", "", "*"]
                line = Array("User-agent: \(random.pick(names) ?? "")".utf8)
            case 3...7:
                let name = random.pick(["Disallow: ", "allow:", "DISALLOW :", "Allow: ", "Disallow "]) ?? ""
                let start = random.pick(["/", "/", "/", "*", "", "x"]) ?? ""
                let end = random.pick(["", "", "$", "*", " # so"]) ?? ""
                line = Array((name + start).utf8) + word(&random, patternPieces, 0...5) + Array(end.utf8)
            default:
                line = Array(
                    (random.pick(["", "# so", "Sitemap: /x", "Host: a", "Crawl-delay: 2", "::", "a b"]) ?? "").utf8)
            }
            file += line + Array((random.pick(["\n", "\n", "\r\n", "\r", "\n\n"]) ?? "\n").utf8)
        }
        return file
    }
}
