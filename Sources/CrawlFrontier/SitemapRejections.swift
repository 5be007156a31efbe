import CrawlCore
import GRDB

extension SitemapStore {
    func add(_ rejection: SitemapRejection, to job: Int64) throws {
        let row = try RawStatement(
            db,
            """
            INSERT INTO sitemap_rejection (job, reason, entries, sample) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (job, reason) DO UPDATE SET entries = entries + ?3, sample = coalesce(sample, ?4)
            """)
        row.bind(job, at: 1)
        row.bind(rejection.reason, at: 2)
        row.bind(Int64(rejection.entries), at: 3)
        row.bind(rejection.sample, at: 4)
        try row.run()
    }

    /// The most frequent first.
    func rejections(of job: Int64) throws -> [SitemapRejection] {
        let rows = try RawStatement(
            db, "SELECT reason, entries, sample FROM sitemap_rejection WHERE job = ? ORDER BY entries DESC, reason")
        rows.bind(job, at: 1)
        defer { rows.reset() }
        var found: [SitemapRejection] = []
        while try rows.step() {
            found.append(
                SitemapRejection(reason: rows.text(0), entries: rows.count(1), sample: rows.optionalText(2)))
        }
        return found
    }
}
