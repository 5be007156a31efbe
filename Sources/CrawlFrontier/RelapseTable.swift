import CrawlCore
import GRDB

/// Incidents that are over but whose `resolved` message was sent to nobody yet, and the URLs that hold it back: those with
/// an open run that began within the hold. Only URLs that fail look here.
struct RelapseTable {
    let db: Database

    /// An incident that goes on.
    struct Earlier {
        var incident: String
        /// Its `resolved` message.
        var seq: Int64
    }

    /// The incident that a mark reopens: of the same URL or of its origin, the URL's own before the origin's. The marked
    /// run began within the hold; or it is one that holds the message back, and whose window was restarted since. Of an
    /// edge that challenges any mark within the hold does: its incident tells once a day.
    func earlier(_ opening: IncidentOpening, at: Instant) throws -> Earlier? {
        let began = if case .challenges = opening.subject { at } else { opening.firstAt }
        guard let number = opening.subject.number else { return nil }
        let row = try RawStatement(
            db,
            """
            SELECT id, resolved_seq FROM incident i
            WHERE url_id IN (?1, ?2) AND resolved_seq IS NOT NULL AND (
                (closed_at <= ?3 AND hold_until >= ?3)
                OR EXISTS (SELECT 1 FROM relapse r WHERE r.url_id = ?1 AND r.incident = i.id))
            ORDER BY url_id = ?1 DESC, id DESC LIMIT 1
            """)
        row.bind(number, at: 1)
        row.bind(URLKey.robots(of: URLKey.origin(of: number)), at: 2)
        row.bind(began.ms, at: 3)
        defer { row.reset() }
        return try row.step() ? Earlier(incident: row.text(0), seq: row.int(1)) : nil
    }

    /// After an answer of a URL, or of a robots.txt, that has a health record or had one. True if a message was held
    /// back or let go.
    @discardableResult
    func follow(_ id: Int64, _ record: HealthRecord?) throws -> Bool {
        // A run that cannot reach a mark says nothing about the incident.
        let run = record.flatMap { $0.phase == .suspect || $0.phase == .pending ? $0.run : nil }
        var ended: [String] = []
        let rows = try RawStatement(
            db, "DELETE FROM relapse WHERE url_id = ?1 AND outcome IS NOT ?2 RETURNING incident")
        rows.bind(id, at: 1)
        rows.bind(run.map { Self.outcome(of: $0, id) }, at: 2)
        while try rows.step() { ended.append(rows.text(0)) }
        rows.reset()
        var changed = false
        if let run { changed = try hold(for: id, run) }
        for incident in ended where try release(incident) { changed = true }
        return changed
    }

    /// A run of another class is another one; a robots.txt's goes on, whatever it meets.
    private static func outcome(of run: HealthRecord.Run, _ id: Int64) -> Int64 {
        URLKey.isRobots(id) ? 0 : Int64(run.outcome.rawValue)
    }

    private func hold(for id: Int64, _ run: HealthRecord.Run) throws -> Bool {
        let rows = try RawStatement(
            db,
            """
            SELECT id, resolved_seq FROM incident
            WHERE url_id IN (?1, ?2) AND resolved_seq IS NOT NULL AND closed_at <= ?3 AND hold_until >= ?3
            """)
        rows.bind(id, at: 1)
        rows.bind(URLKey.robots(of: URLKey.origin(of: id)), at: 2)
        rows.bind(run.since.ms, at: 3)
        var found: [Earlier] = []
        while try rows.step() { found.append(Earlier(incident: rows.text(0), seq: rows.int(1))) }
        rows.reset()
        for earlier in found {
            let add = try RawStatement(
                db, "INSERT OR IGNORE INTO relapse (url_id, incident, outcome) VALUES (?, ?, ?)")
            add.bind(id, at: 1)
            add.bind(earlier.incident, at: 2)
            add.bind(Self.outcome(of: run, id), at: 3)
            try add.run()
            let deliveries = try RawStatement(db, "UPDATE delivery SET state = 3 WHERE seq = ? AND state = 0")
            deliveries.bind(earlier.seq, at: 1)
            try deliveries.run()
        }
        return !found.isEmpty
    }

    /// Sends the message when its hold is over, unless another URL holds it back.
    private func release(_ incident: String) throws -> Bool {
        let row = try RawStatement(
            db,
            """
            UPDATE delivery SET state = 0
            WHERE seq = (SELECT resolved_seq FROM incident WHERE id = ?1) AND state = 3
                AND NOT EXISTS (SELECT 1 FROM relapse WHERE incident = ?1)
            """)
        row.bind(incident, at: 1)
        return try row.run() > 0
    }

    /// A sink was sent message `seq`, or may have been: if it is an incident's `resolved`, the incident is over for good.
    func told(_ seq: Int64, to sink: String) throws {
        let row = try RawStatement(
            db,
            """
            SELECT id FROM incident
            WHERE id = (SELECT incident FROM delivery WHERE seq = ?1 AND sink = ?2) AND resolved_seq = ?1
            """)
        row.bind(seq, at: 1)
        row.bind(sink, at: 2)
        let incident = try row.step() ? row.text(0) : nil
        row.reset()
        if let incident { try end(Earlier(incident: incident, seq: seq)) }
    }

    func forget(incident: String) throws {
        let row = try RawStatement(db, "DELETE FROM relapse WHERE incident = ?")
        row.bind(incident, at: 1)
        try row.run()
    }

    /// An operator revived or removed the URL: it holds nothing back, and an incident about it is over for good.
    func settle(_ id: Int64) throws {
        try follow(id, nil)
        let rows = try RawStatement(
            db, "SELECT id, resolved_seq FROM incident WHERE url_id = ? AND resolved_seq IS NOT NULL")
        rows.bind(id, at: 1)
        var over: [Earlier] = []
        while try rows.step() { over.append(Earlier(incident: rows.text(0), seq: rows.int(1))) }
        rows.reset()
        for earlier in over { try end(earlier) }
    }

    /// The incident is over for good: its message waits for no URL any more.
    private func end(_ earlier: Earlier) throws {
        let row = try RawStatement(db, "UPDATE incident SET resolved_seq = NULL WHERE id = ?")
        row.bind(earlier.incident, at: 1)
        try row.run()
        try forget(incident: earlier.incident)
        let deliveries = try RawStatement(db, "UPDATE delivery SET state = 0 WHERE seq = ? AND state = 3")
        deliveries.bind(earlier.seq, at: 1)
        try deliveries.run()
    }

    /// A row moved up into the place of a removed one.
    func renumber(from id: Int64, to hole: Int64) throws {
        for sql in [
            "UPDATE incident SET url_id = ? WHERE url_id = ?",
            "UPDATE OR REPLACE relapse SET url_id = ? WHERE url_id = ?",
        ] {
            let row = try RawStatement(db, sql)
            row.bind(hole, at: 1)
            row.bind(id, at: 2)
            try row.run()
        }
    }
}
