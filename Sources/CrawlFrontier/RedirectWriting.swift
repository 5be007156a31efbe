import CrawlCore
import GRDB
import Synchronization

/// Redirects of one commit: what they point to becomes a URL of its own.
struct RedirectWriting {
    let db: Database
    let store: FrontierStore
    let now: Instant

    struct Followed {
        /// The target's number.
        var target: Int64
        /// Has new work; nil = the target was known, and stays as it is.
        var touched: EnqueueCommit.Touched?
        /// The target was not known before.
        var isNew = false
    }

    /// Remembers where the URL points. A target that is unknown is enqueued with the source's priority and meta; a known
    /// one stays as it is but for what `RedirectTarget` says. nil = the redirect is not followed.
    func write(_ verdict: Verdict, _ tally: inout Tally) throws -> Followed? {
        guard let redirect = verdict.redirect else {
            try note(verdict.id, nil, isPermanent: false, verdict.redirectProblem ?? .noTarget)
            return nil
        }
        let hops = try hops(to: verdict.id) + 1
        var problem = verdict.redirectProblem
        if problem == nil {
            problem = hops > Redirect.limit ? .tooMany : try chainProblem(from: verdict.id, to: redirect.target)
        }
        var followed: Followed?
        if problem == nil {
            followed = try follow(redirect, verdict, hops: hops, &tally)
            if followed == nil { problem = .full }
        }
        try note(verdict.id, redirect.target.string, isPermanent: redirect.isPermanent, problem)
        return followed
    }

    private func note(_ id: Int64, _ target: String?, isPermanent: Bool, _ problem: Redirect.Problem?) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO redirect VALUES (?, ?, ?, ?)")
        row.bind(id, at: 1)
        row.bind(target, at: 2)
        row.bind(isPermanent ? 1 : 0, at: 3)
        row.bind(problem?.rawValue, at: 4)
        try row.run()
    }

    private func hops(to id: Int64) throws -> Int {
        let row = try RawStatement(db, "SELECT hops FROM arrival WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? min(row.count(0), 1000) : 0
    }

    /// Looks along the redirects that are known already.
    private func chainProblem(from source: Int64, to target: CrawlURL) throws -> Redirect.Problem? {
        var seen: Set<Int64> = [source]
        var next = target
        for _ in 0..<Redirect.limit {
            guard let id = try store.find(db, next) else { return nil }
            guard seen.insert(id).inserted else { return .loop }
            guard let step = try RedirectChain(db: db).step(from: id) else { return nil }
            next = step
        }
        return try store.find(db, next).map(seen.contains) ?? false ? .loop : .tooMany
    }

    /// nil = there is no room for another origin.
    private func follow(
        _ redirect: Redirect, _ verdict: Verdict, hops: Int, _ tally: inout Tally
    ) throws -> Followed? {
        let (target, source) = (redirect.target, verdict.id)
        let handsOver = try RedirectTarget(db: db, now: now).handsOver(redirect, from: source)
        if let known = try store.find(db, target) {
            let touched = try RedirectTarget(db: db, now: now).meet(known, verdict, handsOver: handsOver, &tally)
            return Followed(target: known, touched: touched)
        }
        guard let origin = try store.originNumber(db, target.origin) else { return nil }
        let due = max(now, verdict.targetDueAt ?? now)
        var path = target.path
        var id = URLKey.make(origin: origin, hash: path.withUTF8 { store.pathHash($0) })
        let insert = try RawStatement(
            db,
            """
            INSERT INTO url (id, path, state, generation, priority, due_at, recrawl_ms)
            SELECT ?1, ?2, 1, ?3, priority, ?4, iif(?6, recrawl_ms, ?7) FROM url WHERE id = ?5
            ON CONFLICT (id) DO NOTHING
            """)
        while true {
            insert.bind(id, at: 1)
            insert.bind(path, at: 2)
            insert.bind(store.generation.withLock { $0 }, at: 3)
            insert.bind(due.ms, at: 4)
            insert.bind(source, at: 5)
            insert.bind(handsOver ? 1 : 0, at: 6)
            insert.bind(Recrawl.led, at: 7)
            if try insert.run() == 1 { break }
            // Another path with the same hash; the source is there, its row has just been written.
            guard try exists(id) else { throw FrontierError.io(path: store.path, reason: "a row vanished") }
            id = URLKey.next(after: id)
        }
        tally.add(.scheduled, of: id)
        store.dues.add(due)
        for sql in [
            "INSERT OR REPLACE INTO note SELECT ?1, meta FROM note WHERE id = ?2",
            "INSERT OR REPLACE INTO arrival VALUES (?1, ?3)",
            "UPDATE origin SET has_work = 1 WHERE id = ?1 >> 40",
        ] {
            let row = try RawStatement(db, sql)
            row.bind(id, at: 1)
            if sql.contains("?2") { row.bind(source, at: 2) }
            if sql.contains("?3") { row.bind(Int64(hops), at: 3) }
            try row.run()
        }
        return Followed(
            target: id,
            touched: EnqueueCommit.Touched(
                origin: origin, dueAt: due, priority: try priority(of: source), reorders: false),
            isNew: true)
    }

    private func priority(of id: Int64) throws -> Int {
        let row = try RawStatement(db, "SELECT priority FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? Int(clamping: row.int(0)) : 0
    }

    private func exists(_ id: Int64) throws -> Bool {
        let row = try RawStatement(db, "SELECT 1 FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step()
    }
}

/// Where redirected URLs lead.
struct RedirectChain {
    let db: Database

    /// The target of the URL's last answer; nil if that was no redirect, or one that is not followed.
    func step(from id: Int64) throws -> CrawlURL? {
        let row = try RawStatement(
            db,
            """
            SELECT r.target FROM redirect r JOIN url u USING (id)
            WHERE r.id = ? AND r.problem IS NULL AND u.last_answer / 1000 = ?
            """)
        row.bind(id, at: 1)
        row.bind(Int64(Outcome.redirected.rawValue), at: 2)
        defer { row.reset() }
        guard try row.step() else { return nil }
        var text = row.text(0)
        return text.withUTF8 { bytes in
            CanonicalForm.originLength(bytes).map { CrawlURL(canonical: bytes, originLength: $0) }
        }
    }

    /// The URL's own redirect, then those of its targets, at most `Redirect.limit`.
    func load(from id: Int64, find: (CrawlURL) throws -> Int64?) throws -> [StoredRedirect] {
        var chain: [StoredRedirect] = []
        var next: Int64? = id
        while let id = next, chain.count <= Redirect.limit {
            let row = try RawStatement(
                db,
                """
                SELECT r.target, r.is_permanent, r.problem, u.last_answer % 1000 FROM redirect r JOIN url u USING (id)
                WHERE r.id = ? AND u.last_answer / 1000 = ?
                """)
            row.bind(id, at: 1)
            row.bind(Int64(Outcome.redirected.rawValue), at: 2)
            guard try row.step() else {
                row.reset()
                break
            }
            chain.append(
                StoredRedirect(
                    status: Int(clamping: row.int(3)), target: row.optionalText(0), isPermanent: row.int(1) != 0,
                    problem: row.optionalText(2)))
            row.reset()
            next = try step(from: id).flatMap(find)
        }
        return chain
    }
}

/// One hop of a chain.
package struct StoredRedirect: Sendable, Hashable {
    /// HTTP status.
    package var status: Int
    /// nil = none that can be crawled.
    package var target: String?
    package var isPermanent: Bool
    /// Why it is not followed; see `Redirect.Problem`.
    package var problem: String?
}
