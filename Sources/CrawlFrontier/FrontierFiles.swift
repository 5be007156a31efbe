import GRDB
import GRDBSQLite
import Glibc

/// The files of an open frontier as they were right after they were opened. Somebody may remove one, put another into its
/// place, or rename their folder: SQLite goes on with what it has open, and whoever opens the path next finds nothing of
/// what was acknowledged meanwhile.
///
/// They are looked at with `stat` only. Opening and closing one of them would give back every lock that SQLite has on it:
/// POSIX's locks belong to the process (https://www.sqlite.org/howtocorrupt.html, 2.2). Nor can a number come again: the
/// files are open as long as the connections are.
struct FrontierFiles: Sendable {
    private struct File: Sendable {
        var path: String
        var device: UInt64
        var inode: UInt64
    }

    /// How the connections may end.
    enum Ending: Hashable {
        /// As SQLite does it: closing the last one folds the log into the database and deletes the log and the index by
        /// their names. It leaves that alone where the database itself has moved.
        case close
        /// The database is ours, its log or index is not: SQLite's closing would not look, and would delete what lies
        /// there. What the log has is folded in over what is open, and nothing is closed.
        case fold
        case leave
    }

    private let files: [File]
    /// Where the database is itself: `files` has a link to it, if the configuration has one.
    private let database: File

    /// `path` as the configuration has it: where it is a link, what it leads to counts. Throws
    /// `FrontierError.replaced` if one of them is gone already.
    /// - Parameter db: a connection that has read or written, so that all three are there.
    init(of db: Database, path: String) throws {
        // The log lies beside the database itself, not beside a link to it.
        let real = sqlite3_db_filename(db.sqliteConnection, "main").map { String(cString: $0) } ?? path
        files = try [path, real + "-wal", real + "-shm"].map(Self.look)
        database = try Self.look(real)
    }

    /// Throws `FrontierError.replaced` for the first that is not what was opened. Some microseconds.
    func check(_ db: Database) throws {
        for file in files {
            guard try Self.isInPlace(file) else { throw FrontierError.replaced(path: file.path, by: .another) }
        }
        // What was put into its place between the opening and our first look.
        if Self.hasMoved(db) { throw FrontierError.replaced(path: files[0].path, by: .another) }
    }

    func ending(_ db: Database) -> Ending {
        if Self.hasMoved(db) || (try? check(db)) != nil { return .close }
        return (try? Self.isInPlace(database)) == true ? .fold : .leave
    }

    private static func hasMoved(_ db: Database) -> Bool {
        var moved: CInt = 0
        sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return moved != 0
    }

    private static func isInPlace(_ file: File) throws -> Bool {
        let found = try look(file.path)
        return found.inode == file.inode && found.device == file.device
    }

    /// Throws `FrontierError.replaced` if nothing is there. That we may not look, or the disk does not answer, says nothing
    /// of what is there.
    private static func look(_ path: String) throws -> File {
        var info = stat()
        guard stat(path, &info) == 0 else {
            let reason = errno
            guard reason == ENOENT || reason == ENOTDIR else {
                throw FrontierError.io(path: path, reason: String(cString: strerror(reason)))
            }
            throw FrontierError.replaced(path: path, by: .nothing)
        }
        return File(path: path, device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }
}
