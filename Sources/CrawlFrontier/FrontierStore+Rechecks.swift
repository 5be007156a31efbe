package import CrawlCore
import GRDB

extension FrontierStore {
    /// Once in the life of a database of an earlier version: what is marked is looked at by the rule of its age where that is
    /// sooner than it was to be. What is overdue by that is spread over `resolveSpread`. In chunks, each a transaction of its
    /// own, so that a start that is cut short goes on where it was. Call it before anything is asked.
    /// - Returns: marks that are looked at sooner.
    package func hastenRechecks(_ rules: HealthRules, now: Instant, chunk: Int = 1000) throws -> Int {
        var hastened = 0
        var random = options.random()
        while let after = try read(reader, { try Fact.int($0, Self.rechecksFact) }) {
            hastened += try write { db in
                let ids = try Self.marked(db, after: after, limit: chunk)
                var changed = 0
                for (id, dueAt, askedAt) in ids {
                    guard let record = try HealthRow.load(db, id), let run = record.run else { continue }
                    guard let due = rules.hastened(record, run, dueAt, askedAt, now, &random) else { continue }
                    let row = try RawStatement(db, "UPDATE health SET due_at = ? WHERE id = ?")
                    row.bind(due.ms, at: 1)
                    row.bind(id, at: 2)
                    changed += try row.run()
                }
                if let last = ids.last, ids.count == chunk {
                    try Fact.set(db, Self.rechecksFact, last.id)
                } else {
                    let end = try RawStatement(db, "DELETE FROM fact WHERE name = ?")
                    end.bind(Self.rechecksFact, at: 1)
                    try end.run()
                }
                return changed
            }
        }
        return hastened
    }

    private static let rechecksFact = "rechecks_after"

    private static func marked(
        _ db: Database, after: Int64, limit: Int
    ) throws -> [(id: Int64, dueAt: Instant, askedAt: Instant?)] {
        let rows = try RawStatement(
            db,
            """
            SELECT health.id, health.due_at, url.last_at FROM health LEFT JOIN url ON url.id = health.id
            WHERE health.phase = 3 AND health.id > ? AND health.due_at IS NOT NULL ORDER BY health.id LIMIT ?
            """)
        rows.bind(after, at: 1)
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var found: [(id: Int64, dueAt: Instant, askedAt: Instant?)] = []
        while try rows.step() {
            found.append((rows.int(0), HealthRow.time(rows.int(1)), rows.optionalInt(2).map(HealthRow.time)))
        }
        return found
    }
}

extension HealthRules {
    /// nil = it stays as it is: due no later than the rule has it, asked to wait, or about to be confirmed.
    fileprivate func hastened(
        _ record: HealthRecord, _ run: HealthRecord.Run, _ dueAt: Instant, _ askedAt: Instant?, _ now: Instant,
        _ random: inout some RandomNumberGenerator
    ) -> Instant? {
        guard let mark = record.mark, mark.good == 0 else { return nil }
        let lookedAt = min(max(run.lastAt, askedAt ?? run.lastAt), now)
        guard let wait = of(run.onlyOutcome).rechecks.wait(age: record.age(at: lookedAt), step: mark.step) else {
            return nil
        }
        let wish = Duration.seconds(min(max(run.evidence?.retryAfter ?? 0, 0), 1 << 40))
        let next = lookedAt + max(wait, wish)
        guard next < dueAt else { return nil }
        guard next <= now, resolveSpread > .zero else { return max(next, now) }
        let spread = now + .milliseconds(Int64.random(in: 0...resolveSpread.ms, using: &random))
        return min(spread, dueAt)
    }
}
