import CrawlCore
import GRDB

/// What a page was at its last success, as a row.
enum ContentRow {
    /// nil = it never had one.
    static func load(_ db: Database, _ id: Int64) throws -> Verdict.Content? {
        let row = try RawStatement(
            db,
            """
            SELECT bytes, digest, etag, last_modified, asked_as, conditional_faults, plain_until
            FROM content WHERE id = ?
            """)
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        var content = Verdict.Content(
            digest: Digest256(row.bytes(1)), bytes: row.int(0), etag: row.optionalText(2),
            lastModified: row.optionalText(3), askedAs: row.optionalText(4))
        content.trust = ValidatorTrust(faults: row.int(5), plainUntil: row.optionalInt(6).map(HealthRow.time))
        return content
    }

    /// The next request is a plain one, and its answer brings others.
    static func forgetValidators(_ db: Database, _ id: Int64) throws {
        let row = try RawStatement(
            db,
            """
            UPDATE content SET etag = NULL, last_modified = NULL
            WHERE id = ? AND (etag IS NOT NULL OR last_modified IS NOT NULL)
            """)
        row.bind(id, at: 1)
        try row.run()
    }
}
