package import CrawlCore
import Foundation
import GRDB

/// Opens and closes incidents, and posts what they have to tell; always inside the transaction of what caused it.
struct IncidentStore {
    let db: Database
    let outbox: AlertOutbox
    /// How long a `resolved` message waits for a relapse.
    let hold: Duration

    func open(
        _ incident: ULID, _ id: Int64, _ record: HealthRecord, _ rate: SavedRate?, at: Instant
    ) throws {
        let names = try RawStatement(
            db, "SELECT o.key, u.path FROM url u, origin o WHERE u.id = ?1 AND o.id = ?1 >> 40")
        names.bind(id, at: 1)
        defer { names.reset() }
        guard try names.step() else { return }
        try open(
            incident, id, record, rate, url: names.text(0) + names.text(1), origin: names.text(0), affected: 1, at: at)
    }

    /// The origin is broken, as its canary shows.
    func open(
        _ incident: ULID, originOf id: Int64, _ record: HealthRecord, _ rate: SavedRate?, affected: Int, at: Instant
    ) throws {
        let names = try RawStatement(
            db, "SELECT o.key, u.path FROM url u, origin o WHERE u.id = ?1 AND o.id = ?1 >> 40")
        names.bind(id, at: 1)
        defer { names.reset() }
        guard try names.step() else { return }
        let (key, path) = (names.text(0), names.text(1))
        try open(incident, id, record, rate, url: key + path, origin: key, affected: affected, at: at)
    }

    /// URLs of an origin that share an incident, beginning with this one.
    func open(
        _ incident: ULID, partialOf id: Int64, _ record: HealthRecord, _ rate: SavedRate?, at: Instant
    ) throws {
        try open(incident, id, record, rate, at: at)
    }

    /// Only the URL that the incident was opened by is still broken.
    func narrow(_ incident: ULID) throws { try note(incident, urls: 1) }

    /// So many URLs share it now.
    func note(_ incident: ULID, urls: Int) throws {
        let row = try RawStatement(
            db, "UPDATE incident SET facts = json_set(facts, '$.urlsAffected', ?2) WHERE id = ?1 AND closed_at IS NULL")
        row.bind(incident.description, at: 1)
        row.bind(Int64(urls), at: 2)
        try row.run()
    }

