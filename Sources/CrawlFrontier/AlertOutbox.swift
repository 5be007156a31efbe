package import CrawlCore
import Foundation
import GRDB

/// Writes alerts beside what they tell of, in the same transaction; `FrontierStore.pendingDeliveries` and
/// `recordDeliveries` are the other end.
struct AlertOutbox {
    let db: Database
    let sinks: [String]

    /// One message, one delivery a sink, none before `notBefore`.
    func post(_ facts: AlertFacts, at: Instant, notBefore: Instant) throws {
        var random = SystemRandomNumberGenerator()
        let alert = try RawStatement(
            db, "INSERT INTO alert (id, incident, at, facts) VALUES (?, ?, ?, ?) RETURNING seq")
        alert.bind(ULID(at: at, using: &random).description, at: 1)
        alert.bind(facts.incident, at: 2)
        alert.bind(at.ms, at: 3)
        alert.bind(String(decoding: try JSONEncoder().encode(facts), as: UTF8.self), at: 4)
        guard try alert.step() else { throw FrontierError.io(path: "", reason: "an alert got no number") }
        let seq = alert.int(0)
        alert.reset()
        for sink in sinks {
            let delivery = try RawStatement(
                db, "INSERT INTO delivery (seq, sink, incident, next_at) VALUES (?, ?, ?, ?)")
            delivery.bind(seq, at: 1)
            delivery.bind(sink, at: 2)
            delivery.bind(facts.incident, at: 3)
            delivery.bind(notBefore.ms, at: 4)
            try delivery.run()
        }
    }
}

/// A message as the outbox keeps it.
package struct StoredAlert: Sendable {
    package var seq: Int64
    package var id: String
    package var at: Instant
    package var facts: AlertFacts
}

/// One message for one sink.
package struct PendingDelivery: Sendable {
    package var alert: StoredAlert
    package var sink: String
    /// Attempts made so far.
    package var attempts: Int
}

/// How an attempt to deliver ended.
package struct DeliveryReport: Sendable {
    package var seq: Int64
    package var sink: String
    /// nil = delivered; else when to try again and why it failed.
    package var retry: (at: Instant, error: String)?

    package init(seq: Int64, sink: String, retry: (at: Instant, error: String)?) {
        self.seq = seq
        self.sink = sink
        self.retry = retry
    }
}

extension FrontierStore {
    /// Messages that may be sent now, oldest first, to `sink` (nil = to any). Within an incident and a sink they keep
    /// their order: one that waits for a retry holds back those behind it.
    package func pendingDeliveries(now: Instant, limit: Int, sink: String? = nil) throws -> [PendingDelivery] {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT d.seq, a.id, a.at, a.facts, d.sink, d.attempts FROM delivery d JOIN alert a USING (seq)
                WHERE d.state = 0 AND d.next_at <= ?1 AND (?3 IS NULL OR d.sink = ?3) AND NOT EXISTS (
                    SELECT 1 FROM delivery e
                    WHERE e.state = 0 AND e.incident = d.incident AND e.sink = d.sink AND e.seq < d.seq)
                ORDER BY d.next_at, d.seq LIMIT ?2
                """)
            rows.bind(now.ms, at: 1)
            rows.bind(Int64(limit), at: 2)
            rows.bind(sink, at: 3)
            defer { rows.reset() }
            var found: [PendingDelivery] = []
            while try rows.step() {
                guard let alert = Self.alert(rows) else { continue }
                found.append(
                    PendingDelivery(alert: alert, sink: rows.text(4), attempts: Int(clamping: rows.int(5))))
            }
            return found
        }
    }

    /// When the next delivery to `sink` (nil = to any) may be tried that may not be tried at `now` (nil = that is
    /// pending at all); nil = there is none. One that is held back by another of its incident does not count.
    package func nextDeliveryAt(after now: Instant? = nil, sink: String? = nil) throws -> Instant? {
        try read(reader) { db in
            let row = try RawStatement(
                db,
                """
                SELECT d.next_at FROM delivery d
                WHERE d.state = 0 AND d.next_at > ?1 AND (?2 IS NULL OR d.sink = ?2) AND NOT EXISTS (
                    SELECT 1 FROM delivery e
                    WHERE e.state = 0 AND e.incident = d.incident AND e.sink = d.sink AND e.seq < d.seq)
                ORDER BY d.next_at LIMIT 1
                """)
            row.bind(now?.ms ?? .min, at: 1)
            row.bind(sink, at: 2)
            defer { row.reset() }
            return try row.step() ? row.instant(0) : nil
        }
    }

    package func recordDeliveries(_ reports: [DeliveryReport]) throws {
        try write { db in
            for report in reports {
                let row = try RawStatement(
                    db,
                    """
                    UPDATE delivery SET attempts = attempts + 1, state = ?, next_at = coalesce(?, next_at), error = ?
                    WHERE seq = ? AND sink = ?
                    """)
                row.bind(report.retry == nil ? 1 : 0, at: 1)
                row.bind(report.retry?.at, at: 2)
                row.bind(report.retry?.error, at: 3)
                row.bind(report.seq, at: 4)
                row.bind(report.sink, at: 5)
                try row.run()
            }
        }
    }

    /// The columns seq, id, at, facts. nil if the facts cannot be read: a message of a later version.
    static func alert(_ row: RawStatement) -> StoredAlert? {
        guard let facts = try? JSONDecoder().decode(AlertFacts.self, from: Data(row.bytes(3))) else { return nil }
        return StoredAlert(seq: row.int(0), id: row.text(1), at: Instant(ms: row.int(2)), facts: facts)
    }
}
