import Foundation
import GRDB

/// Why a frontier cannot be opened, or has stopped working; each has an exit code of its own in the daemon.
package enum FrontierError: Error, Hashable, CustomStringConvertible {
    /// Not ours, newer than we know, or damaged. The file was not touched.
    case unusable(path: String, reason: String)
    case io(path: String, reason: String)
    case full(path: String)
    /// A file of the open frontier is no longer at its path: what is acknowledged from now on would be lost with the next
    /// start. Nothing is written any more.
    case replaced(path: String, by: Replacement)

    package enum Replacement: Hashable, Sendable {
        case nothing
        case another
    }

    /// By errno: what a call on `path` failed with.
    static func failed(_ path: String, _ code: Int32) -> FrontierError {
        DiskRoom.isLack(code) ? .full(path: path) : .io(path: path, reason: String(cString: strerror(code)))
    }

    /// It goes on when the disk has room again.
    package var isFull: Bool { if case .full = self { true } else { false } }

    /// Trying again does not help.
    package var isForGood: Bool {
        switch self {
        case .unusable, .replaced: true
        case .io, .full: false
        }
    }

    package var description: String {
        switch self {
        case .unusable(let path, let reason): "\(path): \(reason)"
        case .replaced(let path, let other):
            """
            \(path): \(other == .nothing ? "was removed or renamed" : "was replaced by another file") while crawld had it \
            open; nothing more is stored. \(Self.advice(path))
            """
        case .io(let path, let reason): "\(path): \(reason)"
        case .full(let path): "\(path): no space is left on the device"
        }
    }

    /// SQLite plays whatever log lies beside a database into it, whose ever it is.
    private static func advice(_ path: String) -> String {
        for suffix in ["-wal", "-shm"] where path.hasSuffix(suffix) {
            let database = path.dropLast(suffix.count)
            return """
                The database itself is in its place, and what was acknowledged is written into it as crawld ends. Put the \
                database back in order before crawld is started again: move \(path) away if another file is there; or \
                move \(database)-wal and \(database)-shm away and put a backup there
                """
        }
        return """
            Put the database back with its -wal and -shm as they were opened before crawld is started again; or move \
            \(path)-wal and \(path)-shm away first, if they are there, and then put a backup there: beside another \
            database they would destroy it. The next start goes on with what is at the path then
            """
    }
}

/// The database file: created whole, checked before it is opened for writing.
enum FrontierFile {
    /// Creates the file if there is none; throws if it is not one of ours, leaving it as it is.
    static func prepare(_ path: String, random: any RandomNumberGenerator) throws {
        let names = ["", "-wal", "-shm", "-journal"].map { path + $0 }
        for name in names { try checkKind(name) }
        guard FileManager.default.fileExists(atPath: path) else { return try create(path, random) }
        try OpenedFiles(database: path).check()
        try check(path)
        let mode = StateFileMode.of(fileAt: path)
        for name in names { StateFileMode.restrict(name, to: mode) }
    }

    /// Opening a pipe waits for somebody at its other end, opening a device may do anything: it is looked at first.
    private static func checkKind(_ path: String) throws {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG else { return }
        let kind =
            switch info.st_mode & S_IFMT {
            case S_IFDIR: "a directory"
            case S_IFIFO: "a pipe"
            case S_IFSOCK: "a socket"
            default: "a device"
            }
        throw FrontierError.unusable(
            path: path, reason: "is \(kind), not a file: move it away, or give another daemon.state_dir")
    }

    /// Made under another name and renamed: a crash leaves either no frontier or a whole one.
    private static func create(_ path: String, _ random: any RandomNumberGenerator) throws {
        let draft = path + ".new"
        for name in [draft, draft + "-journal"] where FileManager.default.fileExists(atPath: name) {
            try FileManager.default.removeItem(atPath: name)
        }
        // SQLite fills an empty file, and gives log and index the database's own mode.
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, StateFileMode.of(fileAt: path))
        guard file >= 0 else { throw FrontierError.failed(draft, errno) }
        close(file)
        let queue = try DatabaseQueue(path: draft, configuration: FrontierStore.modest())
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA page_size = 4096")
            try Schema.migrate(db)
            var random = random
            for name in ["hash_key_0", "hash_key_1"] {
                try db.execute(
                    sql: "INSERT INTO fact VALUES (?, ?)",
                    arguments: [name, Int64(bitPattern: random.next() as UInt64)])
            }
        }
        try queue.close()
        // A log left by an earlier database of this name would be played into the new one.
        for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
        guard rename(draft, path) == 0 else {
            throw FrontierError.failed(path, errno)
        }
        let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Reads the header with plain reads: opening a foreign file with SQLite could already change it.
    private static func check(_ path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw FrontierError.io(path: path, reason: String(cString: strerror(errno)))
        }
        defer { try? file.close() }
        let header = [UInt8](try file.read(upToCount: 100) ?? Data())
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw FrontierError.unusable(path: path, reason: "is not a crawld frontier (no SQLite database)")
        }
        func number(_ offset: Int) -> UInt32 { header[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        guard number(68) == UInt32(bitPattern: Schema.applicationID) else {
            throw FrontierError.unusable(
                path: path, reason: "is a SQLite database of another application (application_id \(number(68)))")
        }
        guard number(60) <= Schema.version else {
            throw FrontierError.unusable(
                path: path,
                reason: "was written by a newer crawld (format \(number(60)), this one knows up to \(Schema.version))")
        }
        let pageSize = number(16) >> 16 == 1 ? 65536 : UInt64(number(16) >> 16)
        let size = try file.seekToEnd()
        let walSize = (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? UInt64) ?? 0
        if size < UInt64(number(28)) * pageSize, walSize == 0 {
            throw FrontierError.unusable(
                path: path, reason: "is damaged: it has \(size) bytes, its header says \(UInt64(number(28)) * pageSize)"
            )
        }
        try FrontierProbe.check(path, hasLog: walSize > 0)
    }
}
