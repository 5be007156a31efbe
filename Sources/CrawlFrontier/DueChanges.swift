import CrawlCore
import GRDB
import GRDBSQLite
import Synchronization

/// What a transaction changes in the `due` table: the one owner of these numbers. They are summed up in memory, and
/// written once when the transaction ends.
///
/// | rows of | are told by |
/// |---|---|
/// | `url`, new | whoever inserts them: a trigger costs a microsecond a row, and an enqueue has millions |
/// | `url`, changed | `due_at = crawld_due(due_at, NEW)` in place of `due_at = NEW`: a trigger doubles what an update costs |
/// | `url`, deleted; `health` | triggers of the writing connection, which no statement can pass by |
final class DueChanges: Sendable {
    private struct Changes {
        /// Rows of the minute that was changed last: most of a batch become due in the same, and were due in the same.
        private struct Latest {
            var minute: Int64 = 0
            var urls: Int64 = 0
        }

        private var due = Latest()
        private var dueNoMore = Latest()
        private var others: [Int64: Int64] = [:]

        mutating func add(_ ms: Int64) { Self.count(1, DueTable.minute(of: ms), &due, &others) }

        mutating func remove(_ ms: Int64) { Self.count(-1, DueTable.minute(of: ms), &dueNoMore, &others) }

        private static func count(_ n: Int64, _ minute: Int64, _ latest: inout Latest, _ others: inout [Int64: Int64]) {
            if minute != latest.minute {
                if latest.urls != 0 { others[latest.minute, default: 0] += latest.urls }
                latest = Latest(minute: minute)
            }
            latest.urls += n
        }

        mutating func take() -> [Int64: Int64] {
            for latest in [due, dueNoMore] where latest.urls != 0 { others[latest.minute, default: 0] += latest.urls }
            defer { self = Changes() }
            return others
        }
    }

    private let changes = Mutex(Changes())

    /// A transaction begins: what one left that failed is forgotten.
    func begin() { changes.withLock { $0 = Changes() } }

    /// A URL's row is new.
    func add(_ due: Instant) { changes.withLock { $0.add(due.ms) } }

    /// Before the transaction's commit.
    func save(_ db: Database) throws {
        let sums = changes.withLock { $0.take() }
        if !sums.isEmpty { try DueTable.add(db, sums) }
    }

    // MARK: What SQL tells

    private static let function = "crawld_due"

    /// Once, on the connection that writes.
    func watch(_ db: Database) throws {
        let code = sqlite3_create_function_v2(
            db.sqliteConnection, Self.function, 2, SQLITE_UTF8, Unmanaged.passRetained(self).toOpaque(),
            { context, count, values in
                guard count == 2, let values, let owner = sqlite3_user_data(context) else { return }
                Unmanaged<DueChanges>.fromOpaque(owner).takeUnretainedValue().note(before: values[0], after: values[1])
                sqlite3_result_value(context, values[1])
            }, nil, nil,
            { owner in if let owner { Unmanaged<DueChanges>.fromOpaque(owner).release() } })
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
        }
        // REPLACE tells of the rows that it deletes only so.
        try db.execute(sql: "PRAGMA recursive_triggers = ON")
        for trigger in Self.triggers { try db.execute(sql: trigger) }
    }

    private func note(before: OpaquePointer?, after: OpaquePointer?) {
        changes.withLock { changes in
            if sqlite3_value_type(before) != SQLITE_NULL { changes.remove(sqlite3_value_int64(before)) }
            if sqlite3_value_type(after) != SQLITE_NULL { changes.add(sqlite3_value_int64(after)) }
        }
    }

    /// Of `health` only URLs count: those below zero are robots.txt files.
    private static let triggers = [
        trigger("url_gone", "AFTER DELETE ON main.url WHEN old.due_at IS NOT NULL", "old.due_at, NULL"),
        trigger(
            "health_new", "AFTER INSERT ON main.health WHEN new.id >= 0 AND new.due_at IS NOT NULL",
            "NULL, new.due_at"),
        trigger(
            "health_moved", "AFTER UPDATE OF due_at ON main.health WHEN new.id >= 0 AND old.due_at IS NOT new.due_at",
            "old.due_at, new.due_at"),
        trigger(
            "health_gone", "AFTER DELETE ON main.health WHEN old.id >= 0 AND old.due_at IS NOT NULL",
            "old.due_at, NULL"),
    ]

    private static func trigger(_ name: String, _ event: String, _ values: String) -> String {
        "CREATE TEMP TRIGGER due_\(name) \(event) BEGIN SELECT \(function)(\(values)); END"
    }
}
