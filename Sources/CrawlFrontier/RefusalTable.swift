package import CrawlCore
import GRDB
import Synchronization

/// Rows of `refusal` and `readmission`: why URLs are refused, and which origins' have to be looked at again.
struct RefusalTable {
    let db: Database

    func save(_ refusal: Refusal, of id: Int64) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO refusal VALUES (?, ?, ?)")
        row.bind(id, at: 1)
        row.bind(Int64(refusal.rule.rawValue), at: 2)
        row.bind(refusal.text, at: 3)
        try row.run()
    }

    func delete(_ id: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM refusal WHERE id = ?")
        row.bind(id, at: 1)
        try row.run()
    }

    func load(_ id: Int64) throws -> Refusal? {
        let row = try RawStatement(db, "SELECT rule, text FROM refusal WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step(), let rule = Refusal.Rule(rawValue: UInt8(clamping: row.int(0))) else { return nil }
        return Refusal(rule, row.text(1))
    }

    func hasAny(of origin: Int64) throws -> Bool {
        let row = try RawStatement(db, "SELECT 1 FROM refusal WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 LIMIT 1")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step()
    }

    // MARK: Readmission

    /// From the origin's first refused URL on, also if a look at them was under way.
    func markForReadmission(_ origin: Int64) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO readmission VALUES (?1, (?1 << 40) - 1)")
        row.bind(origin, at: 1)
        try row.run()
    }

    func readmissions() throws -> [Int64] {
        let rows = try RawStatement(db, "SELECT origin FROM readmission")
        defer { rows.reset() }
        var origins: [Int64] = []
        while try rows.step() { origins.append(rows.int(0)) }
        return origins
    }

    /// Marks every origin with refused URLs if the policy is not the one they were refused by.
    func noteChange(to policy: RefusalPolicy) throws {
        let known = try RawStatement(db, "SELECT value FROM fact WHERE name = 'refusal_policy'")
        let stored = try known.step() ? known.text(0) : nil
        known.reset()
        guard stored != policy.stamp else { return }
        let fact = try RawStatement(db, "INSERT OR REPLACE INTO fact VALUES ('refusal_policy', ?)")
        fact.bind(policy.stamp, at: 1)
        try fact.run()
        let mark = try RawStatement(
            db, "INSERT OR REPLACE INTO readmission SELECT DISTINCT id >> 40, ((id >> 40) << 40) - 1 FROM refusal")
        try mark.run()
    }
}

extension FrontierStore {
    package func adopt(_ new: RefusalPolicy, now: Instant) throws -> [Int64] {
        policy.withLock { $0 = new }
        if !new.robots.obeys { try withdrawHolds(now: now) }
        return try write { db in
            try RefusalTable(db: db).noteChange(to: new)
            return try RefusalTable(db: db).readmissions()
        }
    }

    package func readmit(origin: Int64, now: Instant) throws -> Bool {
        let policy = policy.withLock { $0 }
        return try write { db in
            let cursor = try RawStatement(db, "SELECT after FROM readmission WHERE origin = ?")
            cursor.bind(origin, at: 1)
            guard try cursor.step() else { return false }
            let after = cursor.int(0)
            cursor.reset()
            let rules = policy.robots.obeys ? try RobotsTable(db: db).load(origin, policy.robots).rules : .allowAll
            let table = RefusalTable(db: db)
            let chunk = try refusals(db, origin, after: after)
            var tally = Tally()
            for (id, refusal, path) in chunk {
                let isRobots = refusal.rule == .robots || refusal.rule == .crawlDelay
                if isRobots, let still = rules.refusal(of: path[...], maxCrawlDelay: policy.robots.maxCrawlDelay) {
                    if still != refusal { try table.save(still, of: id) }
                    continue
                }
                try table.delete(id)
                let row = try RawStatement(db, "UPDATE url SET state = 1, due_at = ? WHERE id = ? AND state = 7")
                row.bind(now.ms, at: 1)
                row.bind(id, at: 2)
                if try row.run() == 1 { tally.move(id, from: .refused, to: .scheduled) }
            }
            try tally.write(db)
            let work = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
            work.bind(origin, at: 1)
            try work.run()
            let isMore = chunk.count == options.chunk
            let next = try RawStatement(
                db,
                isMore
                    ? "UPDATE readmission SET after = ?2 WHERE origin = ?1"
                    : "DELETE FROM readmission WHERE origin = ?1")
            next.bind(origin, at: 1)
            if isMore { next.bind(chunk.last?.id ?? after, at: 2) }
            try next.run()
            return isMore
        }
    }

    private func refusals(
        _ db: Database, _ origin: Int64, after: Int64
    ) throws -> [(id: Int64, refusal: Refusal, path: [UInt8])] {
        let rows = try RawStatement(
            db,
            """
            SELECT r.id, r.rule, r.text, u.path FROM refusal r JOIN url u USING (id)
            WHERE r.id > ?1 AND r.id < (?2 + 1) << 40 ORDER BY r.id LIMIT ?3
            """)
        rows.bind(after, at: 1)
        rows.bind(origin, at: 2)
        rows.bind(Int64(options.chunk), at: 3)
        defer { rows.reset() }
        var chunk: [(Int64, Refusal, [UInt8])] = []
        while try rows.step() {
            let rule = Refusal.Rule(rawValue: UInt8(clamping: rows.int(1))) ?? .robots
            chunk.append((rows.int(0), Refusal(rule, rows.text(2)), Array(rows.bytes(3))))
        }
        return chunk
    }
}
