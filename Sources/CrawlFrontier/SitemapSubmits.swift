package import CrawlCore
import GRDB

/// What the frontier knows of another host that a sitemap lists pages of.
package enum SitemapSubmit: Sendable, Hashable {
    /// There is nothing to go by, and nothing will come.
    case unknown
    /// Its stored robots.txt has these Sitemap lines: a stranger's words.
    case lines([String])
    /// It has URLs in the frontier and no stored robots.txt, which may be asked for.
    case unasked
    /// Its robots.txt is awaited already.
    case asked
}

// Cross submits (sitemaps.org, "Sitemaps & Cross Submits"): a sitemap speaks for another host if that host's robots.txt
// names it. Only a robots.txt that is stored counts. Pages of a host that may be asked are put off: the document is read
// a second time when the answers are there, and then these pages alone are looked at.

extension FrontierStore {
    /// Of an origin, for `job`. Reads its stored robots.txt, of 512 KiB at most.
    package func sitemapSubmit(of origin: Int64, job: Int64, now: Instant) throws -> SitemapSubmit {
        try read(reader) { db in try SitemapStore(db: db, now: now).submit(of: origin, job: job) }
    }

    /// The number of the origin `key`; nil = it is not in the frontier.
    package func knownOrigin(_ key: [UInt8]) throws -> Int64? {
        try read(reader) { db in
            let row = try RawStatement(db, "SELECT id FROM origin WHERE key = ?")
            key.withUnsafeBufferPointer { row.bindText($0, at: 1) }
            defer { row.reset() }
            return try row.step() ? row.int(0) : nil
        }
    }

    /// What a document may be named by in a robots.txt: itself, the indexes that led to it, and what the operator gave.
    /// Beside it, for how many hosts its job may still ask.
    package func sitemapNames(_ document: FetchedSitemap) throws -> (names: [String], room: Int) {
        try read(reader) { db in
            let store = SitemapStore(db: db, now: Instant(ms: 0))
            var names = [document.url, document.root]
            var next = try store.document(document.id)?.parent
            for _ in 0...SitemapBounds.depth {
                guard let id = next else { break }
                let row = try RawStatement(
                    db, "SELECT o.key || u.path FROM url u JOIN origin o ON o.id = u.id >> 40 WHERE u.id = ?")
                row.bind(id, at: 1)
                if try row.step() { names.append(row.text(0)) }
                row.reset()
                next = try store.document(id)?.parent
            }
            return (names, SitemapBounds.robots - (try store.robots(of: document.job).count))
        }
    }

    /// Documents whose awaited robots.txt are all there, or will not come, can be read on. When the next of the others
    /// can be at the latest; nil = none waits.
    package func resumeSitemaps(now: Instant) throws -> Instant? {
        try write { db in
            let store = SitemapStore(db: db, now: now)
            let rows = try RawStatement(db, "SELECT DISTINCT job FROM sitemap_document WHERE state = 4")
            var jobs: [Int64] = []
            while try rows.step() { jobs.append(rows.int(0)) }
            rows.reset()
            var next: Instant?
            for job in jobs {
                if let deadline = try store.robotsDeadline(of: job) {
                    next = min(next ?? deadline, deadline)
                    continue
                }
                let documents = try RawStatement(
                    db, "UPDATE sitemap_document SET state = 1 WHERE job = ? AND state = 4")
                documents.bind(job, at: 1)
                try documents.run()
            }
            return next
        }
    }

    /// The robots.txt of these origins will not be asked for: nothing waits for them any more.
    package func forgoSitemapRobots(_ origins: [Int64]) throws {
        try write { db in
            for origin in origins {
                let row = try RawStatement(
                    db,
                    """
                    UPDATE sitemap_robots SET asked_at = 0
                    WHERE origin = ? AND job IN (SELECT id FROM sitemap_job WHERE ended_at IS NULL)
                    """)
                row.bind(origin, at: 1)
                try row.run()
            }
        }
    }

    /// Origins whose robots.txt open jobs wait for.
    package func awaitedSitemapRobots(now: Instant) throws -> [Int64] {
        try read(reader) { db in
            let store = SitemapStore(db: db, now: now)
            let rows = try RawStatement(db, "SELECT DISTINCT job FROM sitemap_robots")
            var jobs: [Int64] = []
            while try rows.step() { jobs.append(rows.int(0)) }
            rows.reset()
            var awaited: Set<Int64> = []
            for job in jobs {
                for ask in try store.robots(of: job) where try !store.isAnswered(ask) { awaited.insert(ask.origin) }
            }
            return awaited.sorted()
        }
    }
}

