package import CrawlCore
import GRDB

/// A URL with all that is kept of it.
package struct StoredURL: Sendable {
    package var id: Int64
    package var url: String
    package var origin: String
    package var state: URLState
    package var priority: Int
    /// Of ordinary or health traffic; nil = not due.
    package var dueAt: Instant?
    /// nil = the configured default.
    package var recrawl: Recrawl?
    package var attempts: Int
    package var lastAt: Instant?
    /// nil = never asked.
    package var lastOutcome: Outcome?
    /// 0 = no HTTP answer.
    package var lastStatus: Int
    package var health: HealthRecord?
    package var content: Verdict.Content?
    package var meta: String?
    /// Set while refused.
    package var refusal: Refusal?
    /// Why the whole origin is held.
    package var hold: OriginRobots.Hold?
    /// Where the last answer led, if it was a redirect; of a page's rows only the first hop.
    package var redirects: [StoredRedirect] = []
}

/// Which URLs a page lists.
package struct URLFilter: Sendable {
    package var state: URLState?
    /// `scheme://host[:port]`.
    package var origin: String?
    package init(state: URLState? = nil, origin: String? = nil) {
        self.state = state
        self.origin = origin
    }
}

/// Which rows a page has, in their order.
package struct PageKeys<Key: Sendable>: Sendable {
    package var keys: [Key]
    /// After which the next page begins; nil = this was the last.
    package var next: Key?
}

extension FrontierStore {
    /// What a record takes in JSON beside its URL and meta, about.
    private static let rowBytes = 512

    static let columns = """
        u.id, u.path, u.state, u.priority, u.due_at, u.recrawl_ms, u.has_health, u.attempts, u.last_at,
        u.last_answer
        """

    /// nil = unknown.
    package func record(_ url: CrawlURL) throws -> StoredURL? {
        try read(reader) { db in try record(db, url) }
    }

    /// The spelling in which it is kept: its own, else another one of the same URL; nil = it is unknown in all of them.
    package func spelling(of url: CrawlURL) throws -> CrawlURL? {
        try read(reader) { db in
            if try find(db, url) != nil { return url }
            return try Spellings.others(of: url).first { try find(db, $0) != nil }
        }
    }

