import CrawlTesting
import Foundation
import GRDB
import Testing

/// A folder of WARC files beside a daemon.
struct ArchiveFiles {
    let home: DaemonHome

    init(_ home: DaemonHome) throws {
        self.home = home
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    var path: String { home.folder.file("warc") }

    /// A section of the configuration.
    func section(_ more: String = "") -> String { "\noutput: {warc: {dir: \"\(path)\", min_free: 0B\(more)}}\n" }

    /// WARC files by name, those still open too.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.contains(".warc") }.sorted()
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")) }

    /// Every page that the frontier says is in the archive is there to its last byte. Returns their URLs' numbers.
    func checkPlaces() throws -> Set<Int64> {
        let queue = try DatabaseQueue(path: home.databasePath)
        let rows = try queue.read { db in
            try Row.fetchAll(
                db, sql: "SELECT a.id, f.name, a.offset, a.length FROM archived a JOIN archive_file f ON f.id = a.file")
        }
        var sizes: [String: Int64] = [:]
        for name in names { sizes[name] = Int64(try bytes(name).count) }
        var missing: [String] = []
        for row in rows {
            let (name, end): (String, Int64) = (row["name"], row["offset"] as Int64 + row["length"])
            if (sizes[name] ?? sizes[name + ".open"] ?? 0) < end { missing.append("\(name) up to \(end)") }
        }
        #expect(missing.isEmpty)
        return Set(rows.map { $0["id"] })
    }
}
