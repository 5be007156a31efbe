import CrawlCore
import GRDB
import GRDBSQLite

/// A cached statement driven through SQLite's C calls: what the hot paths use, 1–2 µs a row cheaper than arguments and
/// rows as values. Valid within one database access; indices start at 1 for parameters and 0 for columns, as in C.
struct RawStatement {
    let handle: OpaquePointer

    init(_ db: Database, _ sql: String) throws {
        handle = try db.cachedStatement(sql: sql).sqliteStatement
        reset()
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Ends every statement that is under way, after a fault: nobody knows which those are.
    static func resetAll(_ db: Database) {
        var next = sqlite3_next_stmt(db.sqliteConnection, nil)
        while let statement = next {
            if sqlite3_stmt_busy(statement) != 0 { sqlite3_reset(statement) }
            next = sqlite3_next_stmt(db.sqliteConnection, statement)
        }
    }

    // MARK: Parameters

    func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

    func bind(_ value: Int64?, at index: Int32) {
        if let value { bind(value, at: index) } else { sqlite3_bind_null(handle, index) }
    }

    func bind(real value: Double, at index: Int32) { sqlite3_bind_double(handle, index, value) }

    func bind(_ value: Instant?, at index: Int32) { bind(value?.ms, at: index) }

    /// `bytes` must live until the statement was stepped.
    func bindText(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int32) {
        bytes.withMemoryRebound(to: CChar.self) {
            _ = sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count), nil)
        }
    }

    func bind(_ text: String?, at index: Int32) {
        guard var text else {
            sqlite3_bind_null(handle, index)
            return
        }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                _ = sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count), Self.copied)
            }
        }
    }

    func bindBlob(_ bytes: [UInt8]?, at index: Int32) {
        guard let bytes else {
            sqlite3_bind_null(handle, index)
            return
        }
        _ = bytes.withUnsafeBytes { sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.copied) }
    }

    /// NULL if it is empty.
    func bindText(_ bytes: [UInt8], at index: Int32) {
        guard !bytes.isEmpty else {
            sqlite3_bind_null(handle, index)
            return
        }
        _ = bytes.withUnsafeBytes {
            sqlite3_bind_text(
                handle, index, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), Self.copied)
        }
    }

    func bind(_ digest: Digest256?, at index: Int32) {
        guard let words = digest?.words else {
            sqlite3_bind_null(handle, index)
            return
        }
        let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        _ = withUnsafeBytes(of: bigEndian) {
            sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.copied)
        }
    }

    /// SQLITE_TRANSIENT: SQLite makes its own copy.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: Running

    /// True while there is a row.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let message = sqlite3_db_handle(handle).map { String(cString: sqlite3_errmsg($0)) }
            sqlite3_reset(handle)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
    }

    /// Steps a statement that gives no rows and makes it ready for the next parameters. Returns the rows it changed.
    @discardableResult
    func run() throws -> Int {
        _ = try step()
        let changed = sqlite3_db_handle(handle).map { Int(sqlite3_changes($0)) } ?? 0
        sqlite3_reset(handle)
        return changed
    }

    // MARK: Columns

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    func optionalInt(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : int(column)
    }

    /// A number of things; of an edited row it is kept small enough to count on.
    func count(_ column: Int32) -> Int { Int(min(max(int(column), 0), 1 << 40)) }

    func instant(_ column: Int32) -> Instant? { optionalInt(column).map(Instant.init(ms:)) }

    /// Valid until the next step.
    func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        guard let start = sqlite3_column_blob(handle, column) else { return UnsafeBufferPointer(start: nil, count: 0) }
        let count = Int(sqlite3_column_bytes(handle, column))
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// Of a text that is several, with blanks between.
    func words(_ column: Int32) -> [String] {
        bytes(column).split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    }

    func optionalText(_ column: Int32) -> String? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
    }
}
