import CrawlCore
import GRDB

/// Rows of `domain` and `guard_period`: what the guards have to know after a restart.
struct GuardTables {
    let db: Database

    /// What still counts; the rest is forgotten.
    func load(now: Instant) throws -> GuardOpening {
        var opening = GuardOpening()
        opening.periods = try periods()
        // While we are offline there is no news: what counted at its beginning does still.
        let offline = opening.periods.first { $0.subject == .offline && $0.ended == nil }
        let old = try RawStatement(db, "DELETE FROM domain WHERE max(last_good_at, coalesce(bad_since, 0)) < ?")
        old.bind(min(offline?.began ?? now, now) - .seconds(24 * 3600), at: 1)
        try old.run()
        let domains = try RawStatement(db, "SELECT key, last_good_at, edge, bad_since, is_alone, url FROM domain")
        defer { domains.reset() }
        while try domains.step() {
            opening.domains.append(
                DomainRow(
                    key: UInt64(bitPattern: domains.int(0)), lastGoodAt: Instant(ms: domains.int(1)),
                    edge: Edge(rawValue: UInt8(clamping: domains.int(2))) ?? .direct, badSince: domains.instant(3),
                    isAlone: domains.int(4) != 0, url: domains.int(5)))
        }
        return opening
    }

    private func periods() throws -> [GuardPeriod] {
        let rows = try RawStatement(
            db, "SELECT subject, incident, began_at, ended_at, domains, asked, first_at FROM guard_period")
        defer { rows.reset() }
        var periods: [GuardPeriod] = []
        while try rows.step() {
            guard let subject = GuardPeriod.Subject(number: rows.int(0)), let incident = ULID(rows.text(1)) else {
                continue  // of an edge that only a later version knows
            }
            var period = GuardPeriod(
                subject, incident: incident, began: Instant(ms: rows.int(2)),
                domains: Int(clamping: max(0, rows.int(4))), asked: Int(clamping: max(0, rows.int(5))),
                firstAt: Instant(ms: rows.int(6)))
            period.ended = rows.instant(3)
            periods.append(period)
        }
        return periods
    }

    func save(_ changes: DomainChanges) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO domain VALUES (?, ?, ?, ?, ?, ?)")
        for domain in changes.rows {
            row.reset()
            row.bind(Int64(bitPattern: domain.key), at: 1)
            row.bind(domain.lastGoodAt, at: 2)
            row.bind(Int64(domain.edge.rawValue), at: 3)
            row.bind(domain.badSince, at: 4)
            row.bind(domain.isAlone ? 1 : 0, at: 5)
            row.bind(domain.url, at: 6)
            try row.run()
        }
        let forgotten = try RawStatement(db, "DELETE FROM domain WHERE key = ?")
        for key in changes.forgotten {
            forgotten.reset()
            forgotten.bind(Int64(bitPattern: key), at: 1)
            try forgotten.run()
        }
    }

    /// The incident of the subject's period that goes on; nil = none does.
    func open(_ subject: GuardPeriod.Subject) throws -> ULID? {
        let row = try RawStatement(db, "SELECT incident FROM guard_period WHERE subject = ? AND ended_at IS NULL")
        row.bind(subject.number, at: 1)
        defer { row.reset() }
        return try row.step() ? ULID(row.text(0)) : nil
    }

    /// Of each subject the last one is kept.
    func save(_ period: GuardPeriod) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO guard_period VALUES (?, ?, ?, ?, ?, ?, ?)")
        row.bind(period.subject.number, at: 1)
        row.bind(period.incident.description, at: 2)
        row.bind(period.began, at: 3)
        row.bind(period.ended, at: 4)
        row.bind(Int64(period.domains), at: 5)
        row.bind(Int64(period.asked), at: 6)
        row.bind(period.firstAt, at: 7)
        try row.run()
    }
}
