package import CrawlCore
import Foundation
import GRDB

/// Figures of the frontier; every one is kept or cheap to read, none is counted over rows.
package struct FrontierStats: Sendable {
    /// URLs by state; a state without URLs may be missing.
    package var urls: [URLState: Int] = [:]
    /// Scheduled URLs of origins that are held.
    package var heldURLs = 0
    /// Of these the ones with an open run of their own, at origins that are broken, and at those that turn us away.
    package var heldRuns = HeldRuns()
    /// Origins that are held, by why; one that has none may be missing.
    package var heldOrigins: [OriginRobots.Hold: Int] = [:]
    package var openIncidents = 0
    /// Those that a relapse holds back too.
    package var pendingDeliveries = 0
    /// Since the frontier was made.
    package var givenUpDeliveries = 0
    /// Jobs that have not ended.
    package var openSitemaps = 0
    package var databaseBytes: Int64 = 0
    package var walBytes: Int64 = 0

    package struct HeldRuns: Sendable, Hashable {
        package var broken = 0
        package var softBlocked = 0
    }

    /// URLs by the state that users see: what is scheduled at an origin that is held is held, unless it has an open run at
    /// one that is broken or turns us away. `inFlight`: those that are on their way, by the same; they are counted nowhere.
    package func shown(without inFlight: [URLState: Int] = [:]) -> [URLState: Int] {
        var shown = urls
        let held = min(heldURLs, urls[.scheduled] ?? 0)
        let broken = min(heldRuns.broken, held)
        let softBlocked = min(heldRuns.softBlocked, held - broken)
        shown[.scheduled, default: 0] -= held
        shown[.brokenOrigin, default: 0] += broken
        shown[.softBlocked, default: 0] += softBlocked
        shown[.held, default: 0] += held - broken - softBlocked
        for (state, count) in inFlight { shown[state] = max(0, (shown[state] ?? 0) - count) }
        return shown
    }
}

/// What `status` tells of the frontier, as of one moment.
package struct FrontierFigures: Sendable {
    package var stats: FrontierStats
    package var ledger: StoredLedger
    /// URLs on their way, by the state that users would see.
    package var inFlight: [URLState: Int]
    package var due: Int
    package var nextLook: AlertFacts.Look?
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

    /// All as they were at one moment. `inFlight`: URLs, each counted in the state that users would see; those that are
    /// unknown in none. `due`: URLs whose time has come, or comes within this minute, see `DueTable`. `nextLook`: of what is
    /// marked, by `rules`; nil = none is.
    package func figures(
        now: Instant, inFlight: [Int64] = [], rules: HealthRules = HealthRules()
    ) throws -> FrontierFigures {
        var figures = try read(reader) { db in
            FrontierFigures(
                stats: try stats(db), ledger: try ledger(db, now: now), inFlight: try shown(db, inFlight),
                due: try DueTable.urls(db, dueBy: now), nextLook: try MarkLooks(db: db, rules: rules).first())
        }
        figures.stats = sized(figures.stats)
        return figures
    }

    package func openIncidentCount() throws -> Int { try read(reader) { try Self.openIncidents($0) } }

    private static func openIncidents(_ db: Database) throws -> Int {
        Int(try count(db, "SELECT count(*) FROM incident WHERE closed_at IS NULL"))
    }

    private func shown(_ db: Database, _ ids: [Int64]) throws -> [URLState: Int] {
        let row = try RawStatement(
            db,
            """
            SELECT u.state, h.reasons, \(Self.isRun) FROM url u LEFT JOIN hold h ON h.origin = u.id >> 40
                LEFT JOIN health x ON x.id = u.id WHERE u.id = ?
            """)
        defer { row.reset() }
        var counts: [URLState: Int] = [:]
        for id in ids {
            row.reset()
            row.bind(id, at: 1)
            guard try row.step() else { continue }
            var state = Self.state(row.int(0))
            if state == .scheduled, let reasons = row.optionalInt(1) {
                state = Self.shown(at: HoldTable.Reasons(rawValue: reasons), isRun: row.int(2) != 0)
            }
            counts[state, default: 0] += 1
        }
        return counts
    }

    /// A scheduled URL of an origin that is held.
    private static func shown(at reasons: HoldTable.Reasons, isRun: Bool) -> URLState {
        switch reasons.hold {
        case .originBroken? where isRun: .brokenOrigin
        case .softBlocked? where isRun: .softBlocked
        case nil: .scheduled
        default: .held
        }
    }

    /// Of `health x` and `url u`: the URL has an open run, see `HealthRecord.isOpen`.
    static let isRun =
        "(u.has_health <> 0 AND x.phase IN (1, 2) AND x.held_back = 0 AND x.run_outcome IS NOT NULL)"

    /// From the origins that are broken, or parked, to their runs: as many as have slots, each found by its index.
    private func heldRuns(_ db: Database) throws -> FrontierStats.HeldRuns {
        let rows = try RawStatement(
            db,
            """
            SELECT n.reasons, count(*) FROM (
                SELECT h.origin, h.reasons FROM breaker b JOIN hold h USING (origin) WHERE b.phase IN (2, 3)
                UNION SELECT h.origin, h.reasons FROM health r JOIN hold h ON h.origin = ~r.id
                    WHERE r.phase = 3 AND r.id < 0) n
                CROSS JOIN health x ON x.phase IN (1, 2) AND x.id >= n.origin << 40 AND x.id < (n.origin + 1) << 40
                CROSS JOIN url u ON u.id = x.id
            WHERE u.state = 1 AND \(Self.isRun) GROUP BY n.reasons
            """)
        defer { rows.reset() }
        var runs = FrontierStats.HeldRuns()
        while try rows.step() {
            switch Self.shown(at: HoldTable.Reasons(rawValue: rows.int(0)), isRun: true) {
            case .brokenOrigin: runs.broken += rows.count(1)
            case .softBlocked: runs.softBlocked += rows.count(1)
            default: break
            }
        }
        return runs
    }

    private func stats(_ db: Database) throws -> FrontierStats {
        var stats = FrontierStats()
        let tally = try RawStatement(db, "SELECT state, urls FROM tally")
        defer { tally.reset() }
        while try tally.step() { stats.urls[Self.state(tally.int(0))] = tally.count(1) }
        // All of these are short by nature, and each has a partial index of its own.
        stats.openIncidents = try Self.openIncidents(db)
        stats.pendingDeliveries = Int(
            try Self.count(db, "SELECT count(*) FROM delivery WHERE state = 0")
                + Self.count(db, "SELECT count(*) FROM delivery WHERE state = 3"))
        stats.givenUpDeliveries = Int(clamping: try Fact.int(db, Self.givenUpFact) ?? 0)
        stats.heldURLs = try HoldTable.sum(db)
        stats.heldRuns = try heldRuns(db)
        stats.heldOrigins = try HoldTable.origins(db)
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
