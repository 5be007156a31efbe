import CrawlCore
import GRDB

/// Rows of the `suspect` table: a few thousand at most, of the last ten minutes but for suspects.
struct SuspectTable {
    let db: Database

    /// What still counts at a start; the rest is deleted.
    func opening(now: Instant) throws -> [SuspectRow] {
        var book = try load(now: now)
        if book.forget(now: now) { try save(book) }
        return book.rows.values.filter(\.isSuspect)
    }

    func load(now: Instant) throws -> SuspectBook {
        let rows = try RawStatement(db, "SELECT ticket, last_end_at, ends, level, put_back_until FROM suspect")
        defer { rows.reset() }
        var loaded: [SuspectRow] = []
        while try rows.step() {
            var row = SuspectRow(ticket: rows.int(0), lastEndAt: Instant(ms: rows.int(1)))
            row.ends = rows.count(2)
            row.level = rows.count(3)
            row.putBackUntil = rows.instant(4)
            loaded.append(row)
        }
        var book = SuspectBook(loaded)
        book.bound(now: now)
        return book
    }

    /// In the place of all that is there.
    func save(_ book: SuspectBook) throws {
        try RawStatement(db, "DELETE FROM suspect").run()
        let statement = try RawStatement(db, "INSERT INTO suspect VALUES (?, ?, ?, ?, ?)")
        for row in book.rows.values.sorted(by: { $0.ticket < $1.ticket }) {
            statement.bind(row.ticket, at: 1)
            statement.bind(row.lastEndAt, at: 2)
            statement.bind(Int64(row.ends), at: 3)
            statement.bind(Int64(row.level), at: 4)
            statement.bind(row.putBackUntil, at: 5)
            try statement.run()
        }
    }

    func delete(_ tickets: [Int64]) throws {
        guard !tickets.isEmpty else { return }
        let row = try RawStatement(db, "DELETE FROM suspect WHERE ticket = ?")
        for ticket in tickets {
            row.bind(ticket, at: 1)
            try row.run()
        }
    }
}
