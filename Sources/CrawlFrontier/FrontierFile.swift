import Foundation
import GRDB

/// Why a frontier cannot be opened, or has stopped working; each has an exit code of its own in the daemon.
package enum FrontierError: Error, Hashable, CustomStringConvertible {
    /// Not ours, newer than we know, or damaged. The file was not touched.
    case unusable(path: String, reason: String)
    case io(path: String, reason: String)
    case full(path: String)

    package var description: String {
        switch self {
        case .unusable(let path, let reason): "\(path): \(reason)"
        case .io(let path, let reason): "\(path): \(reason)"
        case .full(let path): "\(path): no space is left on the device"
        }
    }
}

/// The database file: created whole, checked before it is opened for writing.
enum FrontierFile {
    /// Creates the file if there is none; throws if it is not one of ours, leaving it as it is.
    static func prepare(_ path: String, random: any RandomNumberGenerator) throws {
        guard FileManager.default.fileExists(atPath: path) else { return try create(path, random) }
        try check(path)
    }

    /// Made under another name and renamed: a crash leaves either no frontier or a whole one.
    private static func create(_ path: String, _ random: any RandomNumberGenerator) throws {
        let draft = path + ".new"
        for name in [draft, draft + "-journal"] where FileManager.default.fileExists(atPath: name) {
            try FileManager.default.removeItem(atPath: name)
        }
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
