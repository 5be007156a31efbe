package import CrawlCore
import GRDB
import Synchronization

extension FrontierStore {
    package func complete(_ completion: Completion, now: Instant) throws -> CompletionCommit {
        try write { db in
            let writing = try CompletionWriting(db: db, store: self, now: now)
            let verdicts = completion.verdicts
            let fates = try VerdictRule(db: db).fates(of: verdicts)
            try writing.archive?.note(completion)
            // In the order of the rows: neighbours share pages.
            for index in verdicts.indices.sorted(by: { verdicts[$0].id < verdicts[$1].id }) {
                try writing.write(verdicts[index], fates[index] ?? .plain)
            }
            try writing.endPartials()
            try writing.tally.write(db)  // before a hold begins, which counts the rows as they are
            // After all rows of the commit, in the order of the answers: the last one counts.
            for index in verdicts.indices {
                guard case .counts(let standing)? = fates[index] else { continue }
                try OriginWriting(db: db, incidents: writing.incidents).write(verdicts[index], standing)
            }
            for change in completion.robots { try writing.write(change) }
            try writing.write(completion.guards)
            try LedgerTable(db: db).count(spent: writing.spent, wasted: writing.wasted)
            if completion.judgedBy != policy.withLock({ $0.stamp }) { try writing.readmitRefused() }
            for origin in completion.drained { try writing.markDrained(origin) }
            try RotationTable.save(db, completion.rotations)
            try SuspectTable(db: db).delete(completion.cleared)
            if completion.spent != BudgetSpent() { try SpentTable.save(db, completion.spent) }
            for index in verdicts.indices {
                guard case .again? = fates[index] else { continue }
                writing.commit.again.append(try RejudgeTable(db: db).load(verdicts[index].id))
            }
            return try writing.finish()
        }
    }
}

/// The verdicts of one commit, inside its transaction.
final class CompletionWriting {
    let db: Database
    let now: Instant
    let incidents: IncidentStore
    let refusals: RefusalTable
    private let redirects: RedirectWriting
    /// Answers that were under way when robots.txt stopped to count hold nothing.
    let obeysRobots: Bool
    private let update: RawStatement
    private let content: RawStatement
    var tally: Tally
    /// nil = there is no feed.
    private var results: ResultWriting?
    /// nil = no archive is written.
    let archive: ArchiveWriting?
    var spent = 0
    private(set) var wasted = 0
    /// Origins of URLs that this commit refuses.
    private var refusing: Set<Int64> = []
    /// Partial incidents that their last URL has left, and when; one that comes later in the commit may have joined.
    private var leftPartials: [ULID: Instant] = [:]
    var commit = CompletionCommit()

    init(db: Database, store: FrontierStore, now: Instant) throws {
        self.db = db
        self.now = now
        incidents = IncidentStore(
            db: db, outbox: AlertOutbox(db: db, sinks: store.options.sinks), hold: store.options.resolveHold,
            notes: IncidentNotes())
        refusals = RefusalTable(db: db)
        redirects = RedirectWriting(db: db, store: store, now: now)
        tally = try Tally(db)
        results = try store.options.results.map { try ResultWriting(db, $0) }
        archive = try store.archive.withLock { $0 }.map { try ArchiveWriting(db, archive: $0) }
        obeysRobots = store.policy.withLock { $0.robots.obeys }
        update = try RawStatement(
            db,
            """
            UPDATE url SET state = ?, due_at = crawld_due(due_at, ?), has_health = ?, attempts = attempts + ?,
                last_at = coalesce(?, last_at), last_answer = coalesce(?, last_answer)
            WHERE id = ? AND generation = ? AND due_at IS ? AND state = ?
            """)
        content = try RawStatement(
            db,
            """
            INSERT INTO content (id, bytes, digest, etag, last_modified, asked_as, conditional_faults, plain_until)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (id) DO UPDATE SET bytes = ?2, digest = ?3, etag = ?4, last_modified = ?5, asked_as = ?6,
                conditional_faults = ?7, plain_until = ?8
            """)
    }

