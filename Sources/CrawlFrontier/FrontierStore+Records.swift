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

package struct URLPage: Sendable {
    package var rows: [StoredURL] = []
    /// Where the next page begins; nil = this was the last.
    package var next: Int64?
}

extension FrontierStore {
    /// A page ends with the row that passes it; about, as JSON.
    private static let pageBytes = 512 << 10
    /// What a record takes beside its URL and meta, about.
    private static let rowBytes = 512

    private static let columns = """
        u.id, u.path, u.state, u.priority, u.due_at, u.recrawl_ms, u.has_health, u.attempts, u.last_at,
        u.last_answer
        """

    /// nil = unknown.
    package func record(_ url: CrawlURL) throws -> StoredURL? {
        try read(reader) { db in
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
    }

    /// Those of the numbers that are known, in the order given.
    package func records(_ ids: [Int64]) throws -> [StoredURL] {
        try read(reader) { db in
            try ids.compactMap { id in
                let row = try RawStatement(db, "SELECT \(Self.columns) FROM url u WHERE id = ?")
                row.bind(id, at: 1)
                defer { row.reset() }
                guard try row.step() else { return nil }
                return try Self.stored(db, row, origin: Self.key(db, URLKey.origin(of: id)))
            }
        }
    }

    /// URLs by number (that is, by origin) after `after`. Looks at no more than 20 rows for each it may return: with a
    /// rare state a page can be short, or empty, and still have a next one. Long URLs make it short too: many readers at
    /// a time must not take much memory.
    package func page(_ filter: URLFilter, after: Int64, limit: Int) throws -> URLPage {
        try read(reader) { db in
            var last = Int64.max
            var first = after
            if let key = filter.origin {
                guard let origin = try Self.origin(db, key) else { return URLPage() }
                first = max(after, URLKey.make(origin: origin, hash: 0) - 1)
                last = URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask))
            }
            if filter.state == .held { return try held(db, filter.origin, after: after, limit: limit) }
            // Broken URLs are few and have an index of their own.
            let isBroken = filter.state == .brokenOrigin
            let rows = try RawStatement(
                db,
                isBroken
                    ? """
                    SELECT \(Self.columns) FROM health h JOIN url u USING (id)
                    WHERE h.phase = 3 AND h.id > ?1 AND h.id <= ?2 ORDER BY h.id
                    """
                    : "SELECT \(Self.columns) FROM url u WHERE id > ?1 AND id <= ?2 ORDER BY id")
            rows.bind(first, at: 1)
            rows.bind(last, at: 2)
            defer { rows.reset() }
            var page = URLPage()
            var origin: (id: Int64, key: String) = (-1, "")
            var looked = 0
            var bytes = 0
            while try rows.step() {
                let id = rows.int(0)
                looked += 1
                if filter.state.map({ $0 == Self.state(rows.int(2)) }) ?? true {
                    if URLKey.origin(of: id) != origin.id {
                        origin = (URLKey.origin(of: id), try Self.key(db, URLKey.origin(of: id)))
                    }
                    let stored = try Self.stored(db, rows, origin: origin.key)
                    bytes += stored.url.utf8.count + (stored.meta?.utf8.count ?? 0) + Self.rowBytes
                    page.rows.append(stored)
                }
                if page.rows.count == limit || bytes > Self.pageBytes || looked == limit * 20 {
                    page.next = id
                    break
                }
            }
            return page
        }
    }

    /// Scheduled URLs of origins that are held.
    private func held(_ db: Database, _ origin: String?, after: Int64, limit: Int) throws -> URLPage {
        var page = URLPage()
        let table = RobotsTable(db: db)
        let wanted = try origin.map { try Self.origin(db, $0) ?? -1 }
        var first = after < 0 ? 0 : URLKey.origin(of: after) - 1
        while let id = try table.held(after: first, limit: 1).first {
            first = id
            if let wanted, wanted != id { continue }
            let key = try Self.key(db, id)
            let rows = try RawStatement(
                db,
                """
                SELECT \(Self.columns) FROM url u
                WHERE id > ?1 AND id < ?2 AND state = 1 ORDER BY id LIMIT ?3
                """)
            rows.bind(max(after, URLKey.make(origin: id, hash: 0) - 1), at: 1)
            rows.bind(URLKey.make(origin: id + 1, hash: 0), at: 2)
            rows.bind(Int64(limit - page.rows.count), at: 3)
            while try rows.step() { page.rows.append(try Self.stored(db, rows, origin: key)) }
            rows.reset()
            guard page.rows.count < limit else {
                page.next = page.rows.last?.id
                return page
            }
        }
        return page
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
        let numbered = URLKey.origin(of: id)
        stored.hold = try RobotsTable(db: db).hold(of: numbered) ?? BreakerTable(db: db).hold(of: numbered)
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
