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

    /// The URL is due again. False if it was no longer refused. Its own row first: where that cannot be written, nothing is.
    func readmit(_ id: Int64, now: Instant) throws -> Bool {
        let row = try RawStatement(
            db, "UPDATE url SET state = 1, due_at = crawld_due(due_at, ?) WHERE id = ? AND state = 7")
        row.bind(now.ms, at: 1)
        row.bind(id, at: 2)
        let wasRefused = try row.run() == 1
        try delete(id)
        return wasRefused
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

    /// An origin whose refused URLs have to be looked at again, and the last of them that was; nil = there is none.
    func nextReadmission() throws -> (origin: Int64, after: Int64)? {
        let row = try RawStatement(db, "SELECT origin, after FROM readmission ORDER BY origin LIMIT 1")
        defer { row.reset() }
        return try row.step() ? (row.int(0), row.int(1)) : nil
    }

    /// Origins that one step marks.
    static let markedInAStep = 500
    /// Up to which origin they are marked since the policy changed; no such fact = all are.
    private static let markedTo = "refusal_marked_to"

    func isMarking() throws -> Bool { try Fact.int(db, Self.markedTo) != nil }

    /// Marks the next origins that have refused URLs: one look for each, however many those are. False if there was
    /// nothing to do.
    func markSome() throws -> Bool {
        guard let stored = try Fact.int(db, Self.markedTo) else { return false }
        let next = try RawStatement(db, "SELECT id FROM refusal WHERE id >= ? ORDER BY id LIMIT 1")
        var origin = min(max(stored, -1), URLKey.maxOrigin)
        for _ in 0..<Self.markedInAStep {
            next.bind(URLKey.make(origin: origin + 1, hash: 0), at: 1)
            let found = try next.step() ? URLKey.origin(of: next.int(0)) : nil
            next.reset()
            guard let found, found > origin, found <= URLKey.maxOrigin else {
                let end = try RawStatement(db, "DELETE FROM fact WHERE name = ?")
                end.bind(Self.markedTo, at: 1)
                try end.run()
                return true
            }
            origin = found
            try markForReadmission(origin)
        }
        try Fact.set(db, Self.markedTo, origin)
        return true
    }

    /// If the policy is not the one that URLs were refused by, every origin with refused URLs is to be marked, step by
    /// step.
    func noteChange(to policy: RefusalPolicy) throws {
        let known = try RawStatement(db, "SELECT value FROM fact WHERE name = 'refusal_policy'")
        let stored = try known.step() ? known.text(0) : nil
        known.reset()
        guard stored != policy.stamp else { return }
        let fact = try RawStatement(db, "INSERT OR REPLACE INTO fact VALUES ('refusal_policy', ?)")
        fact.bind(policy.stamp, at: 1)
        try fact.run()
        try Fact.set(db, Self.markedTo, -1)
    }
}

extension FrontierStore {
    package func adopt(_ new: RefusalPolicy, now: Instant) throws {
        policy.withLock { $0 = new }
        if !new.robots.obeys { try withdrawHolds(now: now) }
        try write { try RefusalTable(db: $0).noteChange(to: new) }
    }

    /// Something of `catchUp` is to be done.
    func isBehind(_ db: Database) throws -> Bool {
        let refusals = RefusalTable(db: db)
        return try HoldTable(db: db).isCounting() || refusals.nextReadmission() != nil || refusals.isMarking()
    }

    package func catchUp(now: Instant) throws -> CatchUp {
        let policy = policy.withLock { $0 }
        return try write { db in
            if try HoldTable(db: db).countOn() { return CatchUp(isMore: true) }
            if let readmitted = try readmit(db, policy, now: now) { return readmitted }
            return CatchUp(isMore: try RefusalTable(db: db).markSome())
        }
    }

    /// A chunk of refused URLs of the next origin whose rules have changed; nil = there is none.
    private func readmit(_ db: Database, _ policy: RefusalPolicy, now: Instant) throws -> CatchUp? {
        let table = RefusalTable(db: db)
        guard let (origin, after) = try table.nextReadmission() else { return nil }
        let rules = policy.robots.obeys ? try RobotsTable(db: db).load(origin, policy.robots).rules : .allowAll
        let chunk = try refusals(db, origin, after: after)
        var tally = try Tally(db)
        var done = CatchUp(origin: origin, isMore: true)
        for (id, refusal, path) in chunk {
            do {
                let isRobots = refusal.rule == .robots || refusal.rule == .crawlDelay
                if isRobots, let still = rules.refusal(of: path[...], maxCrawlDelay: policy.robots.maxCrawlDelay) {
                    if still != refusal { try table.save(still, of: id) }
                } else if try table.readmit(id, now: now) {
                    tally.move(id, from: .refused, to: .scheduled)
                }
            } catch {
                // One row that cannot be written is no reason to keep the others out, tried over and over.
                guard let fault = Self.translated(error, path: self.path) as? RowFault, db.isInsideTransaction else {
                    throw error
                }
                done.passedOver.append(CatchUp.PassedOver(id: id, reason: fault.reason))
            }
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
        return done
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