    func write(_ verdict: Verdict, _ fate: VerdictFate) throws {
        // Whatever becomes of the URL, its server asked us to wait.
        if let block = verdict.originBlock { try BlockTable.save(db, block, of: verdict.origin) }
        if case .again = fate { return }
        if verdict.wasSent { count(verdict.outcome, repeats: verdict.repeats) }
        if case .void = fate { return }
        let standing = fate.standing
        if standing != nil, let incident = verdict.askedFor ?? verdict.incident, verdict.wasSent,
            verdict.event != .marked
        {
            try LedgerTable(db: db).noteAsked(incidents.current(incident))
        }
        if try verdict.isOnlyLook || verdict.stateBefore == .brokenOrigin && incidents.isPart(verdict.id) {
            return try note(look: verdict)
        }
        guard let (state, keepsDue) = try writeURL(verdict) else { return }
        try results?.append(verdict)
        if let standing, let left = try PartialWriting(db: db, incidents: incidents).write(verdict, standing) {
            leftPartials[left] = verdict.at
        }
        if let refusal = verdict.refusal, state == .refused {
            try refusals.save(refusal, of: verdict.id)
            refusing.insert(verdict.origin)
        } else if verdict.stateBefore == .refused {
            try refusals.delete(verdict.id)
        }
        if verdict.outcome == .redirected, !verdict.isControl { try follow(verdict) }
        if verdict.sitemap != nil { try SitemapStore(db: db, now: now).settle(verdict) }
        if let standing { try writeHealth(verdict, standing) }
        if var new = verdict.content {
            // It may have been forced meanwhile, and is asked plainly then; so is what was only given another time.
            if keepsDue { (new.etag, new.lastModified) = (nil, nil) }
            try write(new, of: verdict.id)
        }
        if let page = verdict.archived, !verdict.isControl { try archive?.write(page, of: verdict.id) }
        if let change = verdict.recrawl { try write(change, of: verdict.id) }
    }

    /// The incident first: its last counts are those of the row that a resolve deletes.
    private func writeHealth(_ verdict: Verdict, _ standing: SharedStanding) throws {
        guard verdict.health != nil || verdict.hadHealth || verdict.event != nil else { return }
        var record = verdict.health?.record
        if let change = verdict.softBlock { try write(change, verdict) }
        if let event = verdict.event, let incident = verdict.incident {
            switch event {
            case .marked: try open(incident, .url(verdict.id), &record, verdict.savedRate, urls: 1, at: verdict.at)
            case .resolved:
                try incidents.close(incident, how: .recovered, at: verdict.at, spent: verdict.wasSent ? 1 : 0)
            }
        }
        if let record {
            try HealthRow.save(db, verdict.id, record, dueAt: verdict.healthDueAt)
            if verdict.wasAsked, !verdict.isControl { try AttemptTable(db: db).save(verdict) }
        } else {
            try HealthRow.delete(db, verdict.id)
            try AttemptTable(db: db).delete(verdict.id)
        }
        if try RelapseTable(db: db).follow(verdict.id, record) { commit.changesOutbox = true }
    }

    private func write(_ change: SoftBlockChange, _ verdict: Verdict) throws {
        switch change {
        case .opened(let incident):
            guard let record = verdict.health?.record,
                let opening = IncidentOpening(incident, .url(verdict.id), record, event: .softBlocked)
            else { return }
            try incidents.open(opening, at: verdict.at)
        case .closed(let incident, let how):
            try incidents.close(incident, how: how, at: verdict.at, spent: verdict.wasSent ? 1 : 0, wait: .zero)
        }
    }

    /// A mark that is a relapse carries the incident that goes on.
    func open(
        _ incident: ULID, _ subject: IncidentSubject, _ record: inout HealthRecord?, _ rate: SavedRate?, urls: Int,
        at: Instant
    ) throws {
        guard let marked = record, let opening = IncidentOpening(incident, subject, marked) else { return }
        let opened = try incidents.open(opening, at: at) ?? incident
        record?.mark?.incident = opened
        guard let rate, let number = subject.number else { return }
        try LedgerTable(db: db).open(opened, rate, urls: urls, of: URLKey.origin(of: number), at: at)
    }

    /// `repeats`: requests that failed before, see `Verdict.repeats`.
    func count(_ outcome: Outcome, repeats: Int) {
        spent += 1 + repeats
        wasted += repeats
        switch outcome.kind() {
        case .failing, .wavering: wasted += 1
        case .good, .neutral, .refused: break
        }
    }

