import CrawlCore
import GRDB

/// Rows of the `block` table: written at once, for a block must survive a crash.
enum BlockTable {
    static func save(_ db: Database, _ block: OriginBlock, of origin: Int64) throws {
        // Of two in one commit the longer one stands, whatever their order.
        let row = try RawStatement(
            db,
            """
            INSERT INTO block (origin, until, level, forgiven_at, edge_code, edge_since, edge_wait_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (origin) DO UPDATE SET until = ?2, level = ?3, forgiven_at = ?4, edge_code = ?5,
                edge_since = ?6, edge_wait_ms = ?7 WHERE ?2 >= until
            """)
        row.bind(origin, at: 1)
        row.bind(block.until.ms, at: 2)
        row.bind(Int64(block.level), at: 3)
        row.bind(block.forgivenAt.ms, at: 4)
        row.bind(block.edge.map { Int64($0.code) }, at: 5)
        row.bind(block.edge?.since, at: 6)
        row.bind(block.edge?.wait.ms, at: 7)
        try row.run()
    }

    /// Those that still count; the others are forgotten, see `OriginBlock.forgottenAt`.
    static func load(_ db: Database, now: Instant) throws -> [(origin: Int64, block: OriginBlock)] {
        let old = try RawStatement(
            db, "DELETE FROM block WHERE until <= ?1 AND forgiven_at <= ?1 AND (edge_code IS NULL OR until <= ?2)")
        old.bind(now.ms, at: 1)
        old.bind((now - EdgeThrottle.patience).ms, at: 2)
        try old.run()
        let rows = try RawStatement(db, "SELECT origin, \(columns) FROM block")
        defer { rows.reset() }
        var blocks: [(origin: Int64, block: OriginBlock)] = []
        while try rows.step() {
            blocks.append((rows.int(0), block(rows, from: 1)))
        }
        return blocks
    }

    static func load(_ db: Database, of origin: Int64) throws -> OriginBlock? {
        let row = try RawStatement(db, "SELECT \(columns) FROM block WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? block(row, from: 0) : nil
    }

    static let columns = "until, level, forgiven_at, edge_code, edge_since, edge_wait_ms"

    /// A code, moment or wait of a damaged row that cannot be is none.
    private static func block(_ row: RawStatement, from first: Int32) -> OriginBlock {
        var block = OriginBlock(
            until: Instant(ms: row.int(first)), level: Int(min(max(row.int(first + 1), 0), 40)),
            forgivenAt: Instant(ms: row.int(first + 2)))
        if let code = row.optionalInt(first + 3).map({ Int(clamping: $0) }), EdgeThrottle.firstWait(of: code) != nil,
            let since = row.instant(first + 4), let wait = row.optionalInt(first + 5), wait >= 0
        {
            block.edge = EdgeThrottle(
                code: code, since: HealthRow.time(since.ms), wait: min(.milliseconds(wait), OriginBlock.longest))
        }
        return block
    }
}
