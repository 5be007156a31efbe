import CrawlTesting
import Foundation
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// The file: what survives a restart, and what is refused without being touched.
struct FrontierFileTests {
    let folder: FrontierFolder

    init() throws { folder = try FrontierFolder() }

    private func fill() throws {
        let store = try folder.openKeyed()
        try store.enqueue((0..<500).map { "https://o\($0 % 7).example/\($0)" }, EnqueueOptions { $0.meta = "{}" })
        let urls = try store.lease("https://o1.example").urls
        let verdicts = urls.enumerated().map { i, url in
            i % 2 == 0 ? url.verdict() : url.marked(.numbered(i), recheck: at(3600))
        }
        try store.complete(verdicts, drained: [], now: at(1))
        _ = try store.opening(now: at(0))
        try store.closeCleanly(lastRequestAt: at(5))
    }

    @Test("opening again keeps everything; the hash key stays the file's own")
    func reopen() throws {
        try fill()
        let before = try folder.open().dump()
        let store = try folder.open()
        #expect(try store.dump() == before)
        #expect(try store.enqueue((0..<500).map { "https://o\($0 % 7).example/\($0)" }).known == 500)
        #expect(folder.files.allSatisfy { $0.hasPrefix("frontier.db") && !$0.contains(".new") }, "\(folder.files)")
    }

    @Test("two frontiers have different hash keys")
    func ownKey() throws {
        let other = try FrontierFolder()
        let ids = try [folder, other].map { folder in
            let store = try folder.open()
            try store.enqueue(["https://a.example/p"])
            return try store.get("https://a.example/p")?.id
        }
        #expect(ids[0] != ids[1])
    }

    @Test("in use until closed cleanly; pause, timeline and the last request stay")
    func facts() throws {
        do {
            let store = try folder.open()
            let first = try store.opening(now: at(0))
            #expect(!first.wasUnclean && first.lastRequestAt == nil && !first.isPaused && first.timeline == 0)
            try store.setPaused(true)
            #expect(try store.advanceTimeline() == 1)
            #expect(try store.advanceTimeline() == 2)
        }
        do {
            let store = try folder.open()
            let second = try store.opening(now: at(0))
            #expect(second.wasUnclean && second.isPaused && second.timeline == 2)
            try store.setPaused(false)
            try store.closeCleanly(lastRequestAt: at(77))
        }
        do {
            let store = try folder.open()
            let third = try store.opening(now: at(0))
            #expect(!third.wasUnclean && !third.isPaused && third.lastRequestAt == at(77))
            try store.closeCleanly(lastRequestAt: nil)
        }
        let fourth = try folder.open().opening(now: at(0))
        #expect(!fourth.wasUnclean && fourth.lastRequestAt == at(77))
    }

    @Test("an origin stays in the opening until nothing of it is due, now or later")
    func drained() throws {
        let store = try folder.openKeyed()
        try store.enqueue(["https://a.example/", "https://a.example/later"])
        let origin = try #require(try store.originNumber("https://a.example"))
        func origins() throws -> [Int64] { try store.opening(now: at(0)).origins }
        #expect(try origins() == [origin])
        let urls = try store.lease("https://a.example").urls
        try store.complete([urls[0].verdict()], drained: [origin], now: at(1))
        #expect(try origins() == [origin], "one is still due")
        try store.complete([urls[1].pending(due: at(300))], drained: [origin], now: at(1))
        #expect(try origins() == [origin], "a probe is due later")
        let probe = try #require(try store.lease("https://a.example", now: at(300)).health.first)
        try store.complete([probe.verdict(at: at(301))], drained: [origin], now: at(301))
        #expect(try origins().isEmpty)
        _ = try store.revive(.url(CrawlURL("https://a.example/")), now: at(400))
        #expect(try origins() == [origin])
        let again = try store.lease("https://a.example", now: at(400)).urls
        try store.complete(again.map { $0.verdict(at: at(401)) }, drained: [origin], now: at(401))
        #expect(try origins().isEmpty)
        try store.enqueue(["https://a.example/"], EnqueueOptions { $0.force = true }, now: at(500))
        #expect(try origins() == [origin])
    }

