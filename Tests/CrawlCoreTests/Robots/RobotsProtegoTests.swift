import CrawlCore
import Foundation
import Testing

/// Ours beside protego's answers for thousands of real files. What `.ci/protego` fetched is compared; where we differ, a
/// quirk of protego's must explain it.
@Suite(
    .enabled(
        if: ProtegoCorpus.isThere, "the files of protego are not there: .ci/protego fetches them, given a network"))
struct RobotsProtegoTests {
    /// No file names ours: it is spoken to as everybody is. Many name the others, one of them with a digit.
    private static let agents = ["crawld", "Googlebot", "MJ12bot"]

    @Test(.timeLimit(.minutes(5))) func everyDisagreementIsExplained() throws {
        var compared = 0
        var counts: [String: Int] = [:]
        var unexplained: [String] = []
        let files = try ProtegoCorpus.answers(for: Self.agents)
        for file in files {
            let text = try ProtegoCorpus.text(of: file.name)
            for (column, agent) in Self.agents.enumerated() {
                let rules = RobotsRules(parsing: text, productToken: agent)
                var judge = DisagreementJudge(text: text, agent: agent)
                for (answers, path) in file.paths {
                    compared += 1
                    let ours = path.withUnsafeBufferPointer { rules.verdict(path: $0).isAllowed }
                    let theirs = answers[column]
                    guard ours != theirs else { continue }
                    if let reason = judge.reason(path, ours: ours, theirs: theirs) {
                        counts[reason, default: 0] += 1
                    } else {
                        let shown = String(decoding: path, as: UTF8.self)
                        unexplained.append("\(file.name) \(agent) \(shown): ours \(ours), protego \(theirs)")
                    }
                }
            }
        }
        print(
            "\(files.count) robots.txt files, \(compared) answers, \(counts.values.reduce(0, +)) differ from protego's:"
        )
        for (reason, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            print("  \(count): \(reason)")
        }
        #expect(files.count == 4231)
        #expect(compared > 300_000)
        #expect(unexplained.isEmpty, "\(unexplained.count): \(unexplained.prefix(50).joined(separator: "\n"))")
    }
}

/// Explains the disagreements about one file and agent.
private struct DisagreementJudge {
    private let text: [UInt8]
    private let agent: String
    private var oracles: [ProtegoQuirks: RobotsOracle] = [:]

    init(text: [UInt8], agent: String) { (self.text, self.agent) = (text, agent) }

    /// The one quirk that makes all the difference, or "several" if it takes more; nil if it cannot be explained.
    mutating func reason(_ path: [UInt8], ours: Bool, theirs: Bool) -> String? {
        guard allows(path, []) == ours, allows(path, .all) == theirs else { return nil }
        let single = ProtegoQuirks.explained.first { allows(path, $0.quirk) == theirs }
        return single?.reason ?? "several of these together"
    }

    private mutating func allows(_ path: [UInt8], _ quirks: ProtegoQuirks) -> Bool {
        let oracle = oracles[quirks] ?? RobotsOracle(text, agent: agent, quirks: quirks)
        oracles[quirks] = oracle
        return oracle.allows(path)
    }
}

/// The unpacked archive, and the script that asks protego.
private enum ProtegoCorpus {
    struct File {
        var name: String
        var paths: [(answers: [Bool], path: [UInt8])] = []
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appendingPathComponent(".build/robots-corpus/protego-0.7.0")

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path + "/tests/test_data") }

    static func text(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent("tests/test_data/\(name)")))
    }

    static func answers(for agents: [String]) throws -> [File] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", "-B", root.appendingPathComponent(".ci/protego-answers.py").path, folder.path] + agents
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = [UInt8](try pipe.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var files: [File] = []
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
            let rest = line[(blank + 1)...]
            if line.first == UInt8(ascii: "F") {
                files.append(File(name: String(decoding: rest, as: UTF8.self)))
            } else if !files.isEmpty {
                let answers = line[..<blank].map { $0 == UInt8(ascii: "1") }
                files[files.count - 1].paths.append((answers, Array(rest)))
            }
        }
        return files
    }
}