    /// A scout that was not good: an attempt, no more.
    private func note(look verdict: Verdict) throws {
        let row = try RawStatement(
            db,
            "UPDATE url SET attempts = attempts + 1, last_at = ?, last_answer = ? WHERE id = ? AND generation = ?")
        row.bind(verdict.at.ms, at: 1)
        row.bind(LastAnswer(verdict.outcome, status: verdict.status).stored, at: 2)
        row.bind(verdict.id, at: 3)
        row.bind(verdict.generation, at: 4)
        guard try row.run() == 1 else { return }
        try results?.append(verdict)
        if try HealthRow.load(db, verdict.id) != nil { try AttemptTable(db: db).save(verdict) }
    }

    /// The row's new state, and whether another due time stands that it was given meanwhile; nil if it was removed or
    /// revived since the lease: then nothing of the verdict counts.
    private func writeURL(_ verdict: Verdict) throws -> (state: URLState, keepsDue: Bool)? {
        if try run(
            verdict, state: verdict.state, due: verdict.dueAt, expecting: (verdict.stateBefore, verdict.leasedDueAt))
        {
            tally.move(verdict.id, from: verdict.stateBefore, to: verdict.state)
            return (verdict.state, false)
        }
        let row = try RawStatement(db, "SELECT generation, due_at, state FROM url WHERE id = ?")
        row.bind(verdict.id, at: 1)
        guard try row.step(), row.int(0) == verdict.generation else {
            row.reset()
            return nil
        }
        let due = row.instant(1)
        let stateNow = FrontierStore.state(row.int(2))
        row.reset()
        // The row was changed while the request was under way. A new due time is the operator's wish and stands,
        // unless the answer opened a run, whose schedule goes first.
        let keepsDue =
            verdict.healthDueAt == nil && verdict.state != .brokenOrigin && verdict.state != .softBlocked && due != nil
            && due != verdict.leasedDueAt
        let state = keepsDue ? URLState.scheduled : verdict.state
        guard try run(verdict, state: state, due: keepsDue ? due : verdict.dueAt, expecting: (stateNow, due)) else {
            return nil
        }
        tally.move(verdict.id, from: stateNow, to: state)
        return (state, keepsDue)
    }

    private func run(
        _ verdict: Verdict, state: URLState, due: Instant?, expecting before: (state: URLState, due: Instant?)
    ) throws -> Bool {
        update.bind(Int64(state.rawValue), at: 1)
        update.bind(due, at: 2)
        update.bind(verdict.health == nil ? 0 : 1, at: 3)
        update.bind(verdict.wasAsked ? 1 : 0, at: 4)
        // What was not asked had no answer: the last one stays.
        update.bind(verdict.wasAsked ? verdict.at : nil, at: 5)
        let isAnswer = verdict.wasAsked && !verdict.isControl
        update.bind(isAnswer ? LastAnswer(verdict.outcome, status: verdict.status).stored : nil, at: 6)
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
        content.bind(new.askedAs, at: 6)
        content.bind(Int64(new.trust.faults), at: 7)
        content.bind(new.trust.plainUntil, at: 8)
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
        // A target that the server asked us to wait for keeps its time.
        let keepsTime = followed.isNew && verdict.targetDueAt != nil
        if let touched = try sitemaps.makeDue(moved, keepsTime: keepsTime) { commit.touched.append(touched) }
    }

    /// A permanent redirect that is followed: the target is asked in the URL's place.
    private func settle(_ verdict: Verdict) throws {
        let row = try RawStatement(
            db, "UPDATE url SET state = 3, due_at = crawld_due(due_at, NULL) WHERE id = ? AND state = 1")
        row.bind(verdict.id, at: 1)
        if try row.run() == 1 { tally.move(verdict.id, from: .scheduled, to: .done) }
    }

    /// Of the incidents that were left, those that nobody has joined since.
    func endPartials() throws {
        let partials = PartialWriting(db: db, incidents: incidents)
        for (incident, at) in leftPartials.sorted(by: { $0.key < $1.key }) {
            if try partials.end(incident, at: at) { commit.changesOutbox = true }
        }
    }

    /// The URLs were refused by a policy that is no longer in force: they have to be looked at again.
    func readmitRefused() throws {
        for origin in refusing.sorted() { try readmit(origin) }
    }

    func readmit(_ origin: Int64) throws {
        try refusals.markForReadmission(origin)
        commit.leavesWork = true
    }

    func finish() throws -> CompletionCommit {
        try incidents.writeNotes()
        if try HoldTable(db: db).isCounting() { commit.leavesWork = true }
        commit.lastResult = try results?.finish(now: now)
        return commit
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
