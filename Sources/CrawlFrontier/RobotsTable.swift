import CrawlCore
import GRDB

/// Rows of the `robots` table, each with a health row of its own while its last answer was none.
struct RobotsTable {
    let db: Database

    /// What is known of the origin's robots.txt; never asked = nothing.
    func load(_ origin: Int64, _ settings: RobotsSettings) throws -> OriginRobots {
        let row = try RawStatement(db, "SELECT version, copy_at, expires_at, text FROM robots WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        var known = OriginRobots()
        guard try row.step() else { return known }
        known.version = row.int(0)
        known.copyAt = row.instant(1)
        // A copy is never used for longer than it may be now, whatever was allowed when it was fetched.
        known.expiresAt = known.copyAt.flatMap { at in row.instant(2).map { min($0, at + settings.lifetime) } }
        let text = row.bytes(3)
        if !text.isEmpty { known.rules = RobotsRules(parsing: Array(text), productToken: settings.productToken) }
        let id = URLKey.robots(of: origin)
        known.health = try HealthRow.load(db, id)
        if known.health != nil {
            let due = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?")
            due.bind(id, at: 1)
            if try due.step() { known.dueAt = due.instant(0) ?? .distantFuture }
            due.reset()
        }
        return known
    }

    enum Saved {
        /// The row was changed by hand since: nothing of the change counts.
        case void
        case saved
        /// The same, and the rules are not those of before.
        case newRules
    }

    func save(_ change: RobotsChange) throws -> Saved {
        let before = try RawStatement(db, "SELECT version, text FROM robots WHERE origin = ?")
        before.bind(change.origin, at: 1)
        let isKnown = try before.step()
        let version = isKnown ? before.int(0) : 0
        let isNew = change.copy.map { !(isKnown && before.bytes(1).elementsEqual($0.text)) } ?? false
        before.reset()
        guard version == change.version else { return .void }
        let row = try RawStatement(
            db,
            """
            INSERT INTO robots (origin, version, hold, asked_at, answer, copy_at, expires_at, found_at, text)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (origin) DO UPDATE SET hold = ?3, asked_at = ?4, answer = ?5
            """)
        row.bind(change.origin, at: 1)
        row.bind(change.version, at: 2)
        row.bind(Int64(change.hold?.rawValue ?? 0), at: 3)
        row.bind(change.at, at: 4)
        row.bind(LastAnswer(change.outcome, status: change.status).stored, at: 5)
        if let copy = change.copy { bind(copy, at: change.at, row) }
        try row.run()
        guard let copy = change.copy else { return .saved }
        let update = try RawStatement(
            db, "UPDATE robots SET copy_at = ?6, expires_at = ?7, found_at = ?8, text = ?9 WHERE origin = ?1")
        update.bind(change.origin, at: 1)
        bind(copy, at: change.at, update)
        try update.run()
        return isNew ? .newRules : .saved
    }

    private func bind(_ copy: RobotsChange.Copy, at: Instant, _ row: RawStatement) {
        row.bind(at, at: 6)
        row.bind(copy.expiresAt, at: 7)
        row.bind(copy.foundAt, at: 8)
        row.bindBlob(copy.text, at: 9)
    }

    // MARK: Held origins

    func hold(of origin: Int64) throws -> OriginRobots.Hold? {
        let row = try RawStatement(db, "SELECT hold FROM robots WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? OriginRobots.Hold(rawValue: UInt8(clamping: row.int(0))) : nil
    }

    /// Origins that are held, from the one after `after` on.
    func held(after: Int64, limit: Int) throws -> [Int64] {
        let rows = try RawStatement(
            db, "SELECT origin FROM robots WHERE hold <> 0 AND origin > ? ORDER BY origin LIMIT ?")
        rows.bind(after, at: 1)
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var origins: [Int64] = []
        while try rows.step() { origins.append(rows.int(0)) }
        return origins
    }

    /// An operator takes the origin's troubles off it. Returns the incident that was open.
    func release(_ origin: Int64) throws -> ULID? {
        let id = URLKey.robots(of: origin)
        let incident = try HealthRow.load(db, id)?.mark?.incident
        try HealthRow.delete(db, id)
        let row = try RawStatement(db, "UPDATE robots SET hold = 0, version = version + 1 WHERE origin = ?")
        row.bind(origin, at: 1)
        try row.run()
        return incident
    }
}
