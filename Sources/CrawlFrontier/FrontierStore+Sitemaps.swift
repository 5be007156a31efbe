package import CrawlCore
import GRDB

/// A document that can be read.
package struct FetchedSitemap: Sendable, Hashable {
    package var id: Int64
    package var url: String
    package var job: Int64
    /// Of the job.
    package var root: String
    /// 0 = the root.
    package var depth: Int
    /// Read by a process before this one: they are passed over.
    package var entries: Int
    /// Everything was read once; now only what was put off is.
    package var isSecondPass: Bool
    /// Origins whose pages are put off until their robots.txt is known.
    package var putOff: Set<Int64>
    /// Of its answer; nil = it had none.
    package var contentType: String?
    /// What the operator gave for the URLs.
    package var options: EnqueueOptions
}

/// What a part of a document came to.
package struct SitemapProgress: Sendable {
    /// Of this part.
    package var entries = 0
    package private(set) var rejected = 0
    /// By reason; the reasons are part of the interface, and few.
    package private(set) var rejections: [String: SitemapRejection] = [:]
    package var foreign = 0
    /// Origins whose robots.txt is to be asked for; their pages are put off.
    package var putOff: [Int64] = []
    /// nil = there is more to read.
    package var end: End?

    package enum End: Sendable, Hashable {
        case complete
        /// The reason is part of the interface.
        case cut(String)
    }

    package init() {}

    /// `sample`: the entry's URL as it was written; it is cut and made harmless here. nil = there is nothing to show.
    package mutating func reject(_ reason: String, sample: String? = nil) {
        rejected += 1
        var rejection = rejections[reason] ?? SitemapRejection(reason: reason, entries: 0)
        rejection.entries += 1
        if rejection.sample == nil { rejection.sample = sample.map { StrangersText.safe($0) } }
        rejections[reason] = rejection
    }
}

/// Entries that were rejected for one reason.
package struct SitemapRejection: Sendable, Hashable {
    package var reason: String
    package var entries: Int
    /// The first of them that had something to show.
    package var sample: String?

    package init(reason: String, entries: Int, sample: String? = nil) {
        self.reason = reason
        self.entries = entries
        self.sample = sample
    }
}

/// How far a job may go; sitemaps.org knows no limit for either.
package enum SitemapBounds {
    /// An index at this depth is read, but the documents that it names are not; the root is at 0.
    package static let depth = 3
    package static let documents = 50_000
    /// Other hosts whose robots.txt a job may ask for, to see whether it names the sitemap.
    package static let robots = 100
    /// Other hosts of a document whose stored robots.txt is looked at, each time that it is read: every look may read half
    /// a megabyte.
    package static let hosts = 1_000
    /// Their answers are waited for so long; who has given none then has not named it.
    package static let robotsWait = Duration.seconds(3600)
    /// Fetches in vain: each time the answer was good and its file was not there.
    static let tries = 3
}

extension FrontierStore {
    /// The next document to read; nil = none is fetched.
    package func fetchedSitemap() throws -> FetchedSitemap? {
        try read(reader) { db in
            let row = try RawStatement(
                db,
                """
                SELECT d.id, o.key || u.path, d.job, j.url, d.depth, d.entries, j.priority, j.due_at, j.recrawl_ms,
                    j.meta, j.force, d.pass, d.put_off, d.content_type
                FROM sitemap_document d CROSS JOIN sitemap_job j ON j.id = d.job
                    CROSS JOIN url u ON u.id = d.id CROSS JOIN origin o ON o.id = d.id >> 40
                WHERE d.state = 1 ORDER BY d.job, d.id LIMIT 1
                """)
            defer { row.reset() }
            guard try row.step() else { return nil }
            var options = EnqueueOptions()
            options.priority = row.optionalInt(6).map { Int(clamping: $0) }
            options.dueAt = row.instant(7)
            options.recrawl = Recrawl(ms: row.optionalInt(8))
            options.meta = row.optionalText(9)
            options.force = row.int(10) != 0
            return FetchedSitemap(
                id: row.int(0), url: row.text(1), job: row.int(2), root: row.text(3), depth: row.count(4),
                entries: row.count(5), isSecondPass: row.int(11) != 0, putOff: Set(SitemapStore.origins(row.bytes(12))),
                contentType: row.optionalText(13), options: options)
        }
    }

    /// Of the numbers, those that still are documents to be fetched, and those that can be read.
    package func openSitemaps(among ids: [Int64]) throws -> (waiting: [Int64], fetched: [Int64]) {
        try read(reader) { db in
            let store = SitemapStore(db: db, now: Instant(ms: 0))
            let states = try ids.map { ($0, try store.document($0)?.state) }
            return (states.filter { $0.1 == .waiting }.map(\.0), states.filter { $0.1 == .fetched }.map(\.0))
        }
    }

    /// Enqueues what a part of `document` lists and notes how far it was read, in one transaction: a crash loses and
    /// doubles nothing. Entries that are sitemaps (`EnqueueOptions.isSitemap`) become documents of the same job. nil if
    /// the document is gone.
    package func enqueue(
        _ batch: EnqueueBatch, of document: FetchedSitemap, _ progress: SitemapProgress, now: Instant
    ) throws -> EnqueueCommit? {
        try write { db in
            let store = SitemapStore(db: db, now: now)
            guard try store.document(document.id)?.state == .fetched else { return nil }
            let batch = try followed(batch, of: document, store)
            var commit = try batch.bytes.withUnsafeBufferPointer { bytes in
                let origins = BatchOrigins(batch, bytes: bytes, hash: pathHash)
                var (commit, sitemaps) = try enqueue(db, batch, bytes, origins, now: now)
                for sitemap in sitemaps where try !store.isDocument(sitemap.id) {
                    try store.add(sitemap.id, job: document.job, parent: document.id, depth: document.depth + 1)
                    commit.sitemaps.append(sitemap.id)
                }
                return commit
            }
            let isIndex = batch.options.contains { $0.isSitemap }
            if isIndex { (commit.receipt.new, commit.receipt.known) = (0, 0) }
            commit.sitemapRobots = try store.putOff(progress.putOff, of: document)
            commit.awaitsSitemapRobots = try store.note(progress, commit.receipt, of: document)
            return commit
        }
    }

