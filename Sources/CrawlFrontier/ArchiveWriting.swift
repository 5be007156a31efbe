import CrawlCore
import GRDB

/// What one commit knows of the archive, inside its transaction.
final class ArchiveWriting {
    private let db: Database
    private let archive: Int64
    private let page: RawStatement
    /// Numbers of the commit's files.
    private var files: [String: Int64] = [:]

    init(_ db: Database, archive: Int64) throws {
        self.db = db
        self.archive = archive
        page = try RawStatement(
            db,
            """
            INSERT INTO archived (id, file, offset, length, record_id, at, digest, payload)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (id) DO UPDATE SET file = ?2, offset = ?3, length = ?4, record_id = ?5, at = ?6, digest = ?7,
                payload = ?8
            """)
    }

    /// How far the commit's records reach in each file; also those of answers that count for nothing: they are there all the
    /// same.
    func note(_ completion: Completion) throws {
        var last: [String: ArchivePlace] = [:]
        func reach(_ place: ArchivePlace) {
            if let known = last[place.file], known.end >= place.end { return }
            last[place.file] = place
        }
        for place in completion.archive { reach(place) }
        for verdict in completion.verdicts { if let page = verdict.archived { reach(page.place) } }
        for (name, place) in last.sorted(by: { $0.key < $1.key }) {
            files[name] = try ArchiveTable(db: db).save(place, of: archive)
        }
    }

    func write(_ new: Verdict.ArchivedPage, of id: Int64) throws {
        guard let file = files[new.place.file] else { return }
        page.bind(id, at: 1)
        page.bind(file, at: 2)
        page.bind(new.place.offset, at: 3)
        page.bind(new.place.length, at: 4)
        page.bindBlob(new.id?.bytes, at: 5)
        page.bind(new.at.ms, at: 6)
        page.bind(new.digest, at: 7)
        page.bindBlob(new.payload.map { Array($0.bytes.prefix(ArchivedRow.sha1Bytes)) }, at: 8)
        try page.run()
    }
}
