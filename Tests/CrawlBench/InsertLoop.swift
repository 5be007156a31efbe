import Foundation
import GRDBSQLite

/// The reference of an enqueue: a loop over SQLite's C calls that inserts the rows of a frontier into an empty one, so many
/// a commit, or looks them up there. Nothing is parsed, hashed, sorted or checked in the time that is measured.
final class InsertLoop {
    /// Rows a commit.
    static let slice = 50_000

    private let file: SQLiteFile
    private let rows: StoredRows

    /// `database`: a frontier without URLs, which nobody has open.
    init(_ database: String, _ rows: StoredRows) throws {
        file = try SQLiteFile(database)
        self.rows = rows
        // As `FrontierStore` sets them for the connection that writes.
        for pragma in [
            "journal_mode = WAL", "synchronous = FULL", "foreign_keys = OFF", "temp_store = MEMORY",
            "cache_size = -16384", "wal_autocheckpoint = 16000", "journal_size_limit = 67108864",
        ] {
            try file.execute("PRAGMA " + pragma)
        }
    }

    /// Inserts all URLs in the order of `places`, each origin with its first URL, and what is counted in the last commit;
    /// returns URLs a second.
    func insert(_ places: [Int32]) throws -> Double {
        let url = try file.prepare(
            "INSERT INTO url (id, path, state, generation, priority, due_at) VALUES (?, ?, 1, ?, ?, ?)")
        let origin = try file.prepare("INSERT INTO origin (id, key, has_work, urls) VALUES (?, ?, ?, ?)")
        var isStored = [Bool](repeating: false, count: rows.origins.count)
        let rate = try rows.texts.withUnsafeBytes { texts in
            try timed(places) { row in
                if !isStored[Int(row.origin)] {
                    isStored[Int(row.origin)] = true
                    let its = rows.origins[Int(row.origin)]
                    sqlite3_bind_int64(origin, 1, its.id)
                    Self.bind(origin, 2, its.key, texts)
                    sqlite3_bind_int64(origin, 3, its.hasWork)
                    sqlite3_bind_int64(origin, 4, its.urls)
                    try run(origin)
                }
                sqlite3_bind_int64(url, 1, row.id)
                Self.bind(url, 2, row.path, texts)
                sqlite3_bind_int64(url, 3, row.generation)
                sqlite3_bind_int64(url, 4, row.priority)
                sqlite3_bind_int64(url, 5, row.due)
                try run(url)
            } last: {
                try add(rows.states, "INSERT INTO tally VALUES (?, ?)")
                try add(rows.minutes, "INSERT INTO due VALUES (?, ?)")
            }
        }
        var stored = 0
        try file.read("SELECT count(*) FROM url") { stored = Int(sqlite3_column_int64($0, 0)) }
        guard stored == places.count else { throw BenchFailure("\(stored) of \(places.count) rows were inserted") }
        return rate
    }

    /// Looks all URLs up by their numbers, and compares their paths; returns URLs a second.
    func lookUp(_ places: [Int32]) throws -> Double {
        let url = try file.prepare("SELECT path FROM url WHERE id = ?")
        return try rows.texts.withUnsafeBytes { texts in
            guard let start = texts.baseAddress else { return 0 }
            return try timed(places) { row in
                sqlite3_bind_int64(url, 1, row.id)
                guard sqlite3_step(url) == SQLITE_ROW else { throw file.failure("row \(row.id)") }
                let path = sqlite3_column_blob(url, 0)
                guard sqlite3_column_bytes(url, 0) == row.path.length, let path,
                    memcmp(path, start + row.path.offset, Int(row.path.length)) == 0
                else { throw BenchFailure("row \(row.id) has another path") }
                sqlite3_reset(url)
            }
        }
    }

    /// URLs a second.
    private func timed(
        _ places: [Int32], _ each: (StoredRows.URL) throws -> Void, last: () throws -> Void = {}
    ) throws -> Double {
        let began = ContinuousClock.now
        try rows.urls.withUnsafeBufferPointer { urls in
            for start in stride(from: 0, to: places.count, by: Self.slice) {
                let end = min(start + Self.slice, places.count)
                try file.execute("BEGIN IMMEDIATE")
                for index in start..<end { try each(urls[Int(places[index])]) }
                if end == places.count { try last() }
                try file.execute("COMMIT")
            }
        }
        return Double(places.count) / (ContinuousClock.now - began).seconds
    }

    private func add(_ counts: [StoredRows.Count], _ sql: String) throws {
        let statement = try file.prepare(sql)
        for count in counts {
            sqlite3_bind_int64(statement, 1, count.key)
            sqlite3_bind_int64(statement, 2, count.urls)
            try run(statement)
        }
    }

    private func run(_ statement: OpaquePointer) throws {
        guard sqlite3_step(statement) == SQLITE_DONE else { throw file.failure("insert") }
        sqlite3_reset(statement)
    }

    /// SQLite keeps no copy: `texts` stay where they are.
    private static func bind(
        _ statement: OpaquePointer, _ index: Int32, _ text: StoredRows.Text, _ texts: UnsafeRawBufferPointer
    ) {
        let start = texts.baseAddress.map { ($0 + text.offset).assumingMemoryBound(to: CChar.self) }
        sqlite3_bind_text(statement, index, start, text.length, nil)
    }
}
