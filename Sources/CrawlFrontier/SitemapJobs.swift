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
    /// What `rejected` is made of, the most frequent first.
    package var rejections: [SitemapRejection] = []
    /// Other hosts whose robots.txt is awaited, because it may name the sitemap, until then at the latest; nil = none.
    package var awaitsRobotsUntil: Instant?

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
            return try StoredSitemapJob.all(rows).map { try whole(db, $0) }
        }
    }

    /// The first of them, as many as fit into `bytes`; with `openOnly` those that have ended are left out.
    package func sitemapJobs(
        _ ids: [Int64], openOnly: Bool, within bytes: Int
    ) throws -> PageRows<StoredSitemapJob> {
        try read(reader) { db in
            try PageRows(of: ids, within: bytes) { id in
                let row = try RawStatement(db, "SELECT \(StoredSitemapJob.columns) FROM sitemap_job WHERE id = ?")
                row.bind(id, at: 1)
                guard let job = try StoredSitemapJob.all(row).first else { return nil }
                guard !openOnly || job.endedAt == nil else { return nil }
                return (try whole(db, job), job.url.utf8.count + (job.reasonURL?.utf8.count ?? 0) + 1024)
            }
        }
    }

    private func whole(_ db: Database, _ job: StoredSitemapJob) throws -> StoredSitemapJob {
        let store = SitemapStore(db: db, now: Instant(ms: 0))
        var job = job
        job.rejections = try store.rejections(of: job.id)
        if job.endedAt == nil { job.awaitsRobotsUntil = try store.robotsDeadline(of: job.id) }
        return job
    }

    /// By job, of those that are open: the document that is fetched next, of the first few that wait.
    package func nextSitemaps(of jobs: [StoredSitemapJob]) throws -> [Int64: StoredURL] {
        var next: [Int64: StoredURL] = [:]
        for job in jobs where job.endedAt == nil {
            let ids = try read(reader) { db in
                let rows = try RawStatement(
                    db, "SELECT id FROM sitemap_document WHERE job = ? AND state = 0 ORDER BY id LIMIT 20")
                rows.bind(job.id, at: 1)
                defer { rows.reset() }
                var ids: [Int64] = []
                while try rows.step() { ids.append(rows.int(0)) }
                return ids
            }
            guard !ids.isEmpty else { continue }
            next[job.id] = try records(ids).min { $0.dueAt ?? .distantFuture < $1.dueAt ?? .distantFuture }
        }
        return next
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
            let store = SitemapStore(db: db, now: now)
            return try StoredSitemapJob.all(rows).map { job in
                for sql in ["DELETE FROM sitemap_document WHERE job = ?", "DELETE FROM sitemap_robots WHERE job = ?"] {
                    let rows = try RawStatement(db, sql)
                    rows.bind(job.id, at: 1)
                    try rows.run()
                }
                var job = job
                job.rejections = try store.rejections(of: job.id)
                return job
            }
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
