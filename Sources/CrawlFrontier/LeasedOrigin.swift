import CrawlCore
import GRDB

/// What a lease has to know of an origin before it reads its URLs, in one statement: what the origin does not have is
/// not asked for. Nothing of it is kept, so that it cannot disagree with the rows that it tells of; each part is a seek,
/// most of them into tables that have no row of an untroubled origin.
struct LeasedOrigin {
    private let row: RawStatement
    private let origin: Int64

    /// nil = the origin is unknown. Else `close` it.
    init?(_ db: Database, _ origin: Int64) throws {
        row = try RawStatement(
            db,
            """
            SELECT o.key,
                EXISTS (SELECT 1 FROM breaker WHERE origin = ?1),
                EXISTS (SELECT 1 FROM health WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40),
                EXISTS (SELECT 1 FROM refusal WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40),
                (SELECT priority FROM url WHERE id >> 40 = ?1 AND due_at IS NOT NULL ORDER BY priority LIMIT 1),
                EXISTS (SELECT 1 FROM health WHERE id = ~?1),
                r.origin, r.version, r.copy_at, r.expires_at, r.text, r.is_cut
            FROM origin o LEFT JOIN robots r ON r.origin = o.id WHERE o.id = ?1
            """)
        self.origin = origin
        row.bind(origin, at: 1)
        guard try row.step() else {
            row.reset()
            return nil
        }
    }

    func close() { row.reset() }

    var key: [UInt8] { Array(row.bytes(0)) }
    var hasBreaker: Bool { row.int(1) != 0 }
    /// URLs of it fail, or did.
    var hasHealth: Bool { row.int(2) != 0 }
    var hasRefused: Bool { row.int(3) != 0 }
    /// Of its URLs with a due time, due or not; nil = there are none.
    var lowestPriority: Int64? { row.optionalInt(4) }

    /// What is known of its robots.txt; never asked = nothing.
    func robots(_ db: Database, _ settings: RobotsSettings) throws -> OriginRobots {
        var known = OriginRobots()
        guard row.optionalInt(6) != nil else { return known }
        known.version = row.int(7)
        known.copyAt = row.instant(8)
        known.isCut = row.int(11) != 0
        // A copy is never used for longer than it may be now, whatever was allowed when it was fetched.
        known.expiresAt = known.copyAt.flatMap { at in row.instant(9).map { min($0, at + settings.lifetime) } }
        let text = row.bytes(10)
        if !text.isEmpty { known.rules = RobotsRules(parsing: Array(text), productToken: settings.productToken) }
        if row.int(5) != 0 { try RobotsTable(db: db).loadHealth(of: origin, into: &known) }
        return known
    }
}