    struct Foreign: CustomTestStringConvertible, Sendable {
        var name: String
        var reason: String
        /// Makes the file at the path; there is a whole frontier before.
        var make: @Sendable (FrontierFolder) throws -> Void
        var testDescription: String { name }
    }

    private static func overwrite(_ folder: FrontierFolder, _ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: folder.path)
        var data = try Data(contentsOf: url)
        change(&data)
        try data.write(to: url)
    }

    static let foreign: [Foreign] = [
        Foreign(name: "empty", reason: "no SQLite database") { try overwrite($0) { $0 = Data() } },
        Foreign(name: "a text", reason: "no SQLite database") { try overwrite($0) { $0 = Data("# notes\n".utf8) } },
        Foreign(name: "garbage", reason: "no SQLite database") {
            try overwrite($0) { $0 = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }) }
        },
        Foreign(name: "a header and no more", reason: "damaged") { try overwrite($0) { $0 = $0.prefix(100) } },
        Foreign(name: "cut in a page", reason: "damaged") { try overwrite($0) { $0.removeLast(1) } },
        Foreign(name: "cut by a page", reason: "damaged") { try overwrite($0) { $0.removeLast(4096) } },
        Foreign(name: "cut by half", reason: "damaged") { try overwrite($0) { $0 = $0.prefix($0.count / 2) } },
        Foreign(name: "the first page is garbage after its header", reason: "damaged") {
            try overwrite($0) { for i in 100..<4096 { $0[i] = 0x5a } }
        },
        Foreign(name: "another application's", reason: "another application") {
            try $0.edit { try $0.execute(sql: "PRAGMA application_id = 77") }
        },
        Foreign(name: "of no application", reason: "another application") {
            try $0.edit { try $0.execute(sql: "PRAGMA application_id = 0") }
        },
        Foreign(name: "of a newer version", reason: "newer") {
            try $0.edit { try $0.execute(sql: "PRAGMA user_version = 99") }
        },
        Foreign(name: "without its hash key", reason: "hash key") {
            try $0.edit { try $0.execute(sql: "DELETE FROM fact WHERE name = 'hash_key_1'") }
        },
    ]

    @Test("what is not ours, newer or damaged is refused, and the file stays as it is", arguments: foreign)
    func refused(_ entry: Foreign) throws {
        try fill()
        try entry.make(folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.path))
        let files = folder.files
        do {
            _ = try folder.open()
            Issue.record("it was opened")
        } catch FrontierError.unusable(let path, let reason) {
            #expect(path == folder.path)
            #expect(reason.contains(entry.reason), "\(reason)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path)) == before)
        #expect(Set(folder.files).isSubset(of: files + ["frontier.db-shm", "frontier.db-wal"]))
    }

    @Test(
        "what says that the file is not whole is damage, whatever its exact code",
        arguments: [
            ResultCode.SQLITE_CORRUPT, .SQLITE_CORRUPT_INDEX, .SQLITE_CORRUPT_SEQUENCE, .SQLITE_CORRUPT_VTAB,
            .SQLITE_NOTADB, .SQLITE_IOERR_SHORT_READ,
        ])
    func damage(code: ResultCode) {
        let error = FrontierStore.translated(DatabaseError(resultCode: code), path: "f")
        #expect((error as? FrontierError)?.isForGood == true, "\(error)")
    }

    @Test("another failure to read may pass", arguments: [ResultCode.SQLITE_IOERR, .SQLITE_IOERR_READ, .SQLITE_BUSY])
    func passing(code: ResultCode) {
        let error = FrontierStore.translated(DatabaseError(resultCode: code), path: "f")
        #expect((error as? FrontierError)?.isForGood == false, "\(error)")
    }

    @Test("a folder, or a path without one, is a fault with a path", arguments: ["frontier.db", "none/frontier.db"])
    func noFile(name: String) throws {
        if name == "frontier.db" {
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        }
        #expect(throws: FrontierError.self) { try FrontierStore(path: folder.folder + "/" + name) }
    }

    @Test("a draft left by a crash is no obstacle")
    func draft() throws {
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.path + ".new"))
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.path + ".new-journal"))
        #expect(try folder.open().enqueue(["https://a.example/"]).new == 1)
        #expect(!folder.files.contains { $0.contains(".new") })
    }
}
