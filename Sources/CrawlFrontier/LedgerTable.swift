package import CrawlCore
import GRDB

/// What requests were spent on, and what the marks have saved. One row of totals, and one for each open incident: every
/// incident saves at a steady rate, so the sum of all is known at any moment without a look at each.
///
///     saved(now) = settled + Σ rate · (now − since) − requests of canaries and scouts
struct LedgerTable {
    let db: Database

    /// The totals; kept up in the transaction of what they count.
    struct Totals {
        /// Requests since the frontier was made.
        var spent: Int64 = 0
        /// Those of them that met a failure.
        var wasted: Int64 = 0
        /// Of incidents that are over, or whose rate has changed.
        var settled = 0.0
        /// Requests a day that open incidents save.
        var rate = 0.0
        /// Their rates, each times the day since which it counts.
        var rateDays = 0.0
        /// Requests sent for open incidents since they were opened.
        var asked: Int64 = 0

        func saved(at now: Instant) -> Int64 {
            let open = rate * LedgerTable.day(now) - rateDays - Double(asked)
            let total = settled + max(open, 0)
            return total < 9e18 ? Int64(max(total, 0)) : .max
        }
    }

    /// Days since 2025: small enough that products keep their precision.
    static func day(_ at: Instant) -> Double { Double(at.ms - 1_735_689_600_000) / 86_400_000 }

    func totals() throws -> Totals {
        let row = try RawStatement(db, "SELECT spent, wasted, settled, rate, rate_days, asked FROM ledger")
        defer { row.reset() }
        guard try row.step() else { return Totals() }
        return Totals(
            spent: row.int(0), wasted: row.int(1), settled: row.double(2), rate: row.double(3),
            rateDays: row.double(4), asked: row.int(5))
    }

    func count(spent: Int, wasted: Int) throws {
        guard spent > 0 else { return }
        let row = try RawStatement(db, "UPDATE ledger SET spent = spent + ?, wasted = wasted + ?")
        row.bind(Int64(spent), at: 1)
        row.bind(Int64(wasted), at: 2)
        try row.run()
    }

    // MARK: Incidents

    /// What `urls` URLs of an origin save. Of an incident that is open already the rate changes.
    func open(_ incident: ULID, _ rate: SavedRate, urls: Int, of origin: Int64, at: Instant) throws {
        if try load(incident.description) != nil {
            return try change(incident, rate, urls: urls, of: origin, at: at)
        }
        let rate = try share(of: rate, urls: urls, incident, origin)
        let row = try RawStatement(db, "INSERT INTO saving VALUES (?, ?, ?, 0, 0)")
        row.bind(incident.description, at: 1)
        row.bind(at.ms, at: 2)
        row.bind(real: rate, at: 3)
        try row.run()
        try move(rate: rate, rateDays: rate * Self.day(at))
    }

    /// One request for an open incident.
    func noteAsked(_ incident: ULID) throws {
        let row = try RawStatement(db, "UPDATE saving SET asked = asked + 1 WHERE incident = ?")
        row.bind(incident.description, at: 1)
        if try row.run() == 1 { try move(asked: 1) }
    }

    /// More or fewer URLs share the incident.
    func change(_ incident: ULID, _ rate: SavedRate, urls: Int, of origin: Int64, at: Instant) throws {
        guard let before = try load(incident.description) else { return }
        let rate = try share(of: rate, urls: urls, incident, origin)
        let saved = before.saved(at)
        try move(
            settled: saved - before.settled, rate: rate - before.rate,
            rateDays: rate * Self.day(at) - before.rate * Self.day(before.since), asked: -before.asked)
        let row = try RawStatement(
            db, "UPDATE saving SET since = ?, rate = ?, asked = 0, settled = ? WHERE incident = ?")
        row.bind(at.ms, at: 1)
        row.bind(real: rate, at: 2)
        row.bind(real: saved, at: 3)
        row.bind(incident.description, at: 4)
        try row.run()
    }

    /// What the crawl delay allows is the whole origin's: an incident has what its others leave of it.
    private func share(of rate: SavedRate, urls: Int, _ incident: ULID, _ origin: Int64) throws -> Double {
        let own = rate.perDay(urls: urls)
        guard rate.most < .infinity else { return own }
        let row = try RawStatement(
            db,
            """
            SELECT coalesce(sum(rate), 0) FROM saving WHERE incident <> ?2 AND incident IN (
                SELECT coalesce(r.incident, h.incident) FROM health h LEFT JOIN relapse_mark r ON r.mark = h.incident
                    WHERE h.phase = 3 AND (h.id >= ?1 << 40 AND h.id < (?1 + 1) << 40 OR h.id = ~?1)
                UNION SELECT coalesce(r.incident, p.incident) FROM partial p
                    LEFT JOIN relapse_mark r ON r.mark = p.incident WHERE p.origin = ?1
                UNION SELECT incident FROM breaker WHERE origin = ?1)
            """)
        row.bind(origin, at: 1)
        row.bind(incident.description, at: 2)
        defer { row.reset() }
        let others = try row.step() ? row.double(0) : 0
        return min(own, max(0, rate.most - others))
    }

    /// Returns what the incident has saved in all.
    @discardableResult
    func close(_ incident: String, at: Instant) throws -> Int64 {
        guard let before = try load(incident) else { return 0 }
        let saved = before.saved(at)
        try move(
            settled: saved - before.settled, rate: -before.rate, rateDays: -before.rate * Self.day(before.since),
            asked: -before.asked)
        let row = try RawStatement(db, "DELETE FROM saving WHERE incident = ?")
        row.bind(incident, at: 1)
        try row.run()
        return Int64(min(saved, 9e18))
    }

    /// What an open incident has saved so far; nil = it is none that is counted.
    func saved(by incident: String, at: Instant) throws -> Int64? {
        try load(incident).map { Int64(min($0.saved(at), 9e18)) }
    }

    private struct Saving {
        var since: Instant
        var rate: Double
        var asked: Int64
        var settled: Double

        func saved(_ at: Instant) -> Double {
            max(settled, settled + rate * (LedgerTable.day(at) - LedgerTable.day(since)) - Double(asked))
        }
    }

    private func load(_ incident: String) throws -> Saving? {
        let row = try RawStatement(db, "SELECT since, rate, asked, settled FROM saving WHERE incident = ?")
        row.bind(incident, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Saving(since: HealthRow.time(row.int(0)), rate: row.double(1), asked: row.int(2), settled: row.double(3))
    }

    private func move(settled: Double = 0, rate: Double = 0, rateDays: Double = 0, asked: Int64 = 0) throws {
        let row = try RawStatement(
            db,
            """
            UPDATE ledger SET settled = settled + ?1, rate = rate + ?2, rate_days = rate_days + ?3, asked = asked + ?4
            """)
        row.bind(real: settled, at: 1)
        row.bind(real: rate, at: 2)
        row.bind(real: rateDays, at: 3)
        row.bind(asked, at: 4)
        try row.run()
    }
}

/// What requests went where, since the frontier was made.
package struct StoredLedger: Sendable, Hashable {
    package var spent: Int64
    /// Those of them that met a failure.
    package var wasted: Int64
    /// Those that marks have saved.
    package var saved: Int64
}

extension FrontierStore {
    package func ledger(now: Instant) throws -> StoredLedger {
        try read(reader) { try ledger($0, now: now) }
    }

    func ledger(_ db: Database, now: Instant) throws -> StoredLedger {
        let totals = try LedgerTable(db: db).totals()
        return StoredLedger(spent: totals.spent, wasted: totals.wasted, saved: totals.saved(at: now))
    }
}
