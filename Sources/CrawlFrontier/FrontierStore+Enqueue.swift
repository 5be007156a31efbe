package import CrawlCore
import GRDB
import Synchronization

extension FrontierStore {
    /// One transaction. Rows are written in the order of their numbers: what limits an enqueue is dirty pages, not rows.
    package func enqueue(_ batch: EnqueueBatch, now: Instant) throws -> EnqueueCommit {
        try batch.bytes.withUnsafeBufferPointer { bytes in
            let origins = BatchOrigins(batch, bytes: bytes, hash: pathHash)
            return try write { db in
                var (commit, sitemaps) = try enqueue(db, batch, bytes, origins, now: now)
                if !sitemaps.isEmpty {
                    commit.sitemaps = try SitemapStore(db: db, now: now).openJobs(sitemaps, of: batch)
                }
                return commit
            }
        }
    }

    /// Within a transaction. Beside the commit: the numbers of URLs that are sitemaps, with their places in the batch.
    func enqueue(
        _ db: Database, _ batch: EnqueueBatch, _ bytes: UnsafeBufferPointer<UInt8>, _ origins: BatchOrigins,
        now: Instant
    ) throws -> (EnqueueCommit, [NamedSitemap]) {
        let writing = try EnqueueWriting(
            db: db, batch: batch, bytes: bytes, dues: dues, generation: generation.withLock { $0 }, now: now)
        return (try writing.run(origins, hash: pathHash), writing.sitemaps)
    }
}

/// A URL that is a sitemap.
struct NamedSitemap {
    var id: Int64
    /// Its place in the batch.
    var entry: Int
}

/// The enqueue of one batch, inside its transaction.
private final class EnqueueWriting {
    private let db: Database
    private let batch: EnqueueBatch
    private let bytes: UnsafeBufferPointer<UInt8>
    private let dues: DueChanges
    private let generation: Int64
    private let now: Instant
    private let insert: RawStatement
    private let select: RawStatement
    private var tally: Tally
    private var commit = EnqueueCommit()
    private(set) var sitemaps: [NamedSitemap] = []
    /// For each origin of the batch its number, and where it stands in `commit.touched`.
    private var originIDs: [Int64] = []
    private var originHasWork: [Bool] = []
    private var touched: [Int32] = []

    init(
        db: Database, batch: EnqueueBatch, bytes: UnsafeBufferPointer<UInt8>, dues: DueChanges, generation: Int64,
        now: Instant
    ) throws {
        self.db = db
        self.batch = batch
        self.bytes = bytes
        self.dues = dues
        self.generation = generation
        self.now = now
        tally = try Tally(db)
        insert = try RawStatement(
            db,
            """
            INSERT INTO url (id, path, state, generation, priority, due_at, recrawl_ms)
            VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """)
        select = try RawStatement(
            db, "SELECT path, state, due_at, has_health, last_at, recrawl_ms FROM url WHERE id = ?")
    }

    private struct Keyed {
        var id: Int64
        var entry: Int32
    }

    func run(_ origins: BatchOrigins, hash: PathHash) throws -> EnqueueCommit {
        try resolve(origins)
        var keyed: [Keyed] = []
        keyed.reserveCapacity(batch.count)
        for (i, entry) in batch.entries.enumerated() {
            let origin = originIDs[Int(origins.indexOf[i])]
            guard origin != Self.noRoom else {
                commit.receipt.full.append(Int32(i))
                continue
            }
            keyed.append(
                Keyed(
                    id: URLKey.make(origin: origin, hash: hash(BatchOrigins.path(entry, bytes))), entry: Int32(i)))
        }
        keyed.sort { ($0.id, $0.entry) < ($1.id, $1.entry) }
        for key in keyed {
            let entry = batch.entries[Int(key.entry)]
            let options = entry.options >= 0 ? batch.options[Int(entry.options)] : nil
            try write(
                key.id, BatchOrigins.path(entry, bytes), options, Int(origins.indexOf[Int(key.entry)]), key.entry)
        }
        try tally.write(db)
        try markWork()
        return commit
    }

