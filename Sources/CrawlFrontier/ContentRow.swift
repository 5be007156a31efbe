import CrawlCore
import GRDB

/// What a page was at its last success, as a row.
enum ContentRow {
    /// nil = it never had one.
    static func load(_ db: Database, _ id: Int64) throws -> Verdict.Content? {
        let row = try RawStatement(db, "SELECT bytes, digest, etag, last_modified, asked_as FROM content WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Verdict.Content(
            digest: Digest256(row.bytes(1)), bytes: row.int(0), etag: row.optionalText(2),
            lastModified: row.optionalText(3), askedAs: row.optionalText(4))
    }
}
