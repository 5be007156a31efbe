import CrawlCore
import GRDB

/// Where a URL's page stands in the archive, as a row.
enum ArchivedRow {
    static let sha1Bytes = 20

    /// What later records of the URL may point at: a response in this archive whose body is the page as it was last. nil = there
    /// is none.
    static func load(_ db: Database, _ id: Int64, of archive: Int64, page: Digest256?) throws -> ArchivedResponse? {
        // Changed while nothing was archived, or what it is now is not there.
        guard let page else { return nil }
        let row = try RawStatement(
            db,
            """
            SELECT a.record_id, a.at, a.digest, a.payload FROM archived a JOIN archive_file f ON f.id = a.file
            WHERE a.id = ? AND f.archive = ?
            """)
        row.bind(id, at: 1)
        row.bind(archive, at: 2)
        defer { row.reset() }
        guard try row.step(), let number = RecordNumber(row.bytes(0)), Digest256(row.bytes(2)) == page,
            let payload = payload(row, 3)
        else { return nil }
        return ArchivedResponse(id: number, at: HealthRow.time(row.int(1)), digest: page, payload: payload)
    }

    /// nil = the row says what no digest is.
    static func payload(_ row: RawStatement, _ column: Int32) -> Digest256?? {
        let bytes = row.bytes(column)
        if bytes.isEmpty { return .some(nil) }
        guard bytes.count == sha1Bytes else { return nil }
        return .some(Digest256(Array(bytes) + [UInt8](repeating: 0, count: 32 - sha1Bytes)))
    }
}