    /// In the place of an origin's number: it is new, and there is no room for another.
    private static let noRoom: Int64 = -1

    /// Numbers for the batch's origins, new ones for those that are unknown.
    private func resolve(_ origins: BatchOrigins) throws {
        let find = try RawStatement(db, "SELECT id, has_work FROM origin WHERE key = ?")
        let add = try RawStatement(
            db,
            """
            INSERT INTO origin (key) SELECT ?1 WHERE (SELECT coalesce(max(id), 0) FROM origin) < ?2 RETURNING id
            """)
        for entry in origins.firstEntry {
            let key = BatchOrigins.origin(batch.entries[entry], bytes)
            find.bindText(key, at: 1)
            if try find.step() {
                originIDs.append(find.int(0))
                originHasWork.append(find.int(1) != 0)
            } else {
                add.bindText(key, at: 1)
                add.bind(URLKey.maxOrigin, at: 2)
                originIDs.append(try add.step() ? add.int(0) : Self.noRoom)
                add.reset()
                originHasWork.append(false)
            }
            find.reset()
        }
        touched = [Int32](repeating: -1, count: originIDs.count)
    }

    private func write(
        _ first: Int64, _ path: UnsafeBufferPointer<UInt8>, _ options: EnqueueOptions?, _ origin: Int, _ entry: Int32
    ) throws {
        let isSitemap = options?.isSitemap ?? false
        // What was said is for the URLs that a sitemap lists, not for the sitemap.
        let options = isSitemap ? .sitemapDocument : options
        let due = options?.force == true ? now : options?.dueAt ?? now
        let priority = options?.priority ?? options?.hint?.priority ?? 0
        var id = first
        while true {
            insert.bind(id, at: 1)
            insert.bindText(path, at: 2)
            insert.bind(generation, at: 3)
            insert.bind(Int64(priority), at: 4)
            insert.bind(due.ms, at: 5)
            insert.bind(options?.recrawl?.ms, at: 6)
            if try insert.run() == 1 {
                commit.receipt.new += 1
                tally.add(.scheduled, of: id)
                dues.add(due)
                if let meta = options?.meta { try note(id, meta) }
                if isSitemap { sitemaps.append(NamedSitemap(id: id, entry: Int(entry))) }
                touch(origin, due: due, priority: priority, reorders: due < now)
                return
            }
            select.bind(id, at: 1)
            guard try select.step() else { throw FrontierError.io(path: "", reason: "a row vanished") }
            let stored = select.bytes(0)
            let isSame = stored.count == path.count && stored.elementsEqual(path)
            let state = URLState(rawValue: UInt8(clamping: select.int(1))) ?? .scheduled
            let hasHealth = select.int(3) != 0
            let (dueBefore, lastAt) = (select.instant(2), select.instant(4))
            let isLed = select.optionalInt(5) == Recrawl.led
            select.reset()
            if isSame {
                commit.receipt.known += 1
                if isSitemap {
                    guard try !SitemapStore(db: db, now: now).isDocument(id) else { return }
                    sitemaps.append(NamedSitemap(id: id, entry: Int(entry)))
                    try reschedule(id, now, state, hasHealth: hasHealth, origin)
                    return
                }
                if isLed {
                    try takeOver(id)
                    if dueBefore == nil, !hasHealth, state == .done || state == .gone {
                        try reschedule(id, due, state, hasHealth: false, origin)
                    }
                }
                if let options {
                    try update(id, options, state, hasHealth: hasHealth, origin)
                    if let hint = options.hint, !options.force, options.dueAt == nil, !hasHealth,
                        state == .scheduled || state == .done || state == .gone, dueBefore.map({ $0 > now }) ?? true,
                        hint.tellsOfChange(since: lastAt, now: now)
                    {
                        try reschedule(id, now, state, hasHealth: false, origin)
                    }
                }
                return
            }
            // Another path with the same hash: its number is taken, the next one of the origin may be free.
            id = URLKey.next(after: id)
        }
    }