    /// The origin is broken, as its robots.txt shows: all of its URLs that wait are affected. It is held already.
    func open(
        _ incident: ULID, robotsOf origin: Int64, _ record: HealthRecord, _ rate: SavedRate?, at: Instant
    ) throws {
        let row = try RawStatement(db, "SELECT key FROM origin WHERE id = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        guard try row.step() else { return }
        let key = row.text(0)
        try open(
            incident, URLKey.robots(of: origin), record, rate, url: key + "/robots.txt", origin: key,
            affected: try HoldTable(db: db).urls(of: origin), at: at)
    }

    private func open(
        _ incident: ULID, _ id: Int64, _ record: HealthRecord, _ rate: SavedRate?, url: String, origin: String,
        affected: Int, at: Instant
    ) throws {
        guard let run = record.run, let cause = run.outcome.cause else { return }
        var facts = AlertFacts(
            event: .brokenOrigin, incident: incident.description, cause: cause, url: url,
            origin: origin, firstAtMs: run.since.ms, lastAtMs: run.lastAt.ms, observations: run.observations,
            requestsSpent: record.requests)
        facts.urlsAffected = affected
        facts.grade = run.grade?.name
        facts.rays = run.rays
        facts.colos = run.colos
        facts.evidence = run.evidence
        let row = try RawStatement(
            db, "INSERT INTO incident (id, url_id, cause, url, origin, marked_at, facts) VALUES (?, ?, ?, ?, ?, ?, ?)")
        row.bind(facts.incident, at: 1)
        row.bind(id, at: 2)
        row.bind(cause, at: 3)
        row.bind(facts.url, at: 4)
        row.bind(origin, at: 5)
        row.bind(at.ms, at: 6)
        row.bind(String(decoding: try JSONEncoder().encode(facts), as: UTF8.self), at: 7)
        try row.run()
        try outbox.post(facts, at: at, notBefore: at)
        if let rate { try LedgerTable(db: db).open(incident, perDay: rate.perDay(urls: affected), at: at) }
    }

    /// Does nothing if the incident is closed already.
    func close(_ incident: ULID, how: AlertFacts.Ending, at: Instant) throws {
        let row = try RawStatement(db, "SELECT facts FROM incident WHERE id = ? AND closed_at IS NULL")
        row.bind(incident.description, at: 1)
        guard try row.step() else { return row.reset() }
        let stored = Data(row.bytes(0))
        row.reset()
        guard var facts = try? JSONDecoder().decode(AlertFacts.self, from: stored) else { return }
        let update = try RawStatement(db, "UPDATE incident SET closed_at = ?, how = ? WHERE id = ?")
        update.bind(at.ms, at: 1)
        update.bind(how.rawValue, at: 2)
        update.bind(incident.description, at: 3)
        try update.run()
        facts.event = .resolved
        facts.how = how
        facts.requestsSaved = try LedgerTable(db: db).close(incident, at: at)
        try outbox.post(facts, at: at, notBefore: at + hold)
    }
}

/// An episode as listed.
package struct StoredIncident: Sendable {
    package var facts: AlertFacts
    package var markedAt: Instant
    /// nil = open.
    package var closedAt: Instant?
    package var how: String?
}

/// A message with what became of it at each sink.
package struct StoredAlertDelivery: Sendable {
    package var alert: StoredAlert
    package var deliveries: [Delivery]

    package struct Delivery: Sendable {
        package var sink: String
        package var isDelivered: Bool
        package var attempts: Int
        package var nextAt: Instant
        package var error: String?
    }
}

extension FrontierStore {
    /// Incidents by id (that is, by time), from the one after `after` on.
    package func incidents(openOnly: Bool, after: String?, limit: Int) throws -> [StoredIncident] {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT facts, marked_at, closed_at, how FROM incident
                WHERE id > ?1 \(openOnly ? "AND closed_at IS NULL" : "") ORDER BY id LIMIT ?2
                """)
            rows.bind(after ?? "", at: 1)
            rows.bind(Int64(limit), at: 2)
            defer { rows.reset() }
            var found: [StoredIncident] = []
            while try rows.step() {
                guard let facts = try? JSONDecoder().decode(AlertFacts.self, from: Data(rows.bytes(0))) else {
                    continue
                }
                found.append(
                    StoredIncident(
                        facts: facts, markedAt: Instant(ms: rows.int(1)), closedAt: rows.instant(2),
                        how: rows.optionalText(3)))
            }
            return found
        }
    }

    /// Messages in the order they were written, from the one after `after` on.
    package func alerts(after: Int64, limit: Int) throws -> [StoredAlertDelivery] {
        try read(reader) { db in
            let rows = try RawStatement(
                db, "SELECT seq, id, at, facts FROM alert WHERE seq > ?1 ORDER BY seq LIMIT ?2")
            rows.bind(after, at: 1)
            rows.bind(Int64(limit), at: 2)
            let sinks = try RawStatement(
                db, "SELECT sink, state, attempts, next_at, error FROM delivery WHERE seq = ? ORDER BY sink")
            defer {
                rows.reset()
                sinks.reset()
            }
            var found: [StoredAlertDelivery] = []
            while try rows.step() {
                guard let alert = Self.alert(rows) else { continue }
                sinks.reset()
                sinks.bind(alert.seq, at: 1)
                var deliveries: [StoredAlertDelivery.Delivery] = []
                while try sinks.step() {
                    deliveries.append(
                        StoredAlertDelivery.Delivery(
                            sink: sinks.text(0), isDelivered: sinks.int(1) == 1,
                            attempts: Int(clamping: sinks.int(2)), nextAt: Instant(ms: sinks.int(3)),
                            error: sinks.optionalText(4)))
                }
                found.append(StoredAlertDelivery(alert: alert, deliveries: deliveries))
            }
            return found
        }
    }
}
