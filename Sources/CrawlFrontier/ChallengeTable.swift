import CrawlCore
import GRDB

/// Rows of `challenge` and `challenged`: edges that keep robots.txt behind a challenge, and of which origins.
struct ChallengeTable {
    let db: Database

    /// Of the incident of an edge no more is told, be it a reminder, its end, or that it goes on.
    static let tellsEvery = Duration.seconds(86_400)
    /// The first message waits so long: origins that came together have their hours together.
    static let gathers = Duration.seconds(600)

    /// The open incident of an edge.
    struct Open {
        var incident: ULID
        var origins: Int
        /// The message to be rewritten while more origins join; nil = it may have been sent.
        var seq: Int64?
        var gathersUntil: Instant
    }

    func load(_ edge: Edge) throws -> Open? {
        let row = try RawStatement(db, "SELECT incident, origins, seq, gathers_until FROM challenge WHERE edge = ?")
        row.bind(Int64(edge.rawValue), at: 1)
        defer { row.reset() }
        guard try row.step(), let incident = ULID(row.text(0)) else { return nil }
        return Open(
            incident: incident, origins: Int(min(max(row.int(1), 0), 1 << 40)), seq: row.optionalInt(2),
            gathersUntil: HealthRow.time(row.int(3)))
    }

    /// Which edge challenges the origin, as told; nil = none.
    func edge(of origin: Int64) throws -> Edge? {
        let row = try RawStatement(db, "SELECT edge FROM challenged WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? Edge(rawValue: UInt8(clamping: row.int(0))) : nil
    }

    /// Some of the origins, the first that are known.
    func sample(_ edge: Edge) throws -> [String] {
        let rows = try RawStatement(
            db,
            """
            SELECT o.key FROM challenged c JOIN origin o ON o.id = c.origin WHERE c.edge = ?1 ORDER BY c.origin LIMIT ?2
            """)
        rows.bind(Int64(edge.rawValue), at: 1)
        rows.bind(Int64(AlertFacts.maxSample), at: 2)
        defer { rows.reset() }
        var found: [String] = []
        while try rows.step() { found.append(rows.text(0) + "/robots.txt") }
        return found
    }

    /// When the incident was last told of that waits for longest; nil = none is open.
    var toldAt: Instant? {
        get throws {
            let row = try RawStatement(
                db, "SELECT min(i.told_at) FROM challenge c JOIN incident i ON i.id = c.incident")
            defer { row.reset() }
            return try row.step() ? row.instant(0) : nil
        }
    }

    // MARK: Writing

    func save(_ open: Open, _ edge: Edge) throws {
        let row = try RawStatement(
            db,
            "INSERT OR REPLACE INTO challenge (edge, incident, origins, seq, gathers_until) VALUES (?, ?, ?, ?, ?)")
        row.bind(Int64(edge.rawValue), at: 1)
        row.bind(open.incident.description, at: 2)
        row.bind(Int64(open.origins), at: 3)
        row.bind(open.seq, at: 4)
        row.bind(open.gathersUntil.ms, at: 5)
        try row.run()
    }

    func delete(_ edge: Edge) throws {
        let row = try RawStatement(db, "DELETE FROM challenge WHERE edge = ?")
        row.bind(Int64(edge.rawValue), at: 1)
        try row.run()
    }

    /// False if it was there already.
    func add(_ origin: Int64, _ edge: Edge) throws -> Bool {
        let row = try RawStatement(db, "INSERT OR IGNORE INTO challenged (origin, edge) VALUES (?, ?)")
        row.bind(origin, at: 1)
        row.bind(Int64(edge.rawValue), at: 2)
        return try row.run() == 1
    }

    func remove(_ origin: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM challenged WHERE origin = ?")
        row.bind(origin, at: 1)
        try row.run()
    }
}
