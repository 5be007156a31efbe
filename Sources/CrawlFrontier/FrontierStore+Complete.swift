package import CrawlCore
import GRDB

extension FrontierStore {
    package func complete(_ completion: Completion, now: Instant) throws -> CompletionCommit {
        try write { db in
            let writing = try CompletionWriting(db: db, store: self, now: now)
            let verdicts = completion.verdicts
            // In the order of the rows: neighbours share pages.
            for index in verdicts.indices.sorted(by: { verdicts[$0].id < verdicts[$1].id }) {
                try writing.write(verdicts[index])
            }
            for change in completion.robots { try writing.write(change) }
            try writing.tally.write(db)
            for origin in completion.drained { try writing.markDrained(origin) }
            if !verdicts.isEmpty || !completion.robots.isEmpty { try SpentTable.save(db, completion.spent) }
            return writing.commit
        }
    }
}

/// The verdicts of one commit, inside its transaction.
private final class CompletionWriting {
    private let db: Database
    private let now: Instant
    private let incidents: IncidentStore
    private let refusals: RefusalTable
    private let redirects: RedirectWriting
    private let update: RawStatement
    private let content: RawStatement
    var tally = Tally()
    private(set) var commit = CompletionCommit()

    init(db: Database, store: FrontierStore, now: Instant) throws {
        self.db = db
        self.now = now
        incidents = IncidentStore(
            db: db, outbox: AlertOutbox(db: db, sinks: store.options.sinks), hold: store.options.resolveHold)
        refusals = RefusalTable(db: db)
        redirects = RedirectWriting(db: db, store: store, now: now)
        update = try RawStatement(
            db,
            """
            UPDATE url SET state = ?, due_at = ?, has_health = ?, attempts = attempts + ?, last_at = ?,
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
        if let block = verdict.originBlock { try BlockTable.save(db, block, of: verdict.origin) }
        guard try writeURL(verdict) else { return }
        if let refusal = verdict.refusal, verdict.state == .refused {
            try refusals.save(refusal, of: verdict.id)
        } else if verdict.stateBefore == .refused {
            try refusals.delete(verdict.id)
        }
        if verdict.outcome == .redirected { try follow(verdict) }
        if verdict.sitemap != nil { try SitemapStore(db: db, now: now).settle(verdict) }
        try writeHealth(verdict)
        if let new = verdict.content { try write(new, of: verdict.id) }
        if let change = verdict.recrawl { try write(change, of: verdict.id) }
    }

    /// The incident first: its last counts are those of the row that a resolve deletes.
    private func writeHealth(_ verdict: Verdict) throws {
        guard verdict.health != nil || verdict.hadHealth || verdict.event != nil else { return }
        var record = verdict.health?.record
        if let event = verdict.event, let incident = verdict.incident {
            switch event {
            case .marked: try open(incident, .url(verdict.id), &record, at: verdict.at)
            case .resolved:
                try incidents.close(incident, how: .recovered, at: verdict.at, spent: verdict.wasAsked ? 1 : 0)
            }
        }
        if let record {
            try HealthRow.save(db, verdict.id, record, dueAt: verdict.healthDueAt)
        } else {
            try HealthRow.delete(db, verdict.id)
        }
        if try RelapseTable(db: db).follow(verdict.id, record) { commit.changesOutbox = true }
    }

    /// A mark that is a relapse carries the incident that goes on.
    private func open(
        _ incident: ULID, _ subject: IncidentSubject, _ record: inout HealthRecord?, at: Instant
    ) throws {
        guard let marked = record, let opening = IncidentOpening(incident, subject, marked) else { return }
        record?.mark?.incident = try incidents.open(opening, at: at) ?? incident
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
        update.bind(verdict.wasAsked ? 1 : 0, at: 4)
        update.bind(verdict.at.ms, at: 5)
        update.bind(LastAnswer(verdict.outcome, status: verdict.status).stored, at: 6)
        update.bind(verdict.id, at: 7)
        update.bind(verdict.generation, at: 8)
        update.bind(before.due, at: 9)
        update.bind(Int64(before.state.rawValue), at: 10)
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

    /// A wish of an operator that came meanwhile stands.
    private func write(_ change: Verdict.RecrawlChange, of id: Int64) throws {
        let row = try RawStatement(db, "UPDATE url SET recrawl_ms = ? WHERE id = ? AND recrawl_ms IS ?")
        row.bind(change.to.ms, at: 1)
        row.bind(id, at: 2)
        row.bind(change.from?.ms, at: 3)
        try row.run()
    }

    private func follow(_ verdict: Verdict) throws {
        guard let followed = try redirects.write(verdict, &tally) else { return }
        if let touched = followed.touched { commit.touched.append(touched) }
        if verdict.redirect?.isPermanent ?? false, verdict.health == nil { try settle(verdict) }
        guard verdict.sitemap != nil else { return }
        // What a sitemap is redirected to is read in its place.
        let sitemaps = SitemapStore(db: db, now: now)
        guard let moved = try sitemaps.move(from: verdict.id, to: followed.target) else { return }
        commit.sitemaps.append(moved)
        if let touched = try sitemaps.makeDue(moved, keepsTime: false) { commit.touched.append(touched) }
    }

    /// A permanent redirect that is followed: the target is asked in the URL's place.
    private func settle(_ verdict: Verdict) throws {
        let row = try RawStatement(db, "UPDATE url SET state = 3, due_at = NULL WHERE id = ? AND state = 1")
        row.bind(verdict.id, at: 1)
        if try row.run() == 1 { tally.move(from: .scheduled, to: .done) }
    }

    // MARK: robots.txt

    func write(_ change: RobotsChange) throws {
        if let block = change.block { try BlockTable.save(db, block.block, of: block.origin) }
        let saved = try RobotsTable(db: db).save(change)
        if case .void = saved { return }
        let id = URLKey.robots(of: change.origin)
        try writeHealth(change, id)
        if case .newRules = saved, try refusals.hasAny(of: change.origin) {
            try refusals.markForReadmission(change.origin)
            commit.readmissions.append(change.origin)
        }
    }

    private func writeHealth(_ change: RobotsChange, _ id: Int64) throws {
        var record = change.health?.record
        if let event = change.event, let incident = change.incident {
            switch event {
            case .marked: try open(incident, .robots(change.origin), &record, at: change.at)
            case .resolved: try incidents.close(incident, how: .recovered, at: change.at, spent: 1)
            }
        } else if let mark = record?.mark {
            // Whoever asks robots.txt knows the mark by the name it was given first.
            record?.mark?.incident = try incidents.current(mark.incident)
        }
        if let record {
            try HealthRow.save(db, id, record, dueAt: change.dueAt)
        } else {
            try HealthRow.delete(db, id)
        }
        if try RelapseTable(db: db).follow(id, record) { commit.changesOutbox = true }
    }

    /// The next start need not look at the origin, if it really has nothing due, now or later.
    func markDrained(_ origin: Int64) throws {
        let row = try RawStatement(
            db,
            """
            UPDATE origin SET has_work = 0 WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM url WHERE id >> 40 = ?1 AND due_at IS NOT NULL)
                AND NOT EXISTS (SELECT 1 FROM refusal WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40)
                AND NOT EXISTS (
                    SELECT 1 FROM health WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 AND due_at IS NOT NULL)
            """)
        row.bind(origin, at: 1)
        try row.run()
    }
}
