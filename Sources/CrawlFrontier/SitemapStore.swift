import CrawlCore
import GRDB

/// Jobs and documents of sitemaps, inside a transaction. A document is a row of `url` like any other, which is how it is
/// fetched; a row here is what makes it a sitemap.
struct SitemapStore {
    let db: Database
    let now: Instant

    /// Stored; values never change.
    enum State: Int64 {
        case waiting = 0
        case fetched = 1
        case done = 2
        case failed = 3
        /// Read but for what was put off until robots.txt of other hosts is known.
        case asking = 4

        /// The document has not ended.
        var isOpen: Bool { self == .waiting || self == .fetched || self == .asking }
    }

    // MARK: Jobs

    /// A job for each root; a root that an open job has, or one of its documents, begins none. Returns what now waits.
    func openJobs(_ roots: [NamedSitemap], of batch: EnqueueBatch) throws -> [Int64] {
        var waiting: [Int64] = []
        for root in roots where try !isDocument(root.id) {
            let entry = batch.entries[root.entry]
            let start = Int(entry.offset)
            let url = String(decoding: batch.bytes[start..<(start + Int(entry.length))], as: UTF8.self)
            let options = entry.options >= 0 ? batch.options[Int(entry.options)] : EnqueueOptions()
            guard let job = try openJob(url, options) else { continue }
            try add(root.id, job: job, parent: nil, depth: 0)
            waiting.append(root.id)
        }
        return waiting
    }

    /// nil if the root has an open job, whose document has moved.
    private func openJob(_ url: String, _ options: EnqueueOptions) throws -> Int64? {
        let closed = try RawStatement(
            db, "DELETE FROM sitemap_job WHERE url = ? AND ended_at IS NOT NULL RETURNING id")
        closed.bind(url, at: 1)
        var old: [Int64] = []
        while try closed.step() { old.append(closed.int(0)) }
        closed.reset()
        for job in old {
            let rejections = try RawStatement(db, "DELETE FROM sitemap_rejection WHERE job = ?")
            rejections.bind(job, at: 1)
            try rejections.run()
        }
        let row = try RawStatement(
            db,
            """
            INSERT INTO sitemap_job (url, asked_at, priority, due_at, recrawl_ms, meta, force)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING RETURNING id
            """)
        row.bind(url, at: 1)
        row.bind(now.ms, at: 2)
        row.bind(options.priority.map { Int64($0) }, at: 3)
        row.bind(options.dueAt, at: 4)
        row.bind(options.recrawl?.ms, at: 5)
        row.bind(options.meta, at: 6)
        row.bind(options.force ? 1 : 0, at: 7)
        defer { row.reset() }
        return try row.step() ? row.int(0) : nil
    }

    // MARK: Documents

    func waiting() throws -> [Int64] {
        let rows = try RawStatement(db, "SELECT id FROM sitemap_document WHERE state = 0")
        defer { rows.reset() }
        var ids: [Int64] = []
        while try rows.step() { ids.append(rows.int(0)) }
        return ids
    }

    func isDocument(_ id: Int64) throws -> Bool { try document(id) != nil }

    struct Document {
        var job: Int64
        var parent: Int64?
        var depth: Int
        var state: State?
        var tries: Int
    }

    func document(_ id: Int64) throws -> Document? {
        let row = try RawStatement(
            db, "SELECT job, parent, depth, state, tries FROM sitemap_document WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Document(
            job: row.int(0), parent: row.optionalInt(1), depth: row.count(2), state: State(rawValue: row.int(3)),
            tries: row.count(4))
    }

    func add(_ id: Int64, job: Int64, parent: Int64?, depth: Int) throws {
        let row = try RawStatement(
            db, "INSERT INTO sitemap_document (id, job, parent, depth) VALUES (?, ?, ?, ?)")
        row.bind(id, at: 1)
        row.bind(job, at: 2)
        row.bind(parent, at: 3)
        row.bind(Int64(depth), at: 4)
        try row.run()
        try count(job, "documents = documents + 1")
    }

    func set(_ id: Int64, _ state: State) throws {
        let row = try RawStatement(db, "UPDATE sitemap_document SET state = ? WHERE id = ?")
        row.bind(state.rawValue, at: 1)
        row.bind(id, at: 2)
        try row.run()
    }

    /// An answer has settled a document that waits: it can be read now, or never.
    func settle(_ verdict: Verdict) throws {
        guard let fate = verdict.sitemap, try document(verdict.id)?.state == .waiting else { return }
        switch fate {
        case .fetched(let contentType):
            try set(verdict.id, .fetched)
            let row = try RawStatement(
                db, "UPDATE sitemap_document SET content_type = ?, put_off_since = NULL WHERE id = ?")
            row.bind(contentType, at: 1)
            row.bind(verdict.id, at: 2)
            try row.run()
        case .putOff:
            guard try isOutOfPatience(verdict) else { return }
            try fail(verdict.id, reason: verdict.sitemapReason)
        case .failed: try fail(verdict.id, reason: verdict.sitemapReason)
        }
    }

