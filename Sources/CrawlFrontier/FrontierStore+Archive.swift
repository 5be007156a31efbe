package import CrawlCore
import GRDB
import Synchronization

/// Where a URL's page stands in an archive.
package struct StoredPage: Sendable, Hashable {
    package var place: ArchivePlace
    /// Of the archive that its file was written to; the configuration may name another one by now.
    package var folder: String
    /// Of the archive: `sha1` or `sha256`.
    package var algorithm: String
    /// nil = the record is a revisit of another URL's response, or lacks a part.
    package var record: RecordNumber?
    /// The record's date.
    package var at: Instant
    /// SHA-256 of the body as received.
    package var digest: Digest256
    /// The record's payload digest; nil = `digest`. Of SHA-1 the first 20 bytes, the others are 0.
    package var payload: Digest256?
}

extension FrontierStore {
    /// From now on records go to this archive: what verdicts say of them is written, and leases tell which pages it has.
    /// Call it before the first lease. Returns its number, the same as ever if it is known.
    @discardableResult
    package func openArchive(folder: String, digest: String) throws -> Int64 {
        let number = try write { db in try ArchiveTable(db: db).number(folder: folder, digest: digest) }
        archive.withLock { $0 = number }
        return number
    }

    /// The last record of a commit in a file of the archive, by the file's final name; nil = there is none.
    package func lastPlace(inFile name: String, of archive: Int64) throws -> ArchivePlace? {
        try read(reader) { db in try ArchiveTable(db: db).file(name, of: archive)?.last }
    }

    /// The URL's page in the archive that it was written to last; nil = the URL is unknown, or its page is in none. If its
    /// digest is not that of the URL's record, the page has changed since while nothing was archived.
    package func archivedPage(_ url: CrawlURL) throws -> StoredPage? {
        try read(reader) { db in
            guard let id = try find(db, url) else { return nil }
            let row = try RawStatement(
                db,
                """
                SELECT f.name, a.offset, a.length, h.folder, h.digest, a.record_id, a.at, a.digest, a.payload
                FROM archived a JOIN archive_file f ON f.id = a.file JOIN archive h ON h.id = f.archive
                WHERE a.id = ?
                """)
            row.bind(id, at: 1)
            defer { row.reset() }
            guard try row.step(),
                let place = ArchivePlace(stored: row.text(0), offset: row.int(1), length: row.int(2)),
                let digest = Digest256(row.bytes(7)), let payload = ArchivedRow.payload(row, 8)
            else { return nil }
            return StoredPage(
                place: place, folder: row.text(3), algorithm: row.text(4), record: RecordNumber(row.bytes(5)),
                at: HealthRow.time(row.int(6)), digest: digest, payload: payload)
        }
    }

    /// What the page was at its last success, for a lease; nil = it had none.
    func content(_ db: Database, _ id: Int64) throws -> ContentBox? {
        guard let content = try ContentRow.load(db, id) else { return nil }
        guard let archive = archive.withLock({ $0 }) else { return ContentBox(content) }
        return ContentBox(
            content, archived: try ArchivedRow.load(db, id, of: archive, page: content.digest))
    }
}
