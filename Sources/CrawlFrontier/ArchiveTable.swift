import CrawlCore
import GRDB

/// Archives and their files.
struct ArchiveTable {
    let db: Database

    /// A new number if it is unknown.
    func number(folder: String, digest: String) throws -> Int64 {
        let known = try RawStatement(db, "SELECT id FROM archive WHERE folder = ? AND digest = ?")
        known.bind(folder, at: 1)
        known.bind(digest, at: 2)
        defer { known.reset() }
        if try known.step() { return known.int(0) }
        let add = try RawStatement(db, "INSERT INTO archive (folder, digest) VALUES (?, ?) RETURNING id")
        add.bind(folder, at: 1)
        add.bind(digest, at: 2)
        defer { add.reset() }
        return try add.step() ? add.int(0) : 0
    }

    /// The file's number and its last record, of which nothing is if an edited row says what no record can be; nil = no record
    /// of a commit is in it.
    func file(_ name: String, of archive: Int64) throws -> (id: Int64, last: ArchivePlace?)? {
        let row = try RawStatement(
            db, "SELECT id, last_offset, last_length FROM archive_file WHERE archive = ? AND name = ?")
        row.bind(archive, at: 1)
        row.bind(name, at: 2)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return (row.int(0), ArchivePlace(stored: name, offset: row.int(1), length: row.int(2)))
    }

    /// Returns the file's number. What is known to be in it further behind stays.
    func save(_ last: ArchivePlace, of archive: Int64) throws -> Int64 {
        guard let known = try file(last.file, of: archive) else {
            let add = try RawStatement(
                db,
                """
                INSERT INTO archive_file (archive, name, last_offset, last_length) VALUES (?, ?, ?, ?) RETURNING id
                """)
            add.bind(archive, at: 1)
            add.bind(last.file, at: 2)
            add.bind(last.offset, at: 3)
            add.bind(last.length, at: 4)
            defer { add.reset() }
            return try add.step() ? add.int(0) : 0
        }
        if let before = known.last, before.end >= last.end { return known.id }
        let change = try RawStatement(db, "UPDATE archive_file SET last_offset = ?, last_length = ? WHERE id = ?")
        change.bind(last.offset, at: 1)
        change.bind(last.length, at: 2)
        change.bind(known.id, at: 3)
        try change.run()
        return known.id
    }
}

extension ArchivePlace {
    /// Of a row; nil if no record can be there. A name that leads out of the folder is none.
    init?(stored name: String, offset: Int64, length: Int64) {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0),
            offset >= 0, length > 0, !offset.addingReportingOverflow(length).overflow
        else { return nil }
        self.init(file: name, offset: offset, length: length)
    }
}
