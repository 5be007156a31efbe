import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Testing

/// What a crash leaves, at every byte.
@Suite struct TornFileTests {
    private struct Left {
        var name: String
        var bytes: [UInt8]
        /// Of three exchanges.
        var places: [ArchivePlace]
    }

    private func left(_ trial: Trial) throws -> Left {
        let archive = try trial.open()
        let maker = try trial.maker(archive)
        let groups = try (0..<3).map {
            try maker.make(Trial.exchange("/\($0)", body: Trial.noise(600, seed: UInt64($0))), as: .response)
        }
        let places = try archive.append(groups, at: Trial.now)
        try archive.sync()
        let name = try #require(archive.currentFile)
        return try Left(name: name, bytes: trial.bytes(name + ArchiveName.openSuffix), places: places)
    }

    /// Opens what was left cut to `count` bytes, with `tail` behind them, and returns what came of it.
    private func reopen(
        _ trial: Trial, _ left: Left, _ count: Int, tail: [UInt8] = [], known: ArchivePlace? = nil
    ) throws -> (fates: [Leftover.Fate], bytes: [UInt8]?) {
        for name in try trial.names() { try FileManager.default.removeItem(atPath: trial.folder.file(name)) }
        try trial.write(left.bytes.prefix(count) + tail, to: left.name + ArchiveName.openSuffix)
        let archive = try trial.open(known: { $0 == left.name ? known : nil })
        return (archive.leftovers.map(\.fate), try? trial.bytes(left.name))
    }

    static let codings = [RecordCoding.plain, .gzip(level: 6)]

    @Test(arguments: codings)
    func aTornRecordIsCutOff(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let left = try left(trial)
        let last = Int(left.places[2].offset)
        for count in last..<left.bytes.count {
            let (fates, bytes) = try reopen(trial, left, count)
            #expect(fates == [.closed])
            #expect(bytes == Array(left.bytes[..<last]), "cut at \(count)")
        }
        #expect(try reopen(trial, left, left.bytes.count).bytes == left.bytes)
    }

    @Test(arguments: codings)
    func nothingKnownIsCutOff(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let left = try left(trial)
        let known = left.places[1]
        for count in stride(from: 0, through: left.bytes.count, by: 7) {
            let (fates, bytes) = try reopen(trial, left, count, known: known)
            if count < known.end {
                #expect(fates == [.left])
                #expect(bytes == nil)
                // As it was, under the name that it had.
                #expect(try trial.bytes(left.name + ArchiveName.openSuffix) == Array(left.bytes.prefix(count)))
            } else {
                #expect(fates == [.closed])
                #expect(try #require(bytes).count >= known.end)
            }
        }
    }

    /// Files grow before their bytes reach the disk.
    @Test(
        arguments: codings,
        [
            Array(repeating: UInt8(0), count: 5000),
            Array("WARC/1.1\r\nContent-Length: 999999999999999999\r\n\r\n".utf8),
            Array("WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n".utf8), Array(repeating: 0x0A, count: 100_000),
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            Array("WARC/1.1\r\n".utf8) + Array(repeating: 0x61, count: 200_000),
        ])
    func whateverStandsBehindIsCutOff(_ coding: RecordCoding, _ tail: [UInt8]) throws {
        let trial = try Trial(coding: coding)
        let left = try left(trial)
        for known in [nil, left.places[0], left.places[2]] {
            let (fates, bytes) = try reopen(trial, left, left.bytes.count, tail: tail, known: known)
            #expect(fates == [.closed])
            #expect(bytes == left.bytes)
        }
    }

    /// A byte in the middle of the last record is not what was written, and its length is right.
    @Test(arguments: codings)
    func aDamagedRecordIsCutOff(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let left = try left(trial)
        var damaged = left
        damaged.bytes[Int(left.places[2].end) - 100] ^= 1
        let (_, bytes) = try reopen(trial, damaged, damaged.bytes.count)
        #expect(bytes == Array(left.bytes[..<Int(left.places[2].offset)]))
        let kept = try reopen(trial, damaged, damaged.bytes.count, known: left.places[2])
        #expect(kept.fates == [.left])
    }

    @Test(arguments: codings)
    func aFileWithoutAnExchangeIsRemoved(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let left = try left(trial)
        for count in 0..<(left.bytes.count / 4) {
            let (fates, bytes) = try reopen(trial, left, count)
            guard fates == [.closed] else {
                #expect(fates == [.removed])
                #expect(try trial.names().isEmpty)
                continue
            }
            // `warcinfo` and a request.
            #expect(try #require(bytes).count <= count)
        }
    }

    /// What was put in order is not looked at again, and the next process writes to a file of its own.
    @Test func theNextFileIsAnother() throws {
        let trial = try Trial()
        let left = try left(trial)
        _ = try reopen(trial, left, left.bytes.count - 1)
        let archive = try trial.open()
        #expect(archive.leftovers.isEmpty)
        let group = try trial.maker(archive).make(Trial.exchange(), as: .response)
        #expect(try archive.append([group], at: Trial.now)[0].file != left.name)
    }
}
