import CrawlCore
import GRDB

/// When what is marked is looked at next, read from the rows.
struct MarkLooks {
    let db: Database
    let rules: HealthRules

    /// Marks that are passed over at most in search of one that may be asked: those of origins that are held wait for them.
    private static let passedOver: Int64 = 1000

    /// Of all marks the one that is looked at first; nil = none is, of those that are due first.
    func first() throws -> AlertFacts.Look? {
        let row = try RawStatement(
            db,
            """
            SELECT id FROM (
                SELECT id, due_at FROM health WHERE phase = 3 AND due_at IS NOT NULL ORDER BY due_at LIMIT ?) h
            WHERE id < 0 OR NOT EXISTS (SELECT 1 FROM hold WHERE origin = h.id >> 40)
                OR EXISTS (SELECT 1 FROM breaker WHERE origin = h.id >> 40 AND canary = h.id)
            ORDER BY due_at LIMIT 1
            """)
        row.bind(Self.passedOver, at: 1)
        defer { row.reset() }
        return try row.step() ? look(at: row.int(0)) : nil
    }

    /// Of the incident with these facts; `number` as its row has it.
    func look(of facts: AlertFacts, _ number: Int64?) throws -> AlertFacts.Look? {
        guard let number, facts.event != .softBlocked, facts.scope == .url || facts.scope == .origin else { return nil }
        guard facts.scope == .origin else { return try look(at: number) }
        let breaker = try BreakerTable(db: db).load(URLKey.origin(of: number))
        return try look(at: breaker.isHolding ? breaker.canary : number)
    }

    /// Of the mark in this row; nil = it is not marked, or never looked at of its own accord.
    private func look(at id: Int64) throws -> AlertFacts.Look? {
        let row = try RawStatement(
            db, "SELECT h.due_at, u.last_at FROM health h LEFT JOIN url u ON u.id = h.id WHERE h.id = ? AND h.phase = 3"
        )
        row.bind(id, at: 1)
        let found = try row.step() ? row.instant(0).map { ($0, row.instant(1)) } : nil
        row.reset()
        guard let (at, askedAt) = found, at < .distantFuture, let record = try HealthRow.load(db, id),
            let run = record.run
        else { return nil }
        let subject: IncidentSubject = URLKey.isRobots(id) ? .robots(URLKey.origin(of: id)) : .url(id)
        guard let url = try Place(db: db).of(subject)?.url else { return nil }
        let lookedAt = max(run.lastAt, askedAt ?? run.lastAt)
        return AlertFacts.Look(
            url: url, next: NextLook(rules, run: run, mark: record.mark, lookedAt: lookedAt, at: at))
    }
}
