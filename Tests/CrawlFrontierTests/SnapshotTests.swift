import CrawlCore
import CrawlTesting
import GRDB
import Testing

@testable import CrawlFrontier

/// What is read together belongs together.
struct SnapshotTests {
    @Test(
        "one read sees one state of the frontier, whatever is committed while it lasts", arguments: ["loop", "others"])
    func oneState(reader: String) throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        let queue = reader == "loop" ? store.leaseReader : store.reader
        try store.enqueue(["https://a.example/1"])
        let (before, after) = try store.read(queue) { db -> (Int64, Int64) in
            func known() throws -> Int64 {
                let row = try RawStatement(db, "SELECT urls FROM tally WHERE state = 1")
                defer { row.reset() }
                return try row.step() ? row.int(0) : 0
            }
            let first = try known()
            try store.enqueue(["https://a.example/2", "https://a.example/3"])
            return (first, try known())
        }
        #expect(before == 1)
        #expect(after == 1)
        #expect(try store.stats().urls[.scheduled] == 3, "the next read sees the commit")
    }

    @Test("a read that fails ends like any other: the next one works, and sees what is new")
    func failing() throws {
        struct Fault: Error {}
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue(["https://a.example/1"])
        #expect(throws: (any Error).self) {
            try store.read(store.reader) { db -> Void in
                let rows = try RawStatement(db, "SELECT id FROM url")
                _ = try rows.step()
                throw Fault()
            }
        }
        try store.enqueue(["https://a.example/2"])
        #expect(try store.stats().urls[.scheduled] == 2)
        #expect(try store.get("https://a.example/2") != nil)
    }

    @Test("what failed is told, also where SQLite has rolled back by itself")
    func rolledBack() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue(["https://a.example/1"])
        #expect(throws: FrontierError.io(path: folder.path, reason: "disk I/O error")) {
            try store.read(store.reader) { db -> Void in
                try RawStatement(db, "ROLLBACK").run()  // as after SQLITE_IOERR, NOMEM and FULL
                throw DatabaseError(resultCode: .SQLITE_IOERR, message: "disk I/O error")
            }
        }
        try store.enqueue(["https://a.example/2"])
        #expect(try store.stats().urls[.scheduled] == 2)
    }

    @Test("what status tells of URLs and of requests is of one moment")
    func figures() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue(["https://a.example/1"])
        try store.complete([try store.lease("https://a.example").urls[0].verdict()], drained: [], now: at(1))
        let figures = try store.figures(now: at(2))
        let (stats, ledger) = (figures.stats, figures.ledger)
        #expect(stats.urls[.done] == 1)
        #expect(ledger.spent == 1)
        #expect(try ledger == store.ledger(now: at(2)))
    }
}