extension SitemapStore {
    fileprivate func submit(of origin: Int64, job: Int64) throws -> SitemapSubmit {
        let askedAt = try robotsAskedAt(origin, job: job)
        let row = try RawStatement(db, "SELECT asked_at, copy_at, text, is_cut FROM robots WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        if try row.step() {
            if let copyAt = row.instant(1), now < copyAt + RobotsSettings.longest(isCut: row.int(3) != 0) {
                return .lines(RobotsRules.sitemaps(in: row.bytes(2)))
            }
            if let askedAt, row.int(0) >= askedAt.ms { return .unknown }
        }
        if let askedAt { return askedAt + SitemapBounds.robotsWait > now ? .asked : .unknown }
        let url = try RawStatement(db, "SELECT 1 FROM url WHERE id >= ? AND id <= ? LIMIT 1")
        url.bind(URLKey.make(origin: origin, hash: 0), at: 1)
        url.bind(URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask)), at: 2)
        defer { url.reset() }
        return try url.step() ? .unasked : .unknown
    }

    struct RobotsAsk {
        var origin: Int64
        var askedAt: Instant
    }

    func robots(of job: Int64) throws -> [RobotsAsk] {
        let rows = try RawStatement(db, "SELECT origin, asked_at FROM sitemap_robots WHERE job = ?")
        rows.bind(job, at: 1)
        defer { rows.reset() }
        var asks: [RobotsAsk] = []
        while try rows.step() { asks.append(RobotsAsk(origin: rows.int(0), askedAt: Instant(ms: rows.int(1)))) }
        return asks
    }

    func robotsAskedAt(_ origin: Int64, job: Int64) throws -> Instant? {
        let row = try RawStatement(db, "SELECT asked_at FROM sitemap_robots WHERE job = ? AND origin = ?")
        row.bind(job, at: 1)
        row.bind(origin, at: 2)
        defer { row.reset() }
        return try row.step() ? row.instant(0) : nil
    }

    func isAnswered(_ ask: RobotsAsk) throws -> Bool {
        let row = try RawStatement(db, "SELECT asked_at FROM robots WHERE origin = ?")
        row.bind(ask.origin, at: 1)
        defer { row.reset() }
        return try row.step() && row.int(0) >= ask.askedAt.ms
    }

    /// When a document of the job that awaits robots.txt is read on at the latest; nil = none does, or nothing is
    /// awaited any more.
    func robotsDeadline(of job: Int64) throws -> Instant? {
        let asking = try RawStatement(db, "SELECT 1 FROM sitemap_document WHERE job = ? AND state = 4 LIMIT 1")
        asking.bind(job, at: 1)
        defer { asking.reset() }
        guard try asking.step() else { return nil }
        let open = try robots(of: job).filter { ask in
            try ask.askedAt + SitemapBounds.robotsWait > now && !isAnswered(ask)
        }
        return open.map { $0.askedAt + SitemapBounds.robotsWait }.max()
    }

    /// Pages of these origins are put off. Returns those that are to be asked now: the job did not before.
    func putOff(_ origins: [Int64], of document: FetchedSitemap) throws -> [Int64] {
        guard !origins.isEmpty else { return [] }
        var asked: [Int64] = []
        for origin in origins {
            let row = try RawStatement(
                db, "INSERT INTO sitemap_robots (job, origin, asked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            row.bind(document.job, at: 1)
            row.bind(origin, at: 2)
            row.bind(now.ms, at: 3)
            if try row.run() == 1 { asked.append(origin) }
        }
        let before = try RawStatement(db, "SELECT put_off FROM sitemap_document WHERE id = ?")
        before.bind(document.id, at: 1)
        let known = try before.step() ? Array(before.bytes(0)) : []
        before.reset()
        let row = try RawStatement(db, "UPDATE sitemap_document SET put_off = ? WHERE id = ?")
        row.bindBlob(known + origins.flatMap(Self.bytes), at: 1)
        row.bind(document.id, at: 2)
        try row.run()
        return asked
    }

    /// The document was read to its end for the first time and has put something off: then it waits.
    func waitsForRobots(_ document: FetchedSitemap) throws -> Bool {
        let row = try RawStatement(
            db,
            """
            UPDATE sitemap_document SET state = 4, pass = 1, entries = 0
            WHERE id = ? AND pass = 0 AND put_off IS NOT NULL
            """)
        row.bind(document.id, at: 1)
        return try row.run() > 0
    }

    /// Of an origin in `sitemap_document.put_off`.
    private static func bytes(_ origin: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: origin >> ($0 * 8)) }
    }

    /// See `sitemap_document.put_off`.
    static func origins(_ bytes: UnsafeBufferPointer<UInt8>) -> [Int64] {
        (0..<min(bytes.count / 8, SitemapBounds.robots)).map { index in
            bytes[(index * 8)..<(index * 8 + 8)].reduce(0) { $0 << 8 | Int64($1) }
        }
    }
}