    /// Notes the first answer that put the document off.
    private func isOutOfPatience(_ verdict: Verdict) throws -> Bool {
        let row = try RawStatement(
            db,
            """
            UPDATE sitemap_document SET put_off_since = min(coalesce(put_off_since, ?1), ?1) WHERE id = ?2
            RETURNING put_off_since
            """)
        row.bind(verdict.at, at: 1)
        row.bind(verdict.id, at: 2)
        defer { row.reset() }
        guard try row.step(), let since = row.instant(0) else { return false }
        return verdict.at - since >= SitemapDocuments.patience
    }

    /// The document will not be read (any further). Does nothing if `id` is none, or is settled already. For whoever
    /// takes a URL out of the crawl without an answer, too.
    func fail(_ id: Int64, reason: String) throws {
        guard let document = try document(id), document.state?.isOpen ?? false else { return }
        try set(id, .failed)
        try count(document.job, "documents_failed = documents_failed + 1")
        try note(reason, of: id, job: document.job)
    }

    /// The URL is gone, and its number may be another's soon.
    func remove(_ id: Int64) throws {
        try fail(id, reason: "removed")
        let row = try RawStatement(db, "DELETE FROM sitemap_document WHERE id = ?")
        row.bind(id, at: 1)
        try row.run()
    }

    /// A redirect leads on: `target` is to be read in the place of `source`. Returns `target` if it now waits: tell the
    /// loop. It must be due then. nil if `source` is no document that waits, or `target` is one already.
    func move(from source: Int64, to target: Int64) throws -> Int64? {
        guard let document = try document(source), document.state == .waiting else { return nil }
        guard try !isDocument(target) else {
            try set(source, .done)
            try count(document.job, "documents_done = documents_done + 1")
            return nil
        }
        try renumber(from: source, to: target)
        return target
    }

    func renumber(from old: Int64, to new: Int64) throws {
        for column in ["id", "parent"] {
            // `parent` has no index: both reasons to come here are rare.
            let row = try RawStatement(db, "UPDATE sitemap_document SET \(column) = ? WHERE \(column) = ?")
            row.bind(new, at: 1)
            row.bind(old, at: 2)
            try row.run()
        }
    }

    // MARK: Counts and reasons

    /// `change` is our own SQL.
    func count(_ job: Int64, _ change: String) throws {
        let row = try RawStatement(db, "UPDATE sitemap_job SET \(change) WHERE id = ?")
        row.bind(job, at: 1)
        try row.run()
    }

    /// Kept if it is the job's first.
    func note(_ reason: String, of id: Int64, job: Int64) throws {
        let row = try RawStatement(
            db,
            """
            UPDATE sitemap_job SET reason = ?1, reason_url = coalesce(
                (SELECT o.key || u.path FROM url u JOIN origin o ON o.id = u.id >> 40 WHERE u.id = ?2), url)
            WHERE id = ?3 AND reason IS NULL
            """)
        row.bind(reason, at: 1)
        row.bind(id, at: 2)
        row.bind(job, at: 3)
        try row.run()
    }

    /// The document's URL is due now, unless its health says when; the document has failed if the URL is gone.
    /// `keepsTime`: nor if it has a due time at all.
    func makeDue(_ id: Int64, keepsTime: Bool) throws -> EnqueueCommit.Touched? {
        let row = try RawStatement(db, "SELECT state, due_at, has_health FROM url WHERE id = ?")
        row.bind(id, at: 1)
        guard try row.step() else {
            row.reset()
            try remove(id)
            return nil
        }
        let (state, due, hasHealth) = (FrontierStore.state(row.int(0)), row.instant(1), row.int(2) != 0)
        row.reset()
        guard !hasHealth, due.map({ !keepsTime && $0 > now }) ?? true else { return nil }
        let update = try RawStatement(db, "UPDATE url SET due_at = crawld_due(due_at, ?), state = 1 WHERE id = ?")
        update.bind(now.ms, at: 1)
        update.bind(id, at: 2)
        try update.run()
        if state == .refused { try RefusalTable(db: db).delete(id) }
        var tally = try Tally(db)
        tally.move(id, from: state, to: .scheduled)
        try tally.write(db)
        let origin = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
        origin.bind(URLKey.origin(of: id), at: 1)
        try origin.run()
        return EnqueueCommit.Touched(origin: URLKey.origin(of: id), dueAt: now, priority: 100, reorders: true)
    }
}
