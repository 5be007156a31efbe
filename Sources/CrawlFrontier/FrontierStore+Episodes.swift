package import CrawlCore
import Foundation
import GRDB

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
        package var state: State
        package var attempts: Int
        /// For what waits.
        package var nextAt: Instant
        package var error: String?

        package var isDelivered: Bool { state == .delivered }
    }

    /// As stored; raw values never change.
    package enum State: Int64, Sendable {
        case waiting = 0
        case delivered = 1
        case givenUp = 2
        /// A `resolved` whose incident may go on: a URL of it fails again.
        case heldBack = 3
    }
}

extension FrontierStore {
    /// What a row takes in JSON beside its facts, and for each sink, about.
    private static let rowBytes = 256

    /// Incidents by id (that is, by time), from the one after `after` on; the open ones with the counts of now.
    package func incidents(openOnly: Bool, after: String?, limit: Int) throws -> [StoredIncident] {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT facts, marked_at, closed_at, how, url_id FROM incident
                WHERE id > ?1 \(openOnly ? "AND closed_at IS NULL" : "") ORDER BY id LIMIT ?2
                """)
            rows.bind(after ?? "", at: 1)
            rows.bind(Int64(limit), at: 2)
            defer { rows.reset() }
            var found: [StoredIncident] = []
            while try rows.step() {
                if let incident = try incident(db, rows) { found.append(incident) }
            }
            return found
        }
    }

    /// The first of them, as many as fit into `bytes`; with `openOnly` those that have been closed are left out.
    package func incidents(
        _ ids: [String], openOnly: Bool, within bytes: Int
    ) throws -> PageRows<StoredIncident> {
        try read(reader) { db in
            let row = try RawStatement(
                db, "SELECT facts, marked_at, closed_at, how, url_id FROM incident WHERE id = ?")
            defer { row.reset() }
            return try PageRows(of: ids, within: bytes) { id in
                row.reset()
                row.bind(id, at: 1)
                guard try row.step(), let incident = try incident(db, row) else { return nil }
                guard !openOnly || incident.closedAt == nil else { return nil }
                return (incident, row.bytes(0).count + Self.rowBytes)
            }
        }
    }

    func incident(_ db: Database, _ row: RawStatement) throws -> StoredIncident? {
        guard var facts = try? JSONDecoder().decode(AlertFacts.self, from: Data(row.bytes(0))) else { return nil }
        if row.instant(2) == nil { try incidentStore(db).refresh(&facts, row.optionalInt(4)) }
        return StoredIncident(
            facts: facts, markedAt: Instant(ms: row.int(1)), closedAt: row.instant(2), how: row.optionalText(3))
    }

    /// Messages in the order they were written, from the one after `after` on.
    package func alerts(after: Int64, limit: Int) throws -> [StoredAlertDelivery] {
        try read(reader) { db in
            let rows = try RawStatement(
                db, "SELECT seq, id, at, facts FROM alert WHERE seq > ?1 ORDER BY seq LIMIT ?2")
            rows.bind(after, at: 1)
            rows.bind(Int64(limit), at: 2)
            defer { rows.reset() }
            var found: [StoredAlertDelivery] = []
            while try rows.step() {
                guard let alert = Self.alert(rows) else { continue }
                found.append(StoredAlertDelivery(alert: alert, deliveries: try Self.deliveries(db, alert.seq)))
            }
            return found
        }
    }

    /// The first of them, as many as fit into `bytes`.
    package func alerts(_ seqs: [Int64], within bytes: Int) throws -> PageRows<StoredAlertDelivery> {
        try read(reader) { db in
            let row = try RawStatement(db, "SELECT seq, id, at, facts FROM alert WHERE seq = ?")
            defer { row.reset() }
            return try PageRows(of: seqs, within: bytes) { seq in
                row.reset()
                row.bind(seq, at: 1)
                guard try row.step(), let alert = Self.alert(row) else { return nil }
                let deliveries = try Self.deliveries(db, seq)
                let told = deliveries.reduce(0) { $0 + ($1.error?.utf8.count ?? 0) + Self.rowBytes }
                return (StoredAlertDelivery(alert: alert, deliveries: deliveries), row.bytes(3).count + told)
            }
        }
    }

    static func deliveries(_ db: Database, _ seq: Int64) throws -> [StoredAlertDelivery.Delivery] {
        let sinks = try RawStatement(
            db, "SELECT sink, state, attempts, next_at, error FROM delivery WHERE seq = ? ORDER BY sink")
        sinks.bind(seq, at: 1)
        defer { sinks.reset() }
        var deliveries: [StoredAlertDelivery.Delivery] = []
        while try sinks.step() {
            deliveries.append(
                StoredAlertDelivery.Delivery(
                    sink: sinks.text(0), state: StoredAlertDelivery.State(rawValue: sinks.int(1)) ?? .waiting,
                    attempts: Int(clamping: sinks.int(2)), nextAt: Instant(ms: sinks.int(3)),
                    error: sinks.optionalText(4)))
        }
        return deliveries
    }

    // MARK: Reminders

    /// When the next open incident has to be reminded of; nil = none is open.
    package func nextReminderAt(after interval: Duration) throws -> Instant? {
        try read(reader) { db in
            let row = try RawStatement(
                db,
                """
                SELECT told_at FROM incident
                WHERE closed_at IS NULL AND told_at >= 0 AND id NOT IN (SELECT incident FROM challenge)
                ORDER BY told_at LIMIT 1
                """)
            let next = try row.step() ? row.instant(0).map { $0 + interval } : nil
            row.reset()
            let challenges = try ChallengeTable(db: db).toldAt.map { $0 + max(interval, ChallengeTable.tellsEvery) }
            return [next, challenges].compactMap(\.self).min()
        }
    }

    /// One reminder for each open incident of which nothing was told for `interval`, at most `limit` in a transaction.
    /// Each tells when the mark is looked at next, by `rules`.
    package func postReminders(after interval: Duration, limit: Int, now: Instant, rules: HealthRules) throws {
        try write { db in
            try incidentStore(db).remind(after: interval, limit: limit, at: now, rules: rules)
        }
    }

    func incidentStore(_ db: Database) -> IncidentStore {
        IncidentStore(db: db, outbox: AlertOutbox(db: db, sinks: options.sinks), hold: options.resolveHold)
    }
}
