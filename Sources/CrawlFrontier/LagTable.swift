package import CrawlCore
import GRDB

/// Consumers by how near they are to losing results, and the incidents that tell of it.
struct LagTable {
    let db: Database
    let incidents: IncidentStore

    private struct Reader {
        var name: String
        var cursor: Int64
        /// Of an open one; nil = nothing is told of it.
        var incident: ULID?
    }

    /// What is to be told, or has ended.
    struct Change {
        var name: String
        var unread: ResultLag.Unread
        var lag: ResultLag
        var incident: ULID?
    }

    /// `limits` nil = there is no feed: whatever is told is over.
    static func changes(_ db: Database, _ limits: ResultLimits?, now: Instant) throws -> [Change] {
        let feed = ResultFeed(db: db)
        let readers = try readers(db)
        guard !readers.isEmpty else { return [] }
        let head = try feed.head() ?? 0
        let (begins, bytes) = (try feed.begins(head: head), try feed.bytes())
        return try readers.compactMap { reader in
            var unread = ResultLag.Unread(rows: 0, bytes: 0, oldestAt: nil, hasLost: false)
            if limits != nil { unread = try self.unread(db, reader.cursor, begins, head, bytes) }
            let lag = ResultLag(unread, limits ?? ResultLimits(), now: now)
            guard reader.incident == nil ? lag.isTold : lag.isOver else { return nil }
            return Change(name: reader.name, unread: unread, lag: lag, incident: reader.incident)
        }
    }

    private static func readers(_ db: Database) throws -> [Reader] {
        let rows = try RawStatement(
            db,
            """
            SELECT c.name, c.cursor, i.id FROM result_consumer c
            LEFT JOIN incident i ON i.id = c.incident AND i.closed_at IS NULL ORDER BY c.name
            """)
        defer { rows.reset() }
        var readers: [Reader] = []
        while try rows.step() {
            readers.append(
                Reader(
                    name: rows.text(0), cursor: min(max(rows.int(1), 0), 1 << 60),
                    incident: rows.optionalText(2).flatMap { ULID($0) }))
        }
        return readers
    }

    /// Rows are taken for equally large: the bytes of those behind a place are not counted.
    private static func unread(
        _ db: Database, _ cursor: Int64, _ begins: Int64, _ head: Int64, _ bytes: Int64
    ) throws -> ResultLag.Unread {
        let (kept, unread) = (max(head - begins, 0), max(head - max(cursor, begins), 0))
        let share = kept > 0 ? Double(min(unread, kept)) / Double(kept) : 0
        let row = try RawStatement(db, "SELECT at FROM result WHERE seq > ? ORDER BY seq LIMIT 1")
        row.bind(cursor, at: 1)
        defer { row.reset() }
        return ResultLag.Unread(
            rows: max(head - cursor, 0), bytes: Int64(Double(max(bytes, 0)) * share),
            oldestAt: try row.step() ? row.instant(0) : nil, hasLost: cursor < min(begins, head))
    }

    // MARK: Writing

    /// `how`: what is over has ended so.
    func write(_ change: Change, how: AlertFacts.Ending, now: Instant) throws {
        guard change.incident == nil else { return try end(change.name, how: how, now: now) }
        var random = SystemRandomNumberGenerator()
        let incident = ULID(at: now, using: &random)
        var opening = IncidentOpening(
            incident: incident, event: .resultsLag, subject: .consumer(change.name), cause: change.lag.bound.rawValue,
            firstAt: min(change.unread.oldestAt ?? now, now), lastAt: now,
            observations: Int(clamping: change.unread.rows), requestsSpent: 0)
        opening.urlsAffected = 0
        try incidents.open(opening, at: now)
        try save(incident, change.name)
    }

    /// Nothing, if nothing is told of it.
    func end(_ name: String, how: AlertFacts.Ending, now: Instant) throws {
        let row = try RawStatement(db, "SELECT incident FROM result_consumer WHERE name = ? AND incident IS NOT NULL")
        row.bind(name, at: 1)
        let incident = try row.step() ? ULID(row.text(0)) : nil
        row.reset()
        guard let incident else { return }
        try incidents.close(incident, how: how, at: now, wait: .zero)
        try save(nil, name)
    }

    private func save(_ incident: ULID?, _ name: String) throws {
        let row = try RawStatement(db, "UPDATE result_consumer SET incident = ? WHERE name = ?")
        row.bind(incident?.description, at: 1)
        row.bind(name, at: 2)
        try row.run()
    }
}

extension FrontierStore {
    /// Tells of consumers that come near a bound of the feed, and of those that have caught up. True = there are new
    /// messages.
    package func tellOfLag(now: Instant) throws -> Bool {
        let limits = options.results
        // Most looks find nothing: those need no transaction that writes.
        guard try !read(reader, { try LagTable.changes($0, limits, now: now) }).isEmpty else { return false }
        return try write { db in
            let table = LagTable(db: db, incidents: incidentStore(db))
            let changes = try LagTable.changes(db, limits, now: now)
            for change in changes {
                try table.write(change, how: limits == nil ? .withdrawn : .recovered, now: now)
            }
            return !changes.isEmpty
        }
    }
}
