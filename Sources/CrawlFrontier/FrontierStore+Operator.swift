package import CrawlCore
import GRDB
import Synchronization

/// What the operator's hand reaches.
package enum FrontierTarget: Sendable, Hashable {
    case url(CrawlURL)
    /// `scheme://host[:port]`.
    case origin(String)
    /// The URLs of that origin that share that open incident. For a revival only.
    case sharing(incident: String, origin: String)
}

/// What one step of a removal or revival did.
package struct OperatorCommit: Sendable {
    package var affected: Int
    /// How many of them were in trouble, and the origin itself where it was: a revival of what is well finds none.
    package var broken = 0
    /// URLs that were not to be asked, by themselves or with their origin, and are again.
    package var freed = 0
    /// Have to be looked at anew by the crawl.
    package var rows: ChangedRows
    /// Where the next step goes on; nil = this was the last.
    package var next: Int64?

    package var origin: Int64 { rows.origin }
}

extension FrontierStore {
    /// Run and streak cleared, due now, to be asked without validators; an incident left without a URL closes as
    /// `revived`. Of an origin only URLs that are not simply fine are revived. One transaction of at most `options.chunk` rows, and of at most `rows`, so
    /// that nothing waits long for the writer: call it again with `next` until that is nil. nil = the target is unknown.
    package func revive(
        _ target: FrontierTarget, after: Int64?, atMost rows: Int = .max, now: Instant
    ) throws -> OperatorCommit? {
        try change(
            target, after: after, rows: rows, now: now,
            ids: "SELECT id FROM health WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3", isRevival: true
        ) { try $0.revive($1) }
    }

    /// The rows are gone; an answer still in flight will be dropped. In steps, as `revive`.
    package func remove(
        _ target: FrontierTarget, after: Int64?, atMost rows: Int = .max, now: Instant
    ) throws -> OperatorCommit? {
        try change(
            target, after: after, rows: rows, now: now,
            ids: "SELECT id FROM url WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"
        ) { change, id in
            try change.remove(id)
            // What moves up into the gap belongs to the origin too.
            if case .origin = target { while try change.remove(id) {} }
        }
    }

    private func change(
        _ target: FrontierTarget, after: Int64?, rows: Int, now: Instant, ids: String, isRevival: Bool = false,
        _ body: (OperatorChange, Int64) throws -> Void
    ) throws -> OperatorCommit? {
        let next = generation.withLock { $0 } &+ 1
        let commit = try write { db -> OperatorCommit? in
            let change = try OperatorChange(
                db: db, store: self, generation: next, now: now, raisesVersions: true)
            switch target {
            case .url(let url):
                guard let id = try find(db, url) else { return nil }
                if isRevival { try change.raiseVersion(of: URLKey.origin(of: id)) }
                try body(change, id)
                return try change.finish(.url(id), next: nil)
            case .origin(let key):
                guard let origin = try Self.origin(db, key) else { return nil }
                // A step comes every few milliseconds: where each of them raised it, no answer would ever be in time.
                if isRevival, after == nil { try change.raiseVersion(of: origin) }
                let limit = max(1, min(rows, options.chunk))
                let chunk = try chunk(db, ids, origin: origin, after: after, limit: limit)
                if isRevival, after == nil { try change.release(origin) }
                for id in chunk { try body(change, id) }
                return try change.finish(.origin(origin), next: chunk.count < limit ? nil : chunk.last)
            case .sharing(let incident, let key):
                guard let origin = try Self.origin(db, key) else { return nil }
                if after == nil { try change.raiseVersion(of: origin) }
                let limit = max(1, min(rows, options.chunk))
                let chunk = try sharing(db, incident, origin: origin, limit: limit)
                for id in chunk { try body(change, id) }
                return try change.finish(.origin(origin), next: chunk.count < limit ? nil : chunk.last)
            }
        }
        // Only what is stored: after a restart a number that was not would be given twice.
        if commit != nil { generation.withLock { $0 = next } }
        return commit
    }

    /// Some of those that share it still: what was revived does no more.
    private func sharing(_ db: Database, _ incident: String, origin: Int64, limit: Int) throws -> [Int64] {
        let rows = try RawStatement(
            db, "SELECT h.id FROM health h WHERE \(KeptAttempts.sharing) ORDER BY h.id LIMIT ?3")
        rows.bind(incident, at: 1)
        rows.bind(origin, at: 2)
        rows.bind(Int64(limit), at: 3)
        defer { rows.reset() }
        var chunk: [Int64] = []
        while try rows.step() { chunk.append(rows.int(0)) }
        return chunk
    }

    private func chunk(_ db: Database, _ ids: String, origin: Int64, after: Int64?, limit: Int) throws -> [Int64] {
        let rows = try RawStatement(db, ids)
        rows.bind(after ?? URLKey.make(origin: origin, hash: 0) &- 1, at: 1)
        rows.bind(URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask)), at: 2)
        rows.bind(Int64(limit), at: 3)
        defer { rows.reset() }
        var chunk: [Int64] = []
        while try rows.step() { chunk.append(rows.int(0)) }
        return chunk
    }

    /// The URL's number; nil = unknown.
    func find(_ db: Database, _ url: CrawlURL) throws -> Int64? {
        guard let origin = try Self.origin(db, url.origin) else { return nil }
        var path = url.path
        return try path.withUTF8 { bytes in
            let row = try RawStatement(db, "SELECT path FROM url WHERE id = ?")
            defer { row.reset() }
            var id = URLKey.make(origin: origin, hash: pathHash(bytes))
            while true {
                row.reset()
                row.bind(id, at: 1)
                guard try row.step() else { return nil }
                let stored = row.bytes(0)
                if stored.count == bytes.count, stored.elementsEqual(bytes) { return id }
                id = URLKey.next(after: id)
            }
        }
    }

    package func originNumber(_ key: [UInt8]) throws -> Int64? {
        try write { db in try originNumber(db, String(decoding: key, as: UTF8.self)) }
    }

    /// Its number, a new one if it is unknown; nil = there is no room for another origin.
    func originNumber(_ db: Database, _ key: String) throws -> Int64? {
        if let known = try Self.origin(db, key) { return known }
        let add = try RawStatement(
            db,
            """
            INSERT INTO origin (key) SELECT ?1 WHERE (SELECT coalesce(max(id), 0) FROM origin) < ?2 RETURNING id
            """)
        add.bind(key, at: 1)
        add.bind(URLKey.maxOrigin, at: 2)
        defer { add.reset() }
        return try add.step() ? add.int(0) : nil
    }

    static func origin(_ db: Database, _ key: String) throws -> Int64? {
        let row = try RawStatement(db, "SELECT id FROM origin WHERE key = ?")
        row.bind(key, at: 1)
        defer { row.reset() }
        return try row.step() ? row.int(0) : nil
    }
}

/// All that have a row of a URL under its number.
enum URLTables {
    static let all = ["url", "health", "content", "note", "refusal", "redirect", "arrival", "attempt", "archived"]
}
