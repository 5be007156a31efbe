import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Testing

/// Everything that the room can write, before readers that nobody here wrote: `Tests/Readers/check`.
@Suite struct ReaderTests {
    struct Kind: CustomTestStringConvertible, Sendable {
        var coding: RecordCoding
        var digest: DigestAlgorithm
        var testDescription: String { "\(coding), \(digest)" }
    }

    static let kinds = [
        Kind(coding: .gzip(level: 6), digest: .sha1), Kind(coding: .gzip(level: 12), digest: .sha256),
        Kind(coding: .plain, digest: .sha1), Kind(coding: .plain, digest: .sha256),
    ]

    @Test(arguments: kinds)
    func readersReadWhatWasWritten(_ kind: Kind) throws {
        var trial = try Trial(coding: kind.coding, digest: kind.digest)
        // Several files.
        trial.settings.maxFile = 300_000
        let archive = try trial.open()
        let maker = try trial.maker(archive)
        let rule = RevisitRule()
        let table = RevisitTable(capacity: 100, rule: rule, texts: try RevisitTexts(in: archive.spool.folder))
        var expected: [String: [[String: Any]]] = [:]
        var own: [[UInt8]: Original] = [:]
        for exchange in try OddExchanges.all(archive.spool) {
            let payload = try maker.payloadDigest(of: exchange)
            let form = rule.form(of: exchange, payload: payload, own: own[exchange.targetURI], at: Trial.now) {
                table.find($0, at: Trial.now)
            }
            let group = try maker.make(exchange, as: form)
            let place = try archive.append([group], at: Trial.now)[0]
            try archive.sync()
            table.note([group.main])
            own[exchange.targetURI] = group.main.original ?? own[exchange.targetURI]
            expected[place.file, default: []].append([
                "id": group.main.id.text, "type": group.main.isResponse ? "response" : "revisit",
                "uri": String(decoding: exchange.targetURI, as: UTF8.self),
                "payload_digest": group.main.payloadDigest.text, "offset": place.offset, "length": place.length,
                "payload_bytes": group.main.isResponse ? exchange.body.count as Any : NSNull(),
            ])
        }
        try archive.close()
        #expect(expected.count > 1)
        #expect(expected.values.joined().count { $0["type"] as? String == "revisit" } == 3)
        try Readers.check(trial, mains: expected)
    }

    /// What a crash leaves, once it is in order again.
    @Test(arguments: [RecordCoding.gzip(level: 1), .plain])
    func readersReadWhatACrashLeft(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        var places: [ArchivePlace] = []
        do {
            let archive = try trial.open()
            let maker = try trial.maker(archive)
            let groups = try (0..<3).map { try maker.make(Trial.exchange("/\($0)"), as: .response) }
            places = try archive.append(groups, at: Trial.now)
            try archive.sync()
        }
        let name = try #require(try trial.names(ArchiveName.openSuffix).first)
        try trial.write(trial.bytes(name).dropLast(7), to: name)
        let archive = try trial.open(known: { _ in places[1] })
        #expect(archive.leftovers.map(\.fate) == [.closed])
        _ = try archive.append([trial.maker(archive).make(Trial.exchange("/4"), as: .response)], at: Trial.now)
        try archive.close()
        try Readers.check(trial, mains: nil)
    }
}

/// Runs the script; never skipped.
enum Readers {
    struct Stumbled: Error, CustomStringConvertible {
        var description: String
    }

    /// `mains`: the main records of each file, in order; nil = the readers are only compared with each other.
    static func check(_ trial: Trial, mains: [String: [[String: Any]]]?) throws {
        if let mains {
            let data = try JSONSerialization.data(withJSONObject: mains, options: [.sortedKeys])
            try data.write(to: URL(fileURLWithPath: trial.folder.file("expected.json")))
        }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = Process()
        script.executableURL = root.appendingPathComponent("Tests/Readers/check")
        script.arguments = [root.appendingPathComponent(".build/readers").path, trial.folder.path]
        let pipe = Pipe()
        script.standardOutput = pipe
        script.standardError = pipe
        try script.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        script.waitUntilExit()
        guard script.terminationStatus == 0 else { throw Stumbled(description: said) }
    }
}