    /// The batch without sitemaps that are not to be read, with the reason noted.
    private func followed(
        _ batch: EnqueueBatch, of document: FetchedSitemap, _ store: SitemapStore
    ) throws -> EnqueueBatch {
        guard batch.options.contains(where: \.isSitemap) else { return batch }
        var room = SitemapBounds.documents - (try store.documents(of: document.job))
        var kept = EnqueueBatch()
        for index in 0..<batch.count {
            let one = batch.slice(index..<(index + 1))
            guard let entry = one.entries.first else { continue }
            let url = CrawlURL(canonical: one.bytes, originLength: Int(entry.originLength))
            if let id = try find(store.db, url), try store.isDocument(id) {
                if try store.isAncestor(id, of: document.id) {
                    try store.note("loop", of: document.id, job: document.job)
                }
            } else if document.depth >= SitemapBounds.depth {
                try store.note("too-deep", of: document.id, job: document.job)
            } else if room == 0 {
                try store.note("too-many-documents", of: document.id, job: document.job)
            } else {
                room -= 1
                kept.append(url, options: one.options.first)
            }
        }
        return kept
    }

    /// The file of a document is not there: it is fetched again, a few times.
    package func refetchSitemap(_ id: Int64, now: Instant) throws -> EnqueueCommit {
        try write { db in
            let store = SitemapStore(db: db, now: now)
            var commit = EnqueueCommit()
            guard let document = try store.document(id), document.state == .fetched else { return commit }
            guard document.tries + 1 < SitemapBounds.tries else {
                try store.fail(id, reason: "no-body")
                return commit
            }
            let row = try RawStatement(db, "UPDATE sitemap_document SET state = 0, tries = tries + 1 WHERE id = ?")
            row.bind(id, at: 1)
            try row.run()
            if let touched = try store.makeDue(id, keepsTime: false) { commit.touched.append(touched) }
            commit.sitemaps.append(id)
            return commit
        }
    }

    /// Before the crawl starts. `files`: documents whose bodies are there. `boot` names the machine's present run: a body
    /// that was written before a power failure may be damaged, as it was not synced. What has no body is fetched again.
    /// Returns the documents whose files are needed.
    package func recoverSitemaps(files: Set<Int64>, boot: Int64, now: Instant) throws -> Set<Int64> {
        try write { db in
            let isSameBoot = try Fact.int(db, "sitemap_boot") == boot
            if !isSameBoot { try Fact.set(db, "sitemap_boot", boot) }
            let store = SitemapStore(db: db, now: now)
            var fetched: [Int64] = []
            for sql in [
                "SELECT id FROM sitemap_document WHERE state = 1", "SELECT id FROM sitemap_document WHERE state = 4",
            ] {
                let rows = try RawStatement(db, sql)
                while try rows.step() { fetched.append(rows.int(0)) }
                rows.reset()
            }
            let kept = isSameBoot ? Set(fetched).intersection(files) : []
            for id in fetched where !kept.contains(id) {
                try store.set(id, .waiting)
                _ = try store.makeDue(id, keepsTime: false)
            }
            for id in try store.waiting() { _ = try store.makeDue(id, keepsTime: true) }
            return kept
        }
    }
}

extension SitemapStore {
    fileprivate func documents(of job: Int64) throws -> Int {
        let row = try RawStatement(db, "SELECT documents FROM sitemap_job WHERE id = ?")
        row.bind(job, at: 1)
        defer { row.reset() }
        return try row.step() ? row.count(0) : 0
    }

    /// Whether `id` is `document` itself or leads to it.
    fileprivate func isAncestor(_ id: Int64, of document: Int64) throws -> Bool {
        var next: Int64? = document
        for _ in 0...SitemapBounds.depth {
            guard let current = next else { return false }
            if current == id { return true }
            next = try self.document(current)?.parent
        }
        return false
    }

    /// Returns whether the document was read to its end and has to be read once more.
    fileprivate func note(
        _ progress: SitemapProgress, _ receipt: EnqueueReceipt, of document: FetchedSitemap
    ) throws -> Bool {
        let job = try RawStatement(
            db,
            """
            UPDATE sitemap_job SET entries = entries + ?, new = new + ?, known = known + ?, rejected = rejected + ?,
                foreign_hosts = foreign_hosts + ? WHERE id = ?
            """)
        let entries = document.isSecondPass ? 0 : progress.entries
        let rejected = progress.rejected + receipt.full.count
        let counts = [entries, receipt.new, receipt.known, rejected, progress.foreign]
        for (index, count) in counts.enumerated() { job.bind(Int64(count), at: Int32(index + 1)) }
        job.bind(document.job, at: 6)
        try job.run()
        for rejection in progress.rejections.values { try add(rejection, to: document.job) }
        let row = try RawStatement(db, "UPDATE sitemap_document SET entries = entries + ? WHERE id = ?")
        row.bind(Int64(progress.entries), at: 1)
        row.bind(document.id, at: 2)
        try row.run()
        guard let end = progress.end else { return false }
        if try waitsForRobots(document) { return true }
        switch end {
        case .complete:
            try set(document.id, .done)
            try count(document.job, "documents_done = documents_done + 1")
        case .cut(let reason): try fail(document.id, reason: reason)
        }
        return false
    }
}
