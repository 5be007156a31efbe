import CrawlCore
import GRDB

/// Rows of the `robots` table, each with a health row of its own while its last answer was none.
struct RobotsTable {
    let db: Database

    /// What is known of the origin's robots.txt; never asked = nothing.
    func load(_ origin: Int64, _ settings: RobotsSettings) throws -> OriginRobots {
        guard let row = try LeasedOrigin(db, origin) else { return OriginRobots() }
        defer { row.close() }
        return try row.robots(db, settings)
    }

    /// Of a robots.txt whose last answer was none.
    func loadHealth(of origin: Int64, into known: inout OriginRobots) throws {
        let id = URLKey.robots(of: origin)
        known.health = try HealthRow.load(db, id)
        guard known.health != nil else { return }
        let due = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?")
        due.bind(id, at: 1)
        if try due.step() { known.dueAt = due.instant(0) ?? .distantFuture }
        due.reset()
    }

    /// See `StoredRobots.fault`.
    func fault(of origin: Int64) throws -> RobotsFault? {
        let row = try RawStatement(db, "SELECT is_cut, fault FROM robots WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? Self.fault(isCut: row.int(0), last: row.optionalInt(1)) : nil
    }

    static func fault(isCut: Int64, last: Int64?) -> RobotsFault? {
        isCut != 0 ? .cut : last.flatMap { RobotsFault(rawValue: UInt8(clamping: $0)) }
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
            INSERT INTO robots (origin, version, asked_at, answer, copy_at, expires_at, found_at, text, is_cut, fault)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (origin) DO UPDATE SET asked_at = ?3, answer = ?4, fault = ?10
            """)
        row.bind(change.origin, at: 1)
        row.bind(change.version, at: 2)
        row.bind(change.at, at: 3)
        row.bind(LastAnswer(change.outcome, status: change.status).stored, at: 4)
        row.bind(0, at: 9)
        if let copy = change.copy { bind(copy, at: change.at, row) }
        row.bind(change.fault.map { Int64($0.rawValue) }, at: 10)
        try row.run()
        try HoldTable(db: db).set(HoldTable.Reasons(change.hold), of: .robots, change.origin)
        guard let copy = change.copy else { return .saved }
        let update = try RawStatement(
            db,
            "UPDATE robots SET copy_at = ?5, expires_at = ?6, found_at = ?7, text = ?8, is_cut = ?9 WHERE origin = ?1")
        update.bind(change.origin, at: 1)
        bind(copy, at: change.at, update)
        try update.run()
        return isNew ? .newRules : .saved
    }

    private func bind(_ copy: RobotsChange.Copy, at: Instant, _ row: RawStatement) {
        row.bind(at, at: 5)
        row.bind(copy.expiresAt, at: 6)
        row.bind(copy.foundAt, at: 7)
        row.bindBlob(copy.text, at: 8)
        row.bind(copy.isCut ? 1 : 0, at: 9)
    }

    /// An operator takes the origin's troubles off it. Returns the incident that was open.
    func release(_ origin: Int64) throws -> ULID? {
        let id = URLKey.robots(of: origin)
        let incident = try HealthRow.load(db, id)?.mark?.incident
        try HealthRow.delete(db, id)
        try HoldTable(db: db).set([], of: .robots, origin)
        let row = try RawStatement(db, "UPDATE robots SET version = version + 1 WHERE origin = ?")
        row.bind(origin, at: 1)
        try row.run()
        return incident
    }
}
