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

    private let files: [File]

    /// `path` as the configuration has it: where it is a link, what it leads to counts. Throws
    /// `FrontierError.replaced` if one of them is gone already.
    /// - Parameter db: a connection that has read or written, so that all three are there.
    init(of db: Database, path: String) throws {
        // The log lies beside the database itself, not beside a link to it.
        let real = sqlite3_db_filename(db.sqliteConnection, "main").map { String(cString: $0) } ?? path
        files = try [path, real + "-wal", real + "-shm"].map { path in
            guard let file = Self.look(path) else { throw FrontierError.replaced(path: path, by: .nothing) }
            return file
        }
    }

    /// Throws `FrontierError.replaced` for the first that is not what was opened. Some microseconds.
    func check(_ db: Database) throws {
        for file in files {
            let found = Self.look(file.path)
            guard let found else { throw FrontierError.replaced(path: file.path, by: .nothing) }
            guard found.inode == file.inode, found.device == file.device else {
                throw FrontierError.replaced(path: file.path, by: .another)
            }
        }
        // What was put into its place between the opening and our first look.
        if Self.hasMoved(db) { throw FrontierError.replaced(path: files[0].path, by: .another) }
    }

    /// Closing the last connection folds the log into the database and deletes the log and the index by their names. SQLite
    /// leaves that alone where the database itself has moved, and does not look at the other two.
    func mayBeClosed(_ db: Database) -> Bool {
        if Self.hasMoved(db) { return true }
        return (try? check(db)) != nil
    }

    private static func hasMoved(_ db: Database) -> Bool {
        var moved: CInt = 0
        sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return moved != 0
    }

    private static func look(_ path: String) -> File? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return File(path: path, device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }
}
