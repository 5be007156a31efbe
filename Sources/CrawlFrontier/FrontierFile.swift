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
            open; nothing more is stored. Put the database back with its -wal and -shm as they were opened, or from a \
            backup, before crawld is started again: the next start goes on with what is at the path then
            """
        case .io(let path, let reason): "\(path): \(reason)"
        case .full(let path): "\(path): no space is left on the device"
        }
    }
}

/// The database file: created whole, checked before it is opened for writing.
enum FrontierFile {
    /// Creates the file if there is none; throws if it is not one of ours, leaving it as it is.
    static func prepare(_ path: String, random: any RandomNumberGenerator) throws {
        for name in [path, path + "-wal", path + "-shm"] { try checkKind(name) }
        guard FileManager.default.fileExists(atPath: path) else { return try create(path, random) }
        try check(path)
        for name in [path, path + "-wal", path + "-shm"] { restrict(name, to: mode(beside: path)) }
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

    /// The group may read what we keep, for backups and to look at it, and nobody else: 0640. Where everybody may make files
    /// (the folder's mode lets others write, as /tmp's does) no group is meant: 0600. A stricter umask makes it less.
    private static func mode(beside path: String) -> mode_t {
        let folder = (path as NSString).deletingLastPathComponent
        var info = stat()
        guard stat(folder.isEmpty ? "." : folder, &info) == 0 else { return 0o600 }
        return info.st_mode & S_IWOTH != 0 ? 0o600 : 0o640
    }

    /// Takes rights away that an earlier life gave; gives none. Of another owner's file it stays as it is.
    private static func restrict(_ path: String, to mode: mode_t) {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & 0o777 & ~mode != 0 else { return }
        chmod(path, info.st_mode & mode)
    }

    /// Made under another name and renamed: a crash leaves either no frontier or a whole one.
    private static func create(_ path: String, _ random: any RandomNumberGenerator) throws {
        let draft = path + ".new"
        for name in [draft, draft + "-journal"] where FileManager.default.fileExists(atPath: name) {
            try FileManager.default.removeItem(atPath: name)
        }
        // SQLite fills an empty file, and gives log and index the database's own mode.
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode(beside: path))
        guard file >= 0 else { throw FrontierError.io(path: draft, reason: String(cString: strerror(errno))) }
        close(file)
        let queue = try DatabaseQueue(path: draft)
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
            throw FrontierError.io(path: path, reason: String(cString: strerror(errno)))
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
