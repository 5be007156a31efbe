package import CrawlCore
import GRDB
import Synchronization

/// An origin with what it is asked by.
package struct StoredOrigin: Sendable {
    package var id: Int64
    package var key: String
    package var block: OriginBlock?
    package var hold: OriginRobots.Hold?
    /// Open, of the whole origin.
    package var incident: ULID?
    /// nil = never asked for.
    package var robots: StoredRobots?
}

package struct StoredRobots: Sendable {
    package var askedAt: Instant
    package var outcome: Outcome?
    /// 0 = no HTTP answer.
    package var status: Int
    /// What the copy lacks, or else why the last answer was not the file; nil = nothing.
    package var fault: RobotsFault?
    package var copyAt: Instant?
    package var expiresAt: Instant?
    package var foundAt: String?
    package var bytes: Int
    package var rules: RobotsRules
}

extension FrontierStore {
    /// nil = unknown.
    package func originRecord(_ key: String) throws -> StoredOrigin? {
        try read(reader) { db in
            guard let id = try Self.origin(db, key) else { return nil }
            var stored = StoredOrigin(id: id, key: key)
            stored.block = try BlockTable.load(db, of: id)
            let breaker = try BreakerTable(db: db).load(id)
            stored.hold = try HoldTable(db: db).reasons(of: id).hold
            stored.incident = try HealthRow.load(db, URLKey.robots(of: id))?.mark?.incident ?? breaker.incident
            let row = try RawStatement(
                db,
                "SELECT asked_at, answer, copy_at, expires_at, found_at, text, is_cut, fault FROM robots WHERE origin = ?"
            )
            row.bind(id, at: 1)
            defer { row.reset() }
            guard try row.step() else { return stored }
            let answer = LastAnswer(stored: row.int(1))
            let text = Array(row.bytes(5))
            stored.robots = StoredRobots(
                askedAt: Instant(ms: row.int(0)), outcome: answer.outcome, status: answer.status,
                fault: RobotsTable.fault(isCut: row.int(6), last: row.optionalInt(7)), copyAt: row.instant(2),
                expiresAt: row.instant(3), foundAt: row.optionalText(4), bytes: text.count,
                rules: RobotsRules(parsing: text, productToken: policy.withLock { $0.robots.productToken }))
            return stored
        }
    }

    /// Why the URL's origin is held; nil = it is not.
    package func hold(of url: CrawlURL) throws -> OriginRobots.Hold? {
        try read(reader) { db in
            guard let id = try find(db, url) else { return nil }
            return try HoldTable(db: db).reasons(of: URLKey.origin(of: id)).hold
        }
    }
}
