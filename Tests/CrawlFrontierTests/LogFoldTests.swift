import CrawlCore
import CrawlTesting
import GRDB
import Glibc
import Testing

@testable import CrawlFrontier

/// The log is folded into the database beside the writer.
struct LogFoldTests {
    private static let pageBytes: Int64 = 4_120  // with its head in the log

    let folder: FrontierFolder
    init() throws { folder = try FrontierFolder() }

    private func open(_ limits: LogFold.Limits) throws -> FrontierStore {
        try folder.openKeyed { $0.folds = limits }
    }

    private func fill(_ store: FrontierStore, rounds: Int, then: () -> Void = {}) throws -> Int64 {
        var longest: Int64 = 0
        for round in 0..<rounds {
            try store.enqueue((0..<400).map { "https://\(round % 7).example/\(round)/\($0)" })
            then()
            longest = max(longest, FrontierStore.size(folder.path + "-wal"))
        }
        return longest
    }

    @Test("it stays short however much is written, and nothing of it is lost")
    func short() throws {
        var store: FrontierStore? = try open(LogFold.Limits(pages: 300, rest: 20, most: 1_000_000))
        if let store {
            let longest = try fill(store, rounds: 60) { store.fold.queue.inDatabase { _ in } }
            #expect(longest < 900 * Self.pageBytes)
            #expect(store.fault == nil)
        }
        store = nil
        #expect(folder.files == ["frontier.db", "frontier.db-opened"], "its connections are closed")
        let again = try open(LogFold.Limits())
        #expect(try again.stats().urls[.scheduled] == 24_000)
        try folder.edit { db in
            let found = try String.fetchOne(db, sql: "PRAGMA integrity_check")
            #expect(found == "ok")
        }
    }

    @Test("commits do not wait for a fold before the log is as long as it may be")
    func slow() throws {
        let store = try open(LogFold.Limits(pages: 300, rest: 20, most: 900))
        let log = folder.path + "-wal"
        // Held up until the log is as long as it may be.
        store.fold.queue.asyncWriteWithoutTransaction { _ in
            while FrontierStore.size(log) < 900 * Self.pageBytes { sched_yield() }
        }
        let longest = try fill(store, rounds: 60)
        #expect(longest > 900 * Self.pageBytes)
        #expect(longest < 2_000 * Self.pageBytes)
        #expect(try store.stats().urls[.scheduled] == 24_000)
    }

    @Test("what somebody reads keeps the log, and nobody waits for that; then it is folded")
    func read() throws {
        let store = try open(LogFold.Limits(pages: 300, rest: 20, most: 1_000_000))
        _ = try fill(store, rounds: 1)
        let longest = try store.read(store.reader) { db in
            _ = try Row.fetchOne(db, sql: "SELECT * FROM url LIMIT 1")
            return try fill(store, rounds: 30) { store.fold.wait() }
        }
        #expect(longest > 600 * Self.pageBytes)
        // The next commits fold all of it, and the log begins anew: it grows no more.
        #expect(try fill(store, rounds: 30) { store.fold.wait() } <= longest + 300 * Self.pageBytes)
    }

    @Test("tidying and closing wait for a fold that is under way")
    func ends() throws {
        let store = try open(LogFold.Limits(pages: 50, rest: 20, most: 1_000_000))
        for round in 0..<20 {
            try store.enqueue((0..<400).map { "https://a.example/\(round)/\($0)" })
            if round % 2 == 0 { try store.checkpoint() }
        }
        try store.enqueue((0..<400).map { "https://b.example/\($0)" })
        try store.closeCleanly(lastRequestAt: nil)
        #expect(FrontierStore.size(folder.path + "-wal") == 0)
    }
}
