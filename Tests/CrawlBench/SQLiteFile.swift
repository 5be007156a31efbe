import GRDBSQLite

/// A database through SQLite's own calls, for one thread at a time. Ended with the object.
final class SQLiteFile {
    private let connection: OpaquePointer
    private var statements: [OpaquePointer] = []

    init(_ path: String) throws {
        var connection: OpaquePointer?
        let code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let connection else {
            sqlite3_close(connection)
            throw BenchFailure("SQLite: \(path): \(String(cString: sqlite3_errstr(code)))")
        }
        self.connection = connection
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close(connection)
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// Valid as long as the object.
    func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure(sql)
        }
        statements.append(statement)
        return statement
    }

    /// Calls `row` for each row of a query.
    func read(_ sql: String, _ row: (OpaquePointer) throws -> Void) throws {
        let statement = try prepare(sql)
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(statement)
            case SQLITE_DONE: return
            default: throw failure(sql)
            }
        }
    }

    /// What the last call failed with.
    func failure(_ what: String) -> BenchFailure {
        BenchFailure("SQLite: \(what): \(String(cString: sqlite3_errmsg(connection)))")
    }
}
