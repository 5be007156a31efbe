package import CrawlCore
import GRDB

/// What the store knows of why a URL is not asked.
package struct StoredExplanation: Sendable {
    package var url: StoredURL
    /// The newest first.
    package var attempts: [StoredAttempt]
    /// Open, of the URL or of its origin.
    package var incident: ULID?
    package var ledger: URLLedger
    /// What is due of its origin now, or when it is due itself; nil = it has no due time, or is held.
    package var queue: QueuePlace.Rows?
    /// Who holds the URL with all of its origin; nil = nobody does.
    package var holder: Holder?
    /// See `StoredRobots.fault`.
    package var robotsFault: RobotsFault?

    /// The canary of a suspect or broken origin, or its robots.txt.
    package struct Holder: Sendable {
        package var id: Int64
        /// nil = its last answer was none that counts.
        package var run: HealthRecord.Run?
        /// nil = only an operator asks again.
        package var askedAt: Instant?
        /// False: another URL of its origin is asked in its place then, the scout of a broken origin.
        package var isAskedNext = true
        /// Of a robots.txt; nil = unknown.
        package var lastOutcome: Outcome?
        /// Of a robots.txt; 0 = no HTTP answer.
        package var lastStatus = 0
    }
}

extension FrontierStore {
    /// nil = unknown.
    package func explanation(_ url: CrawlURL, now: Instant) throws -> StoredExplanation? {
        try read(reader) { db in
            guard let stored = try record(db, url) else { return nil }
            let origin = URLKey.origin(of: stored.id)
            let breaker = try BreakerTable(db: db).load(origin)
            let own = stored.health?.incident ?? stored.health?.softBlock?.incident
            let robots = try HealthRow.load(db, URLKey.robots(of: origin))?.mark?.incident
            let incidents = incidentStore(db)
            let incident = try (own ?? breaker.incident ?? robots).map { try incidents.current($0) }
            var explanation = StoredExplanation(
                url: stored, attempts: try AttemptTable(db: db).load(stored.id), incident: incident,
                ledger: try incident.map { try incidents.ledger(of: $0, url: stored, now: now) }
                    ?? URLLedger(streakOf: stored, db))
            explanation.robotsFault = try RobotsTable(db: db).fault(of: origin)
            if stored.hold == nil {
                explanation.queue = try QueueTable(db: db).rows(before: stored, now: now)
            } else {
                explanation.holder = try holder(db, breaker.isHolding ? breaker.canary : URLKey.robots(of: origin))
                explanation.holder?.isAskedNext = breaker.phase != .broken || !breaker.isScoutTurn
            }
            return explanation
        }
    }

    private func holder(_ db: Database, _ id: Int64) throws -> StoredExplanation.Holder? {
        guard let record = try HealthRow.load(db, id) else { return nil }
        let row = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?")
        row.bind(id, at: 1)
        var holder = StoredExplanation.Holder(id: id, run: record.run, askedAt: try row.step() ? row.instant(0) : nil)
        row.reset()
        guard URLKey.isRobots(id) else { return holder }
        let last = try RawStatement(db, "SELECT answer FROM robots WHERE origin = ?")
        last.bind(URLKey.origin(of: id), at: 1)
        defer { last.reset() }
        guard try last.step() else { return holder }
        let answer = LastAnswer(stored: last.int(0))
        (holder.lastOutcome, holder.lastStatus) = (answer.outcome, answer.status)
        return holder
    }
}
