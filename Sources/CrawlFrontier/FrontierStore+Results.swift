import CrawlCore
import GRDB

extension FrontierStore {
    /// Rows looked at for one piece, wanted or not.
    static let resultsLookedAt = 5_000

    /// What a row takes in JSON beside its texts, about.
    private static let resultBytes = 320

    /// Rows after `after` in their order, at most `limit` and about as many as fit into `bytes`; nil = from where the feed
    /// begins. No transaction stays open between two pieces. Throws `ResultFault`.
    package func results(
        after: Int64?, _ filter: ResultFilter = ResultFilter(), limit: Int, within bytes: Int
    ) throws -> ResultPage {
        try read(reader) { db -> Result<ResultPage, ResultFault> in
            let feed = ResultFeed(db: db)
            guard options.results != nil, let head = try feed.head() else { return .failure(.off) }
            let begins = try feed.begins(head: head)
            let start = after ?? begins
            if let fault = Self.fault(at: start, begins: begins, head: head) { return .failure(fault) }
            return .success(try results(db, after: start, head: head, filter, limit, bytes))
        }.get()
    }

    /// nil = the feed can be read after it.
    static func fault(at cursor: Int64, begins: Int64, head: Int64) -> ResultFault? {
        guard ResultFeed.isOfSameFeed(cursor, head), cursor <= head else { return .unknownCursor(head: head) }
        return cursor < begins ? .gone(begins: begins) : nil
    }

    private func results(
        _ db: Database, after: Int64, head: Int64, _ filter: ResultFilter, _ limit: Int, _ bytes: Int
    ) throws -> ResultPage {
        let rows = try RawStatement(
            db,
            """
            SELECT r.seq, r.url_id, r.path, r.at, r.answer, r.priority, r.changed, r.bytes, r.digest, r.content_type,
                r.redirect, r.event, o.key, f.name, r.warc_offset, r.warc_length
            FROM result r LEFT JOIN origin o ON o.id = r.url_id >> 40 LEFT JOIN result_file f ON f.id = r.warc_file
            WHERE r.seq > ?1 ORDER BY r.seq LIMIT ?2
            """)
        rows.bind(after, at: 1)
        rows.bind(Int64(Self.resultsLookedAt), at: 2)
        defer { rows.reset() }
        let origin = try filter.origin.map { try Self.origin(db, $0) ?? -1 }
        var page = ResultPage(next: after, head: head)
        var held = 0
        while page.rows.count < limit, held < bytes || page.rows.isEmpty, try rows.step() {
            page.next = rows.int(0)
            let outcome = LastAnswer(stored: rows.int(4)).outcome
            if let origin, URLKey.origin(of: rows.int(1)) != origin { continue }
            if !filter.outcomes.isEmpty, !(outcome.map(filter.outcomes.contains) ?? false) { continue }
            let result = try stored(db, rows)
            held += Self.size(of: result)
            page.rows.append(result)
        }
        return page
    }

    private static func size(of result: StoredResult) -> Int {
        resultBytes + result.url.utf8.count + (result.redirect?.utf8.count ?? 0)
            + (result.contentType?.utf8.count ?? 0) + (result.meta?.utf8.count ?? 0)
    }

    private func stored(_ db: Database, _ row: RawStatement) throws -> StoredResult {
        let path = row.text(2)
        let answer = LastAnswer(stored: row.int(4))
        var result = StoredResult(
            seq: row.int(0), url: row.text(12) + path, at: Instant(ms: row.int(3)), outcome: answer.outcome,
            status: answer.status, priority: Int(clamping: row.int(5)), bytes: max(row.int(7), 0))
        result.isChanged = row.optionalInt(6).map { $0 != 0 }
        result.digest = Digest256(row.bytes(8))
        result.contentType = row.optionalText(9)
        result.redirect = row.optionalText(10)
        result.event = row.optionalInt(11).flatMap { ResultEvent(rawValue: UInt8(clamping: $0)) }
        result.meta = try meta(db, row.int(1), path)
        if let file = row.optionalText(13) {
            result.place = ArchivePlace(file: file, offset: max(row.int(14), 0), length: max(row.int(15), 0))
        }
        return result
    }

    /// By that number there may be another URL by now.
    private func meta(_ db: Database, _ id: Int64, _ path: String) throws -> String? {
        let row = try RawStatement(db, "SELECT n.meta, u.path FROM note n JOIN url u ON u.id = n.id WHERE n.id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step(), row.text(1) == path else { return nil }
        return row.optionalText(0)
    }
}
