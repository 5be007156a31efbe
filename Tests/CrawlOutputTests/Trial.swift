import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Synchronization

/// Numbers that a closure draws from, the same in every run.
final class Draws: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    var makeID: @Sendable () -> RecordID {
        { self.random.withLock { RecordID(using: &$0) } }
    }
}

/// A folder that an archive writes to, and exchanges for it.
struct Trial {
    let folder: TemporaryFolder
    let draws = Draws(seed: 15)
    var settings: ArchiveSettings
    /// 2026-02-28T23:59:59.123Z.
    static let now = Instant(ms: 1_772_323_199_123)

    init(coding: RecordCoding = .plain, digest: DigestAlgorithm = .sha1) throws {
        // Most tests sync, some thousands of times; what is on a disk is proven by the order of calls.
        folder = try TemporaryFolder(inMemory: true)
        settings = ArchiveSettings(folder: folder.path, host: "host-1")
        settings.coding = coding
        settings.digest = digest
        settings.minFree = 0
        settings.info = [.init("software", "crawld/0")]
    }

    func open(
        calls: FileCalls = .system, lane: any Lane = InlineLane(), known: (String) -> ArchivePlace? = { _ in nil }
    ) throws -> Archive {
        try Archive(settings, spoolLane: lane, calls: calls, makeID: draws.makeID, known: known)
    }

    func maker(_ archive: Archive) throws -> RecordMaker {
        guard let maker = RecordMaker(settings.maker, spool: archive.spool, makeID: draws.makeID) else {
            throw ArchiveFailure.noMemory
        }
        return maker
    }

    static func exchange(
        _ path: String = "/", head: String = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        body: [UInt8] = Array("hello\n".utf8), status: Int32 = 200, version: HTTPVersion = .http11,
        request: String? = nil
    ) -> Exchange {
        Exchange(
            targetURI: Array("http://a.example\(path)".utf8),
            requestHead: Array(
                (request ?? "GET \(path) HTTP/1.1\r\nHost: a.example\r\nUser-Agent: crawld\r\n\r\n").utf8),
            responseHead: Array(head.utf8), status: status, body: .memory(body), httpVersion: version, date: now)
    }

    /// Text that does not shrink to nothing.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    func names(_ suffix: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.contains(".warc") && $0.hasSuffix(suffix)
        }.sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
    }

    func write(_ bytes: some Collection<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    /// The one file there is.
    func only() throws -> [UInt8] { try bytes(names().first ?? "") }
}

/// A record as a test reads it from a plain file.
struct PlainRecord {
    var fields: [(name: String, value: String)] = []
    var block: [UInt8] = []
    var offset = 0
    var length = 0

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    var text: String { String(decoding: block, as: UTF8.self) }
    /// Behind the head.
    var payload: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }

    /// nil = they are no records one after another up to the end.
    static func read(_ bytes: [UInt8]) -> [PlainRecord]? {
        var records: [PlainRecord] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            var record = PlainRecord()
            record.offset = rest.startIndex
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            guard lines.first == "WARC/1.1" else { return nil }
            for line in lines.dropFirst() {
                let parts = line.components(separatedBy: ": ")
                record.fields.append((parts[0], parts.dropFirst().joined(separator: ": ")))
            }
            guard let length = record["Content-Length"].flatMap(Int.init), end.upperBound + length + 4 <= bytes.count,
                Array(bytes[(end.upperBound + length)...].prefix(4)) == Array("\r\n\r\n".utf8)
            else { return nil }
            record.block = Array(bytes[end.upperBound..<(end.upperBound + length)])
            rest = bytes[(end.upperBound + length + 4)...]
            record.length = rest.startIndex - record.offset
            records.append(record)
        }
        return records
    }
}
