import CrawlCore
import CrawlTesting
import CurlKit

/// Lines of one kind, in one round.
struct CanonicalSample {
    var name: String
    /// Microseconds a line that are wanted; nil = none named.
    var aim: Double?
    /// Microseconds a line: the median over groups of lines.
    var perLine: Double
}

/// What a line costs on its way to a `CrawlURL`, as the enqueue does it: the quick check, and the parser where that does
/// not do. In this process, without socket and store.
struct CanonicalPart {
    /// Lines timed together: the clock costs as much as a canonical line.
    private static let group = 50
    private static let groups = 400

    /// Kinds of lines that the parser has to rewrite, in the shares of the mix.
    private static let kinds: [(name: String, share: Int, line: @Sendable (Int) -> String)] = [
        (
            "upper case, default port", 3,
            { "HTTPS://WWW.Site\($0 % 97).Example:443/news/articles/2024/item-\($0).html" }
        ),
        ("fragment", 3, { "https://www.site\($0 % 97).example/news/articles/2024/item-\($0).html#section-2" }),
        (
            "dot segments, escapes", 2,
            { "https://www.site\($0 % 97).example/news/../articles/./%c3%a4/item-\($0)%2f.html?q=a%2cb" }
        ),
        ("blanks and other letters", 2, { "https://www.site\($0 % 97).example/news/über uns/item-\($0).html?q=a b" }),
        ("IPv4 as one number", 0, { "http://\(3_221_225_984 + $0 % 251)/news/articles/2024/item-\($0).html" }),
        ("international name", 0, { "https://www.münchen\($0 % 97).example/news/articles/2024/item-\($0).html" }),
    ]

    func measure() throws -> [CanonicalSample] {
        let count = Self.group * Self.groups
        let canonical = (0..<count).map { "https://www.site\($0 % 97).example/news/articles/2024/item-\($0).html" }
        let shares = Self.kinds.flatMap { Array(repeating: $0.line, count: $0.share) }
        let mix = (0..<count).map { shares[$0 % shares.count]($0) }
        return [
            CanonicalSample(name: "canonical already", aim: 0.08, perLine: try time(canonical)),
            CanonicalSample(name: "mix of the next four", aim: 3, perLine: try time(mix)),
        ]
            + (try Self.kinds.map { kind in
                CanonicalSample(name: kind.name, perLine: try time((0..<count).map(kind.line)))
            })
    }

    private func time(_ lines: [String]) throws -> Double {
        let lines = lines.map { Array($0.utf8) }
        var times: [Double] = []
        var bytes = 0
        for start in stride(from: 0, to: lines.count, by: Self.group) {
            let began = ContinuousClock.now
            for line in lines[start..<(start + Self.group)] {
                bytes += try line.withUnsafeBufferPointer { try originLength($0) }
            }
            times.append((ContinuousClock.now - began).seconds * 1e6 / Double(Self.group))
        }
        guard bytes > 0 else { throw BenchFailure("no line is a URL") }
        return Figure(times).median
    }

    private func originLength(_ line: UnsafeBufferPointer<UInt8>) throws -> Int {
        if let length = CanonicalForm.originLength(line) { return length }
        let url = try URLCanonicalizer.canonicalize(line)
        return CrawlURL(canonical: url.bytes, originLength: url.originLength).originLength
    }
}

extension CanonicalSample: RoundSample {
    var line: String? { nil }

    static func told(_ samples: [CanonicalSample]) -> String {
        var table = TextTable(["", "µs a line", "aim"])
        for rounds in grouped(samples, by: \.name) {
            table.add([
                rounds[0].name, Figure(rounds.map(\.perLine)).text(3),
                rounds[0].aim.map { Figure.decimals($0, 2) } ?? "",
            ])
        }
        return "Canonical URLs: what a line costs before it goes to the store, one thread.\n\n" + table.text
    }
}
