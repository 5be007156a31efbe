import GRDBSQLite

/// Looks into a database without being able to write: the schema and the first page of every table. It finds what is
/// badly damaged before a writer's connection could leave anything behind; a page further down shows when it is used.
enum FrontierProbe {
    /// Throws `FrontierError.unusable` for damage; whatever else goes wrong is for the writer's connection to say.
    /// - Parameter hasLog: a write-ahead log has content. Without one, SQLite is told to look at the file alone: then it
    ///   makes no files beside it either.
    static func check(_ path: String, hasLog: Bool) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        let name = "file:" + escaped(path) + (hasLog ? "?mode=ro" : "?immutable=1")
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(name, &handle, flags, nil) == SQLITE_OK, let handle else { return }
        let tables = try rows(handle, path, "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
        for table in tables {
            let quoted = table.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            _ = try rows(handle, path, "SELECT 1 FROM \"\(quoted)\" LIMIT 1")
        }
    }

    /// The first column.
    private static func rows(_ handle: OpaquePointer, _ path: String, _ sql: String) throws -> [String] {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var found: [String] = []
        var code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        while code == SQLITE_OK || code == SQLITE_ROW {
            code = sqlite3_step(statement)
            if code == SQLITE_ROW, let text = sqlite3_column_text(statement, 0) { found.append(String(cString: text)) }
        }
        if code == SQLITE_CORRUPT || code == SQLITE_NOTADB {
            throw FrontierError.unusable(path: path, reason: "is damaged: \(String(cString: sqlite3_errmsg(handle)))")
        }
        return found
    }

    /// What would end the path of a `file:` URI.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            switch character {
            case "%": text += "%25"
            case "?": text += "%3f"
            case "#": text += "%23"
            default: text.append(character)
            }
        }
    }
}