    /// So far only a temporary redirect led to the URL; from now on it is one like any other.
    private func takeOver(_ id: Int64) throws {
        for sql in ["UPDATE url SET recrawl_ms = NULL WHERE id = ?", "DELETE FROM arrival WHERE id = ?"] {
            let row = try RawStatement(db, sql)
            row.bind(id, at: 1)
            try row.run()
        }
    }

    /// Given fields replace the stored ones, absent ones stay.
    private func update(
        _ id: Int64, _ options: EnqueueOptions, _ state: URLState, hasHealth: Bool, _ origin: Int
    ) throws {
        if let priority = options.priority {
            let statement = try RawStatement(db, "UPDATE url SET priority = ? WHERE id = ?")
            statement.bind(Int64(priority), at: 1)
            statement.bind(id, at: 2)
            try statement.run()
        }
        if let recrawl = options.recrawl {
            let statement = try RawStatement(db, "UPDATE url SET recrawl_ms = ? WHERE id = ?")
            statement.bind(recrawl.ms, at: 1)
            statement.bind(id, at: 2)
            try statement.run()
        }
        if let meta = options.meta { try note(id, meta) }
        if options.force { try ContentRow.forgetValidators(db, id) }
        if options.force || options.dueAt != nil {
            try reschedule(id, options.force ? now : options.dueAt ?? now, state, hasHealth: hasHealth, origin)
        } else if options.priority != nil {
            touch(origin, due: now, reorders: true)
        }
    }

    /// `force` and `due_at` move a URL's next attempt; they lift no hold. While a run is open its own schedule counts:
    /// an earlier wish brings the next probe forward, a broken URL waits for its recheck.
    private func reschedule(_ id: Int64, _ due: Instant, _ state: URLState, hasHealth: Bool, _ origin: Int) throws {
        if hasHealth {
            let statement = try RawStatement(
                db, "UPDATE health SET due_at = min(coalesce(due_at, ?1), ?1) WHERE id = ?2 AND phase IN (1, 2)")
            statement.bind(due.ms, at: 1)
            statement.bind(id, at: 2)
            let moved = try statement.run()
            let isHealthTraffic = try RawStatement(db, "SELECT 1 FROM health WHERE id = ? AND phase <> 0")
            isHealthTraffic.bind(id, at: 1)
            defer { isHealthTraffic.reset() }
            if moved > 0 {
                let row = try RawStatement(db, "UPDATE url SET state = 1 WHERE id = ?")
                row.bind(id, at: 1)
                try row.run()
                tally.move(id, from: state, to: .scheduled)
                return touch(origin, due: due, reorders: true)
            }
            if try isHealthTraffic.step() { return }
        }
        if state == .refused { try RefusalTable(db: db).delete(id) }
        let statement = try RawStatement(db, "UPDATE url SET due_at = crawld_due(due_at, ?), state = 1 WHERE id = ?")
        statement.bind(due.ms, at: 1)
        statement.bind(id, at: 2)
        try statement.run()
        tally.move(id, from: state, to: .scheduled)
        touch(origin, due: due, reorders: true)
    }

    private func note(_ id: Int64, _ meta: String) throws {
        let statement = try RawStatement(db, "INSERT OR REPLACE INTO note VALUES (?, ?)")
        statement.bind(id, at: 1)
        statement.bind(meta, at: 2)
        try statement.run()
    }

    private func touch(_ origin: Int, due: Instant, priority: Int = 0, reorders: Bool) {
        if touched[origin] < 0 {
            touched[origin] = Int32(commit.touched.count)
            commit.touched.append(
                EnqueueCommit.Touched(
                    origin: originIDs[origin], dueAt: due, priority: priority, reorders: reorders))
            return
        }
        let index = Int(touched[origin])
        commit.touched[index].dueAt = min(commit.touched[index].dueAt, due)
        commit.touched[index].priority = max(commit.touched[index].priority, priority)
        if reorders { commit.touched[index].reorders = true }
    }

    private func markWork() throws {
        let statement = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
        for (index, id) in originIDs.enumerated() where touched[index] >= 0 && !originHasWork[index] {
            statement.bind(id, at: 1)
            try statement.run()
        }
    }
}
