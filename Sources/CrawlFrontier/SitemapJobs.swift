package import CrawlCore
import GRDB

/// What came of a sitemap that was asked for.
package struct StoredSitemapJob: Sendable, Hashable {
    package var id: Int64
    /// Of the root.
    package var url: String
    package var askedAt: Instant
    /// nil = documents wait or are read.
    package var endedAt: Instant?
    package var documents: Int
    /// Read to their ends.
    package var documentsDone: Int
    /// Not read, or not to their ends.
    package var documentsFailed: Int
    /// Lines read: pages and sitemaps.
    package var entries: Int
    /// Pages that were unknown.
    package var new: Int
    package var known: Int
    /// Lines that are no URL for us.
    package var rejected: Int
    /// Lines that lead to another site; not among `rejected`.
    package var foreign: Int
    /// Why the first document that was not read to its end was not; part of the interface.
    package var reason: String?
    package var reasonURL: String?

    /// As users see it.
    package var state: String {
        guard endedAt != nil else { return entries > 0 || documentsDone > 0 ? "reading" : "waiting" }
        guard reason != nil else { return "done" }
        return entries > 0 ? "cut" : "failed"
    }
}

extension FrontierStore {
    /// In the order they were asked for, from the one after `after` on.
    package func sitemapJobs(openOnly: Bool, after: Int64, limit: Int) throws -> [StoredSitemapJob] {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT \(StoredSitemapJob.columns) FROM sitemap_job
                WHERE id > ?1 \(openOnly ? "AND ended_at IS NULL" : "") ORDER BY id LIMIT ?2
                """)
            rows.bind(after, at: 1)
            rows.bind(Int64(limit), at: 2)
            return try StoredSitemapJob.all(rows)
        }
    }

    /// Jobs of which every document is settled have ended: returned once, their documents forgotten.
    package func endSitemapJobs(now: Instant) throws -> [StoredSitemapJob] {
        try write { db in
            let rows = try RawStatement(
                db,
                """
                UPDATE sitemap_job SET ended_at = ?
                WHERE ended_at IS NULL AND documents = documents_done + documents_failed
                RETURNING \(StoredSitemapJob.columns)
                """)
            rows.bind(now.ms, at: 1)
            let ended = try StoredSitemapJob.all(rows)
            for job in ended {
                let documents = try RawStatement(db, "DELETE FROM sitemap_document WHERE job = ?")
                documents.bind(job.id, at: 1)
                try documents.run()
            }
            return ended
        }
    }
}

extension StoredSitemapJob {
    static let columns = """
        id, url, asked_at, ended_at, documents, documents_done, documents_failed, entries, new, known, rejected,
        foreign_hosts, reason, reason_url
        """

    fileprivate static func all(_ rows: RawStatement) throws -> [StoredSitemapJob] {
        defer { rows.reset() }
        var found: [StoredSitemapJob] = []
        while try rows.step() {
            found.append(
                StoredSitemapJob(
                    id: rows.int(0), url: rows.text(1), askedAt: Instant(ms: rows.int(2)), endedAt: rows.instant(3),
                    documents: Int(clamping: rows.int(4)), documentsDone: Int(clamping: rows.int(5)),
                    documentsFailed: Int(clamping: rows.int(6)), entries: Int(clamping: rows.int(7)),
                    new: Int(clamping: rows.int(8)), known: Int(clamping: rows.int(9)),
                    rejected: Int(clamping: rows.int(10)), foreign: Int(clamping: rows.int(11)),
                    reason: rows.optionalText(12), reasonURL: rows.optionalText(13)))
        }
        return found
    }
}
