package import CrawlCore
import GRDB
import Synchronization

extension FrontierStore {
    /// Rows that one step of forgetting looks at, of messages and of incidents each.
    static let forgottenInAStep = 200
    /// From the end of one walk over what is old to the next.
    static let forgetInterval = Duration.seconds(3600)

    /// How far the walk over what is old has come; all of it lies in memory, a start begins anew.
    struct Forgetting {
        /// The message looked at last.
        var seq = Int64.min
        /// The incident looked at last.
        var closedAt = Int64.min
        var incident = ""
        /// No walk begins before.
        var restsUntil: Instant?
    }

    /// Nothing was written for a while: one step of housekeeping. Old results go, then messages and closed incidents that
    /// are older than `Options.keepAlerts`, then the write-ahead log is folded into the file and shortened, if it has grown:
    /// it never shrinks by itself.
    package func tidy(now: Instant) -> Bool {
        // What fails is tried again in the next quiet moment.
        if (try? trimResults(now: now)) ?? false { return true }
        if (try? forgetSome(now: now)) ?? false { return true }
        guard Self.size(path + "-wal") > Self.tidyAboveBytes else { return false }
        try? checkpoint()
        return false
    }

    private static let tidyAboveBytes = 4 << 20

    /// True if there may be more.
    private func forgetSome(now: Instant) throws -> Bool {
        guard let keep = options.keepAlerts else { return false }
        var walk = forgetting.withLock { $0 }
        if let rest = walk.restsUntil {
            // A clock that was set back makes no walk wait for longer.
            guard rest <= now || rest > now + Self.forgetInterval else { return false }
            walk = Forgetting()
        }
        let before = now + (.zero - keep)
        let isMore = try write { db in
            let messages = try forgetMessages(db, before: before, now: now, &walk)
            return try forgetIncidents(db, before: before, &walk) || messages
        }
        if !isMore { walk.restsUntil = now + Self.forgetInterval }
        forgetting.withLock { $0 = walk }
        return isMore
    }

    /// Messages of which no delivery is pending, with their deliveries.
    private func forgetMessages(
        _ db: Database, before: Instant, now: Instant, _ walk: inout Forgetting
    ) throws -> Bool {
        let rows = try RawStatement(db, "SELECT seq, at FROM alert WHERE seq > ? ORDER BY seq LIMIT ?")
        rows.bind(walk.seq, at: 1)
        rows.bind(Int64(Self.forgottenInAStep), at: 2)
        var old: [Int64] = []
        var looked = 0
        // They lie in the order of their times: the first that is young enough ends the walk. What is dated ahead is from
        // before the clock was set back, and may be for years: it is stepped over.
        while try rows.step(), rows.int(1) < before.ms || rows.int(1) > now.ms {
            walk.seq = rows.int(0)
            if rows.int(1) < before.ms { old.append(walk.seq) }
            looked += 1
        }
        rows.reset()
        let outbox = AlertOutbox(db: db, sinks: [])
        for seq in old where try !outbox.isPending(seq) { try outbox.withdraw(seq) }
        return looked == Self.forgottenInAStep
    }

    /// Closed incidents that no open one names as the one before it, and of which nothing has to be told any more.
    private func forgetIncidents(_ db: Database, before: Instant, _ walk: inout Forgetting) throws -> Bool {
        let rows = try RawStatement(
            db,
            """
            SELECT id, closed_at FROM incident
            WHERE closed_at IS NOT NULL AND closed_at < ?1 AND (closed_at, id) > (?2, ?3)
            ORDER BY closed_at, id LIMIT ?4
            """)
        rows.bind(before, at: 1)
        rows.bind(walk.closedAt, at: 2)
        rows.bind(walk.incident, at: 3)
        rows.bind(Int64(Self.forgottenInAStep), at: 4)
        var old: [String] = []
        while try rows.step() {
            old.append(rows.text(0))
            walk.closedAt = rows.int(1)
        }
        rows.reset()
        if let last = old.last { walk.incident = last }
        let incidents = incidentStore(db)
        for incident in old where try !incidents.isNeeded(incident) { try incidents.forget(incident) }
        return old.count == Self.forgottenInAStep
    }
}

extension AlertOutbox {
    /// A sink is still to be told of the message, or will be if an incident does not go on.
    func isPending(_ seq: Int64) throws -> Bool {
        let row = try RawStatement(db, "SELECT 1 FROM delivery WHERE seq = ? AND state IN (0, 3) LIMIT 1")
        row.bind(seq, at: 1)
        defer { row.reset() }
        return try row.step()
    }
}

extension IncidentStore {
    /// Of a closed one: an open incident names it, or something of it is still to be told.
    fileprivate func isNeeded(_ incident: String) throws -> Bool {
        let row = try RawStatement(
            db,
            """
            SELECT EXISTS (SELECT 1 FROM incident WHERE previous = ?1 AND closed_at IS NULL)
                OR EXISTS (SELECT 1 FROM delivery WHERE incident = ?1 AND state = 0)
                OR EXISTS (SELECT 1 FROM delivery
                    WHERE seq = (SELECT resolved_seq FROM incident WHERE id = ?1) AND state = 3)
            """)
        row.bind(incident, at: 1)
        defer { row.reset() }
        return try row.step() && row.int(0) != 0
    }

    /// With what remembers it.
    fileprivate func forget(_ incident: String) throws {
        for sql in [
            "DELETE FROM incident WHERE id = ?", "DELETE FROM relapse WHERE incident = ?",
            "DELETE FROM relapse_mark WHERE incident = ?",
        ] {
            let row = try RawStatement(db, sql)
            row.bind(incident, at: 1)
            try row.run()
        }
    }
}
