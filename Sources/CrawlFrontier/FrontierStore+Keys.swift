import GRDB

// Which rows a page of a list has: what stands in them is read when it is sent.

extension FrontierStore {
    /// Of `incidents`.
    package func incidentKeys(openOnly: Bool, after: String?, limit: Int) throws -> PageKeys<String> {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT id FROM incident
                WHERE id > ?1 \(openOnly ? "AND closed_at IS NULL" : "") ORDER BY id LIMIT ?2
                """)
            rows.bind(after ?? "", at: 1)
            return try Self.keys(rows, limit) { $0.text(0) }
        }
    }

    /// Of `alerts`.
    package func alertKeys(after: Int64, limit: Int) throws -> PageKeys<Int64> {
        try read(reader) { db in
            let rows = try RawStatement(db, "SELECT seq FROM alert WHERE seq > ?1 ORDER BY seq LIMIT ?2")
            rows.bind(after, at: 1)
            return try Self.keys(rows, limit) { $0.int(0) }
        }
    }

    /// Of `sitemapJobs`.
    package func sitemapJobKeys(openOnly: Bool, after: Int64, limit: Int) throws -> PageKeys<Int64> {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT id FROM sitemap_job
                WHERE id > ?1 \(openOnly ? "AND ended_at IS NULL" : "") ORDER BY id LIMIT ?2
                """)
            rows.bind(after, at: 1)
            return try Self.keys(rows, limit) { $0.int(0) }
        }
    }

    private static func keys<Key>(
        _ rows: RawStatement, _ limit: Int, _ key: (RawStatement) -> Key
    ) throws -> PageKeys<Key> {
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var keys: [Key] = []
        while try rows.step() { keys.append(key(rows)) }
        return PageKeys(keys: keys, next: keys.count == limit ? keys.last : nil)
    }
}
