package import CrawlCore
import Foundation
import GRDB

/// Writes alerts beside what they tell of, in the same transaction; `FrontierStore.pendingDeliveries` and
/// `recordDeliveries` are the other end.
struct AlertOutbox {
    let db: Database
    let sinks: [String]

    /// One message, one delivery a sink, none before `notBefore`.
    /// Returns its number.
    @discardableResult
    func post(_ facts: AlertFacts, at: Instant, notBefore: Instant) throws -> Int64 {
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
        return seq
    }

    /// Takes back a message that nobody was sent.
    func withdraw(_ seq: Int64) throws {
        for table in ["delivery", "alert"] {
            let row = try RawStatement(db, "DELETE FROM \(table) WHERE seq = ?")
            row.bind(seq, at: 1)
            try row.run()
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
    /// When the first of them failed; nil = there was none.
    package var triedAt: Instant?
}

/// How an attempt to deliver ended.
package struct DeliveryReport: Sendable, Hashable {
    package enum Ending: Sendable, Hashable {
        case delivered
        case failed(String, retryAt: Instant)
        /// Failed for too long; it is not tried again.
        case givenUp(String)

        package var error: String? {
            switch self {
            case .delivered: nil
            case .failed(let error, _), .givenUp(let error): error
            }
        }
    }

    package var seq: Int64
    package var sink: String
    package var at: Instant
    package var ending: Ending

    package init(seq: Int64, sink: String, at: Instant, _ ending: Ending) {
        self.seq = seq
        self.sink = sink
        self.at = at
        self.ending = ending
    }
}

extension FrontierStore {
    /// Messages that may be sent now, oldest first, to `sink` (nil = to any). Within an incident and a sink they keep
    /// their order: one that waits for a retry holds back those behind it, until it is given up.
    package func pendingDeliveries(now: Instant, limit: Int, sink: String? = nil) throws -> [PendingDelivery] {
        try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT d.seq, a.id, a.at, a.facts, d.sink, d.attempts, d.tried_at FROM delivery d JOIN alert a USING (seq)
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
                    PendingDelivery(
                        alert: alert, sink: rows.text(4), attempts: Int(clamping: rows.int(5)),
                        triedAt: rows.instant(6)))
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
            var givenUp: Int64 = 0
            for report in reports {
                let state: Int64
                var next: Instant?
                switch report.ending {
                case .delivered: state = 1
                case .failed(_, let retryAt): (state, next) = (0, retryAt)
                case .givenUp: state = 2
                }
                let row = try RawStatement(
                    db,
                    """
                    UPDATE delivery SET attempts = attempts + 1, state = ?, next_at = coalesce(?, next_at), error = ?,
                        tried_at = coalesce(tried_at, ?)
                    WHERE seq = ? AND sink = ?
                    """)
                row.bind(state, at: 1)
                row.bind(next, at: 2)
                row.bind(report.ending.error, at: 3)
                row.bind(report.at, at: 4)
                row.bind(report.seq, at: 5)
                row.bind(report.sink, at: 6)
                if try row.run() > 0, state == 2 { givenUp += 1 }
                try RelapseTable(db: db).told(report.seq, to: report.sink)
            }
            guard givenUp > 0 else { return }
            try Fact.set(db, Self.givenUpFact, (try Fact.int(db, Self.givenUpFact) ?? 0) + givenUp)
        }
    }

    static let givenUpFact = "deliveries_given_up"

    /// The columns seq, id, at, facts. nil if the facts cannot be read: a message of a later version.
    static func alert(_ row: RawStatement) -> StoredAlert? {
        guard let facts = try? JSONDecoder().decode(AlertFacts.self, from: Data(row.bytes(3))) else { return nil }
        return StoredAlert(seq: row.int(0), id: row.text(1), at: Instant(ms: row.int(2)), facts: facts)
    }
}
