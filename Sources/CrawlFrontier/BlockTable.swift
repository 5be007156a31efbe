import CrawlCore
import GRDB

/// Rows of the `block` table: written at once, for a block must survive a crash.
enum BlockTable {
    static func save(_ db: Database, _ block: OriginBlock, of origin: Int64) throws {
        // Of two in one commit the longer one stands, whatever their order.
        let row = try RawStatement(
            db,
            """
            INSERT INTO block VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (origin) DO UPDATE SET until = ?2, level = ?3, forgiven_at = ?4 WHERE ?2 >= until
            """)
        row.bind(origin, at: 1)
        row.bind(block.until.ms, at: 2)
        row.bind(Int64(block.level), at: 3)
        row.bind(block.forgivenAt.ms, at: 4)
        try row.run()
    }

    /// Those that still count; the others are forgotten.
    static func load(_ db: Database, now: Instant) throws -> [(origin: Int64, block: OriginBlock)] {
        let old = try RawStatement(db, "DELETE FROM block WHERE until <= ?1 AND forgiven_at <= ?1")
        old.bind(now.ms, at: 1)
        try old.run()
        let rows = try RawStatement(db, "SELECT origin, until, level, forgiven_at FROM block")
        defer { rows.reset() }
        var blocks: [(origin: Int64, block: OriginBlock)] = []
        while try rows.step() {
            let block = OriginBlock(
                until: Instant(ms: rows.int(1)), level: Int(min(max(rows.int(2), 0), 40)),
                forgivenAt: Instant(ms: rows.int(3)))
            blocks.append((rows.int(0), block))
        }
        return blocks
    }

    static func load(_ db: Database, of origin: Int64) throws -> OriginBlock? {
        let row = try RawStatement(db, "SELECT until, level, forgiven_at FROM block WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return OriginBlock(
            until: Instant(ms: row.int(0)), level: Int(min(max(row.int(1), 0), 40)), forgivenAt: Instant(ms: row.int(2))
        )
    }
}
