import CrawlCore
import CrawlTesting
import Foundation

/// What robots.txt costs: reading a file, and asking it about a path. Over the real files that `.ci/protego` fetched if
/// they are there, else over files made up like them.
struct RobotsPart {
    struct Sample {
        /// µs a verdict: of each file, the mean over its paths.
        var verdicts: [Double]
        /// Bytes read, and the seconds it took.
        var bytes: Int
        var seconds: Double
        /// Of all files as they are kept.
        var memory: Int
        var isReal: Bool
    }

    private static let folder = ".build/robots-corpus/protego-0.7.0/tests/test_data"

    func measure() -> Sample {
        let real = Self.realFiles()
        let files = real.isEmpty ? Self.madeUpFiles() : real
        var sample = Sample(verdicts: [], bytes: 0, seconds: 0, memory: 0, isReal: !real.isEmpty)
        for file in files {
            let began = ContinuousClock.now
            let rules = RobotsRules(parsing: file, productToken: "crawld")
            sample.seconds += (ContinuousClock.now - began).seconds
            sample.bytes += file.count
            sample.memory += rules.memoryBytes
            let paths = Self.paths(file)
            sample.verdicts.append(Self.microseconds(rules, paths))
        }
        return sample
    }

    private static func microseconds(_ rules: RobotsRules, _ paths: [[UInt8]]) -> Double {
        let repeats = 20
        var refused = 0
        let began = ContinuousClock.now
        for _ in 0..<repeats {
            for path in paths where !path.withUnsafeBufferPointer({ rules.verdict(path: $0).isAllowed }) {
                refused += 1
            }
        }
        let took = (ContinuousClock.now - began).seconds
        precondition(refused <= repeats * paths.count)
        return took * 1e6 / Double(repeats * paths.count)
    }

    /// Half of them begin as a rule of the file does.
    private static func paths(_ file: [UInt8]) -> [[UInt8]] {
        var paths = [Array("/".utf8), Array("/articles/2026/a-title-of-the-usual-length-4711.html?page=2".utf8)]
        for line in file.split(separator: UInt8(ascii: "\n")).prefix(400) where paths.count < 20 {
            // Some of the files are pages.
            guard line.count < 200, let slash = line.firstIndex(of: UInt8(ascii: "/")) else { continue }
            let path = line[slash...].filter { $0 > 0x20 && $0 < 0x7F && !"*$#".utf8.contains($0) }
            paths.append(path + Array("some/page.html".utf8))
            paths.append(Array("/shop".utf8) + path)
        }
        return paths
    }

    private static func realFiles() -> [[UInt8]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)").map { [UInt8]($0) } }
    }

    private static func madeUpFiles() -> [[UInt8]] {
        var random = SplitMix64()
        return (0..<1000).map { _ in
            var file = "User-agent: *\n"
            for i in 0..<Int.random(in: 1...80, using: &random) {
                let name = String(random.next() % 5000, radix: 36)
                switch i % 5 {
                case 0: file += "Allow: /\(name)/public\n"
                case 1: file += "Disallow: /*?\(name)=\n"
                case 2: file += "Disallow: /*/\(name)/*.pdf$\n"
                default: file += "Disallow: /\(name)/\n"
                }
            }
            return Array(file.utf8)
        }
    }
}

extension RobotsPart.Sample: RoundSample {
    var line: String? {
        "\(Figure.decimals(Figure(verdicts).median, 2)) µs a verdict, \(Int(Double(bytes) / seconds / 1e6)) MB/s read"
    }

    static func told(_ samples: [Self]) -> String {
        let files = samples[0].verdicts.count
        var table = TextTable(["", "median", "aim", "99 %", "slowest", "read MB/s", "KB a file", "kept KB"])
        func over(_ share: Double) -> Figure {
            Figure(samples.map { $0.verdicts.sorted()[min(files - 1, Int(Double(files) * share))] })
        }
        table.add([
            "robots", over(0.5).text(2), "5", over(0.99).median(2), over(1).median(1),
            Figure(samples.map { Double($0.bytes) / $0.seconds }).text(0, per: 1e6),
            Figure.decimals(Double(samples[0].bytes) / Double(files) / 1e3, 1),
            Figure.decimals(Double(samples[0].memory) / Double(files) / 1e3, 1),
        ])
        return """
            robots.txt: \(files) \(samples[0].isReal ? "real files" : "files made up"); µs a verdict over the files.

            \(table.text)
            """
    }
}
