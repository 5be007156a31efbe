package import CrawlCore
import GRDB

extension FrontierStore {
    package func complete(_ verdicts: [Verdict], drained: [Int64], now: Instant) throws {
        try write { db in
            let writing = try CompletionWriting(db: db, options: options, now: now)
            // In the order of the rows: neighbours share pages.
            for index in verdicts.indices.sorted(by: { verdicts[$0].id < verdicts[$1].id }) {
                try writing.write(verdicts[index])
            }
            try writing.tally.write(db)
            for origin in drained { try writing.markDrained(origin) }
        }
    }
}

/// The verdicts of one commit, inside its transaction.
private final class CompletionWriting {
    private let db: Database
    private let now: Instant
    private let incidents: IncidentStore
    private let update: RawStatement
    private let content: RawStatement
    var tally = Tally()

    init(db: Database, options: FrontierStore.Options, now: Instant) throws {
        self.db = db
        self.now = now
        incidents = IncidentStore(db: db, outbox: AlertOutbox(db: db, sinks: options.sinks), hold: options.resolveHold)
        update = try RawStatement(
            db,
            """
            UPDATE url SET state = ?, due_at = ?, has_health = ?, attempts = attempts + 1, last_at = ?,
                last_answer = ?
            WHERE id = ? AND generation = ? AND due_at IS ? AND state = ?
            """)
        content = try RawStatement(
            db,
            """
            INSERT INTO content (id, bytes, digest, etag, last_modified) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET bytes = ?2, digest = ?3, etag = ?4, last_modified = ?5
            """)
    }

    func write(_ verdict: Verdict) throws {
        if let block = verdict.originBlock { try write(block, of: verdict.origin) }
        guard try writeURL(verdict) else { return }
        if let record = verdict.health?.record {
            try HealthRow.save(db, verdict.id, record, dueAt: verdict.healthDueAt)
        } else if verdict.hadHealth {
            try HealthRow.delete(db, verdict.id)
        }
        if let new = verdict.content { try write(new, of: verdict.id) }
        guard let event = verdict.event, let incident = verdict.incident else { return }
        switch event {
        case .marked:
            if let record = verdict.health?.record { try incidents.open(incident, verdict.id, record, at: verdict.at) }
        case .resolved: try incidents.close(incident, how: .recovered, at: verdict.at)
        }
    }

    /// False if the row was removed or revived since the lease: then nothing of the verdict counts.
    private func writeURL(_ verdict: Verdict) throws -> Bool {
        if try run(
            verdict, state: verdict.state, due: verdict.dueAt, expecting: (verdict.stateBefore, verdict.leasedDueAt))
        {
            if verdict.stateBefore != verdict.state { tally.move(from: verdict.stateBefore, to: verdict.state) }
            return true
        }
        let row = try RawStatement(db, "SELECT generation, due_at, state FROM url WHERE id = ?")
        row.bind(verdict.id, at: 1)
        guard try row.step(), row.int(0) == verdict.generation else {
            row.reset()
            return false
        }
        let due = row.instant(1)
        let stateNow = FrontierStore.state(row.int(2))
        row.reset()
        // The row was changed while the request was under way. A new due time is the operator's wish and stands,
        // unless the answer opened a run, whose schedule goes first.
        let keepsDue =
            verdict.healthDueAt == nil && verdict.state != .brokenOrigin && due != nil && due != verdict.leasedDueAt
        let state = keepsDue ? URLState.scheduled : verdict.state
        guard try run(verdict, state: state, due: keepsDue ? due : verdict.dueAt, expecting: (stateNow, due)) else {
            return false
        }
        if stateNow != state { tally.move(from: stateNow, to: state) }
        return true
    }

    private func run(
        _ verdict: Verdict, state: URLState, due: Instant?, expecting before: (state: URLState, due: Instant?)
    ) throws -> Bool {
        update.bind(Int64(state.rawValue), at: 1)
        update.bind(due, at: 2)
        update.bind(verdict.health == nil ? 0 : 1, at: 3)
        update.bind(verdict.at.ms, at: 4)
        update.bind(LastAnswer(verdict.outcome, status: verdict.status).stored, at: 5)
        update.bind(verdict.id, at: 6)
        update.bind(verdict.generation, at: 7)
        update.bind(before.due, at: 8)
        update.bind(Int64(before.state.rawValue), at: 9)
        return try update.run() == 1
    }

    private func write(_ new: Verdict.Content, of id: Int64) throws {
        content.bind(id, at: 1)
        content.bind(new.bytes, at: 2)
        content.bindBlob(new.digest?.bytes, at: 3)
        content.bind(new.etag, at: 4)
        content.bind(new.lastModified, at: 5)
        try content.run()
    }

    /// Written at once: a block must survive a crash.
    private func write(_ block: OriginBlock, of origin: Int64) throws {
        let row = try RawStatement(db, "UPDATE origin SET blocked_until = ?, block_level = ? WHERE id = ?")
        row.bind(block.until.ms, at: 1)
        row.bind(Int64(block.level), at: 2)
        row.bind(origin, at: 3)
        try row.run()
    }

    /// The next start need not look at the origin, if it really has nothing due, now or later.
    func markDrained(_ origin: Int64) throws {
        let row = try RawStatement(
            db,
            """
            UPDATE origin SET has_work = 0, blocked_until = CASE WHEN blocked_until > ?2 THEN blocked_until END
            WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM url WHERE id >> 40 = ?1 AND due_at IS NOT NULL)
                AND NOT EXISTS (
                    SELECT 1 FROM health WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 AND due_at IS NOT NULL)
            """)
        row.bind(origin, at: 1)
        row.bind(now.ms, at: 2)
        try row.run()
    }
}
