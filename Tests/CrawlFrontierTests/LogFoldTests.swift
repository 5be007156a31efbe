import CrawlCore
import CrawlTesting
import Dispatch
import GRDB
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

    @Test("commits do not wait for a fold, and do its work where it does not keep up")
    func slow() throws {
        let store = try open(LogFold.Limits(pages: 300, rest: 20, most: 900))
        let gate = DispatchSemaphore(value: 0)
        store.fold.queue.asyncWriteWithoutTransaction { _ in gate.wait() }
        defer { gate.signal() }
        let longest = try fill(store, rounds: 60)
        #expect(longest > 900 * Self.pageBytes)
        #expect(longest < 2_000 * Self.pageBytes)
        #expect(try store.stats().urls[.scheduled] == 24_000)
    }
}
