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

/// The readers' word is worth something: what is wrong is found.
@Suite struct ReaderFaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var said: String
        var change: @Sendable (inout [UInt8]) -> Void
    }

    @Test(arguments: [
        Fault(testDescription: "a torn end", said: "gzip -t") { $0.removeLast(9) },
        Fault(testDescription: "a changed byte", said: "gzip -t") { $0[$0.count - 20] ^= 1 },
        Fault(testDescription: "zeros behind it", said: "warcio check") { $0 += Array(repeating: 0, count: 20) },
        Fault(testDescription: "nothing", said: "begins with no warcinfo") { bytes in
            bytes = Deflate.compress(
                Array(
                    """
                    WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:0>\r\nContent-Length: 0\r\n\r\n\r\n\r\n
                    """.utf8), .gzip)
        },
    ])
    func isFound(_ fault: Fault) throws {
        let trial = try Trial(coding: .gzip(level: 6))
        let archive = try trial.open()
        _ = try archive.append([trial.maker(archive).make(Trial.exchange(), as: .response)], at: Trial.now)
        try archive.close()
        let name = try #require(try trial.names().first)
        var bytes = try trial.bytes(name)
        fault.change(&bytes)
        try trial.write(bytes, to: name)
        #expect {
            try Readers.check(trial, mains: nil)
        } throws: { error in
            "\(error)".contains("\(name): \(fault.said)")
        }
    }

    @Test func aRecordThatIsMissingIsFound() throws {
        let trial = try Trial()
        let archive = try trial.open()
        let group = try trial.maker(archive).make(Trial.exchange(), as: .response)
        let place = try archive.append([group], at: Trial.now)[0]
        try archive.close()
        let wish: [String: Any] = ["id": group.main.id.text, "uri": "http://b.example/"]
        #expect {
            try Readers.check(trial, mains: [place.file: [wish, wish]])
        } throws: { error in
            "\(error)".contains("1 responses and revisits are read, 2 were written")
                && "\(error)".contains("uri is http://a.example/, was written as http://b.example/")
        }
    }

    @Test func anEmptyFolderIsFound() throws {
        #expect(throws: ReaderCheck.Stumbled.self) { try Readers.check(Trial(), mains: nil) }
    }
}

/// Runs the script.
enum Readers {
    /// `mains`: the main records of each file, in order; nil = the readers are only compared with each other.
    static func check(_ trial: Trial, mains: [String: [[String: Any]]]?) throws {
        if let mains {
            let data = try JSONSerialization.data(withJSONObject: mains, options: [.sortedKeys])
            try data.write(to: URL(fileURLWithPath: trial.folder.file("expected.json")))
        }
        try ReaderCheck.run(trial.folder.path)
    }
}
