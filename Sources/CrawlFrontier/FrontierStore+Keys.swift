import GRDB

// Which rows a page of a list has: what stands in them is read when it is sent.

/// What was read of the rows that a page has.
package struct PageRows<Row: Sendable>: Sendable {
    /// In the order of their keys; those that are gone, or no longer what was asked for, are left out.
    package var rows: [Row] = []
    /// Of so many of the keys, from the first on: reading ends with the row that passes the bytes that were allowed.
    package var taken = 0
}

extension PageRows {
    /// - Parameters:
    ///   - bytes: of all rows, about, as JSON; at least one is read.
    ///   - read: a row and how large it is, about; nil = it is gone.
    init<Key>(of keys: [Key], within bytes: Int, _ read: (Key) throws -> (row: Row, bytes: Int)?) rethrows {
        var held = 0
        for key in keys where held < bytes || taken == 0 {
            taken += 1
            guard let (row, size) = try read(key) else { continue }
            rows.append(row)
            held += size
        }
    }
}

extension FrontierStore {
    /// Of `incidents`.
    package func incidentKeys(
        openOnly: Bool, cause: String? = nil, after: String?, limit: Int
    ) throws -> PageKeys<String> {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT id FROM incident
                WHERE id > ?1 AND (?3 IS NULL OR cause = ?3) \(openOnly ? "AND closed_at IS NULL" : "")
                ORDER BY id LIMIT ?2
                """)
            rows.bind(after ?? "", at: 1)
            rows.bind(cause, at: 3)
            return try Self.keys(rows, limit) { $0.text(0) }
        }
    }

    /// Of `alerts`.
    package func alertKeys(openOnly: Bool = false, after: Int64, limit: Int) throws -> PageKeys<Int64> {
        try read(reader) { db in
            let rows = try RawStatement(db, openOnly ? Self.undelivered : Self.everyAlert)
            rows.bind(after, at: 1)
            return try Self.keys(rows, limit) { $0.int(0) }
        }
    }

    private static let everyAlert = "SELECT seq FROM alert WHERE seq > ?1 ORDER BY seq LIMIT ?2"

    /// Those that wait for a sink, or for a relapse.
    private static let undelivered = """
        SELECT seq FROM delivery WHERE state = 0 AND seq > ?1
        UNION SELECT seq FROM delivery WHERE state = 3 AND seq > ?1 ORDER BY seq LIMIT ?2
        """

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