    func record(_ db: Database, _ url: CrawlURL) throws -> StoredURL? {
        guard let id = try find(db, url) else { return nil }
        let row = try RawStatement(db, "SELECT \(Self.columns) FROM url u WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        var stored = try Self.stored(db, row, origin: url.origin)
        if stored.lastOutcome == .redirected {
            stored.redirects = try RedirectChain(db: db).load(from: id) { try find(db, $0) }
        }
        return stored
    }

    /// The URL by that number, or the robots.txt by that ticket; nil = unknown.
    package func name(of id: Int64) throws -> String? {
        try read(reader) { db in
            let subject = URLKey.isRobots(id) ? IncidentSubject.robots(URLKey.origin(of: id)) : .url(id)
            return try incidentStore(db).place(subject)?.url
        }
    }

    /// Those of the numbers that are known, in the order given.
    package func records(_ ids: [Int64]) throws -> [StoredURL] { try records(ids, within: .max).rows }

    /// The first of them, as many as fit into `bytes`.
    package func records(_ ids: [Int64], within bytes: Int) throws -> PageRows<StoredURL> {
        try read(reader) { db in
            try PageRows(of: ids, within: bytes) { id in
                let row = try RawStatement(db, "SELECT \(Self.columns) FROM url u WHERE id = ?")
                row.bind(id, at: 1)
                defer { row.reset() }
                guard try row.step() else { return nil }
                let stored = try Self.stored(db, row, origin: Self.key(db, URLKey.origin(of: id)))
                return (stored, Self.bytes(of: stored))
            }
        }
    }

    private static func bytes(of stored: StoredURL) -> Int {
        let led = stored.redirects.reduce(0) { $0 + ($1.target?.utf8.count ?? 0) }
        return stored.url.utf8.count + (stored.meta?.utf8.count ?? 0) + led + rowBytes
    }

    /// Which URLs a page has, by number (that is, by origin) after `after`. Looks at no more than 20 rows for each it may
    /// have: with a rare state a page can be short, or empty, and still have a next one.
    package func pageKeys(_ filter: URLFilter, after: Int64, limit: Int) throws -> PageKeys<Int64> {
        try read(reader) { db in
            var walk = PageWalk(limit: limit)
            var first = after
            var last = Int64.max
            if let key = filter.origin {
                guard let origin = try Self.origin(db, key) else { return walk.page }
                first = max(after, URLKey.make(origin: origin, hash: 0) &- 1)
                last = URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask))
            }
            switch filter.state {
            case .held: try held(db, after: first, through: last, &walk)
            // URLs in trouble are few and have rows of their own. An open run may be one of an origin that is broken, or
            // turns us away, and then counts as both do: whoever shows it knows.
            case .brokenOrigin:
                try self.walk(db, .brokenOrPending, first, last, [], &walk)
            case .softBlocked:
                try self.walk(db, .turnedAwayOrPending, first, last, [], &walk)
            default: try self.walk(db, .urls, first, last, filter.state.map { [$0] } ?? [], &walk)
            }
            return walk.page
        }
    }

    /// Rows in the order of their numbers, those after ?1 up to ?2.
    enum Walked: String, CaseIterable {
        case urls = "url u WHERE u.id > ?1 AND u.id <= ?2 ORDER BY u.id"
        case brokenOrPending = """
            health h JOIN url u USING (id) WHERE h.phase IN (1, 2, 3) AND h.id > ?1 AND h.id <= ?2 ORDER BY h.id
            """
        case turnedAwayOrPending = """
            health h JOIN url u USING (id) WHERE h.phase IN (1, 2, 6) AND h.id > ?1 AND h.id <= ?2 ORDER BY h.id
            """
        case waitingOrPartial = """
            health h JOIN url u USING (id) WHERE h.phase IN (4, 5) AND h.id > ?1 AND h.id <= ?2 ORDER BY h.id
            """
    }

    /// A page in the making.
    private struct PageWalk {
        let limit: Int
        var page = PageKeys<Int64>(keys: [])
        var looked = 0

        init(limit: Int) { self.limit = limit }

        var isFull: Bool { page.keys.count >= limit || looked >= limit * 20 }
    }

    /// Rows with numbers after `first` up to `last`, only those in one of `states` if there are any.
    private func walk(
        _ db: Database, _ walked: Walked, _ first: Int64, _ last: Int64, _ states: Set<URLState>, _ walk: inout PageWalk
    ) throws {
        let rows = try RawStatement(db, "SELECT u.id, u.state FROM \(walked.rawValue)")
        rows.bind(first, at: 1)
        rows.bind(last, at: 2)
        defer { rows.reset() }
        while try rows.step() {
            let id = rows.int(0)
            walk.looked += 1
            if states.isEmpty || states.contains(Self.state(rows.int(1))) { walk.page.keys.append(id) }
            if walk.isFull {
                walk.page.next = id
                return
            }
        }
    }

    /// URLs that are held by themselves, and scheduled ones of origins that are held. Other origins are passed over by way
    /// of their URLs in trouble.
    private func held(_ db: Database, after: Int64, through last: Int64, _ walk: inout PageWalk) throws {
        let table = HoldTable(db: db)
        var first = after
        var previous = after < 0 ? -1 : URLKey.origin(of: after) - 1
        while first < last {
            let origin = try table.held(after: previous, limit: 1).first
            let start = origin.map { URLKey.make(origin: $0, hash: 0) &- 1 } ?? .max
            try self.walk(db, .waitingOrPartial, first, min(start, last), [.held], &walk)
            guard walk.page.next == nil, let origin, start < last else { return }
            let end = URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask))
            try self.walk(db, .urls, max(first, start), end, [.held, .scheduled], &walk)
            guard walk.page.next == nil else { return }
            first = end
            previous = origin
        }
    }

    private static func key(_ db: Database, _ origin: Int64) throws -> String {
        let row = try RawStatement(db, "SELECT key FROM origin WHERE id = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? row.text(0) : ""
    }

    private static func stored(_ db: Database, _ row: RawStatement, origin: String) throws -> StoredURL {
        var stored = StoredURL(
            id: row.int(0), url: origin + row.text(1), origin: origin, state: state(row.int(2)),
            priority: Int(clamping: row.int(3)), dueAt: row.instant(4), recrawl: Recrawl(ms: row.optionalInt(5)),
            attempts: Int(clamping: row.int(7)), lastAt: row.instant(8),
            lastOutcome: LastAnswer(stored: row.int(9)).outcome, lastStatus: LastAnswer(stored: row.int(9)).status)
        let id = stored.id
        if row.int(6) != 0 {
            stored.health = try HealthRow.load(db, id)
            let due = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?")
            due.bind(id, at: 1)
            if try due.step() { stored.dueAt = stored.dueAt ?? due.instant(0) }
            due.reset()
        }
        stored.content = try ContentRow.load(db, id)
        if stored.state == .refused { stored.refusal = try RefusalTable(db: db).load(id) }
        stored.hold = try HoldTable(db: db).reasons(of: URLKey.origin(of: id)).hold
        if stored.lastOutcome == .redirected {
            stored.redirects = try RedirectChain(db: db).load(from: id) { _ in nil }
        }
        let note = try RawStatement(db, "SELECT meta FROM note WHERE id = ?")
        note.bind(id, at: 1)
        if try note.step() { stored.meta = note.text(0) }
        note.reset()
        return stored
    }
}
