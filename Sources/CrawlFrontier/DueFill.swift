import GRDB

/// How far a frontier of an earlier version is brought up to date.
package struct FrontierFill: Sendable, Hashable {
    /// Rows that were looked at since the start.
    package var rows: Int64
    /// All of them have been.
    package var isDone: Bool
}

/// Counts rows that were there before the `due` table was into it: once in the life of a database, before anything else
/// is done with it, chunk by chunk. Each chunk is a transaction of its own, so that a start that is cut short goes on
/// where it was.
struct DueFill {
    let db: Database
    var chunk: Int64 = 200_000

    func run(_ tell: (FrontierFill) -> Void = { _ in }) throws {
        var rows: Int64 = 0
        for (fact, sql) in [
            ("due_filled_url", "SELECT id, due_at FROM url WHERE id > ? ORDER BY id LIMIT ?"),
            ("due_filled_health", "SELECT id, due_at FROM health WHERE id > ? ORDER BY id LIMIT ?"),
        ] {
            while let last = try Fact.int(db, fact) {
                try db.inTransaction(.immediate) {
                    rows += try count(sql, after: last, fact)
                    return .commit
                }
                tell(FrontierFill(rows: rows, isDone: false))
            }
        }
        if rows > 0 { tell(FrontierFill(rows: rows, isDone: true)) }
    }

    /// Rows that were looked at.
    private func count(_ sql: String, after: Int64, _ fact: String) throws -> Int64 {
        let rows = try RawStatement(db, sql)
        rows.bind(after, at: 1)
        rows.bind(chunk, at: 2)
        var (last, looked): (Int64, Int64) = (after, 0)
        var sums: [Int64: Int64] = [:]
        while try rows.step() {
            last = rows.int(0)
            looked += 1
            if let due = rows.optionalInt(1) { sums[DueTable.minute(of: due), default: 0] += 1 }
        }
        rows.reset()
        try DueTable.add(db, sums)
        if looked == chunk {
            try Fact.set(db, fact, last)
        } else {
            let end = try RawStatement(db, "DELETE FROM fact WHERE name = ?")
            end.bind(fact, at: 1)
            try end.run()
        }
        return looked
    }
}
