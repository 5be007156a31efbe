package import CrawlCore
import Foundation
import GRDB

/// Figures of the frontier; every one is kept or cheap to read, none is counted over rows.
package struct FrontierStats: Sendable {
    /// URLs by state; a state without URLs may be missing.
    package var urls: [URLState: Int] = [:]
    /// Scheduled URLs of origins that are held.
    package var heldURLs = 0
    package var openIncidents = 0
    /// Those that a relapse holds back too.
    package var pendingDeliveries = 0
    /// Since the frontier was made.
    package var givenUpDeliveries = 0
    /// Jobs that have not ended.
    package var openSitemaps = 0
    package var databaseBytes: Int64 = 0
    package var walBytes: Int64 = 0
}

extension FrontierStore {
    /// Rows that were inserted, changed or deleted since the store was opened, by whichever commit: what a commit costs is
    /// the difference. Waits for a commit that is under way.
    package func rowsWritten() throws -> Int {
        try read(writer) { db in db.totalChangesCount }
    }

    package func stats() throws -> FrontierStats {
        sized(try read(reader) { try stats($0) })
    }

    /// Both as they were at one moment.
    package func figures(now: Instant) throws -> (stats: FrontierStats, ledger: StoredLedger) {
        let found = try read(reader) { db in (try stats(db), try ledger(db, now: now)) }
        return (sized(found.0), found.1)
    }

    private func stats(_ db: Database) throws -> FrontierStats {
        var stats = FrontierStats()
        let tally = try RawStatement(db, "SELECT state, urls FROM tally")
        defer { tally.reset() }
        while try tally.step() { stats.urls[Self.state(tally.int(0))] = tally.count(1) }
        // All of these are short by nature, and each has a partial index of its own.
        stats.openIncidents = Int(try Self.count(db, "SELECT count(*) FROM incident WHERE closed_at IS NULL"))
        stats.pendingDeliveries = Int(
            try Self.count(db, "SELECT count(*) FROM delivery WHERE state = 0")
                + Self.count(db, "SELECT count(*) FROM delivery WHERE state = 3"))
        stats.givenUpDeliveries = Int(clamping: try Fact.int(db, Self.givenUpFact) ?? 0)
        stats.heldURLs = try HoldTable.sum(db)
        stats.openSitemaps = Int(try Self.count(db, "SELECT count(*) FROM sitemap_job WHERE ended_at IS NULL"))
        return stats
    }

    private func sized(_ stats: FrontierStats) -> FrontierStats {
        var stats = stats
        stats.databaseBytes = Self.size(path)
        stats.walBytes = Self.size(path + "-wal")
        return stats
    }

    private static func count(_ db: Database, _ sql: String) throws -> Int64 {
        let row = try RawStatement(db, sql)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }

    static func size(_ path: String) -> Int64 {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? 0
    }
}
