import CrawlCore
import GRDB

/// What stands before a URL at its origin.
struct QueueTable {
    let db: Database

    /// As of the moment at which it is due, or now if it is: what becomes due later goes behind it, or is not known.
    /// Reads `QueuePlace.limit` rows of the origin's due index at most, and a seek for each priority; nil = no due time.
    func rows(before url: StoredURL, now: Instant) throws -> QueuePlace.Rows? {
        guard let due = url.dueAt, due < .distantFuture else { return nil }
        var rows = QueuePlace.Rows()
        let origin = URLKey.origin(of: url.id)
        let moment = max(due, now)
        try ordinary(origin, url, by: moment, &rows)
        try health(origin, url, by: moment, &rows)
        guard rows.own != nil || rows.ownHealth != nil || rows.ordinary.count > QueuePlace.limit else { return nil }
        return rows
    }

    /// In the order of a lease, see `FrontierStore.lease`.
    private func ordinary(_ origin: Int64, _ url: StoredURL, by moment: Instant, _ rows: inout QueuePlace.Rows) throws {
        let walk = try RawStatement(
            db,
            """
            SELECT id, priority, due_at FROM url
            WHERE id >> 40 = ?1 AND priority <= ?2 AND due_at IS NOT NULL ORDER BY priority DESC, due_at
            """)
        defer { walk.reset() }
        var ceiling: Int64 = .max
        var priorities: [Int64] = []
        priorities: while true {
            walk.reset()
            walk.bind(origin, at: 1)
            walk.bind(ceiling, at: 2)
            while try walk.step() {
                let (priority, due) = (walk.int(1), Instant(ms: walk.int(2)))
                guard due <= moment else {
                    guard priority > .min else { break priorities }
                    ceiling = priority - 1
                    continue priorities
                }
                if priorities.last != priority { priorities.append(priority) }
                if walk.int(0) == url.id { rows.own = rows.ordinary.count }
                rows.ordinary.append(due)
                if rows.ordinary.count > QueuePlace.limit { break priorities }
            }
            break
        }
        guard rows.ordinary.count > QueuePlace.limit else {
            rows.mixes = priorities.count > 1
            return
        }
        try older(origin, than: url, &rows)
    }

    /// Of more URLs than are looked at: those that are taken for their age before it.
    private func older(_ origin: Int64, than url: StoredURL, _ rows: inout QueuePlace.Rows) throws {
        guard let own = url.dueAt else { return }
        let next = try RawStatement(
            db,
            """
            SELECT priority FROM url WHERE id >> 40 = ?1 AND priority < ?2 AND due_at IS NOT NULL
            ORDER BY priority DESC LIMIT 1
            """)
        let heads = try RawStatement(
            db,
            """
            SELECT id FROM url WHERE id >> 40 = ?1 AND priority = ?2 AND due_at IS NOT NULL AND due_at < ?3 LIMIT ?4
            """)
        defer {
            next.reset()
            heads.reset()
        }
        var below: Int64 = .max
        var (priorities, older) = (0, 0)
        let most = QueuePlace.limit / 8
        while older <= most {
            next.reset()
            next.bind(origin, at: 1)
            next.bind(below, at: 2)
            guard try next.step() else { break }
            below = next.int(0)
            priorities += 1
            heads.reset()
            heads.bind(origin, at: 1)
            heads.bind(below, at: 2)
            heads.bind(own, at: 3)
            heads.bind(Int64(most + 1 - older), at: 4)
            while try heads.step() { older += 1 }
        }
        rows.mixes = priorities > 1
        if rows.mixes, older <= most { rows.older = older }
    }

    private func health(_ origin: Int64, _ url: StoredURL, by moment: Instant, _ rows: inout QueuePlace.Rows) throws {
        // As a lease has them: rechecks first.
        for phase in ["phase = 3", "phase <> 3"] {
            let walk = try RawStatement(
                db,
                """
                SELECT id FROM health
                WHERE id >> 40 = ?1 AND due_at IS NOT NULL AND due_at <= ?2 AND \(phase) ORDER BY due_at LIMIT ?3
                """)
            walk.bind(origin, at: 1)
            walk.bind(moment, at: 2)
            walk.bind(Int64(QueuePlace.limit + 1 - rows.health), at: 3)
            defer { walk.reset() }
            while try walk.step() {
                if walk.int(0) == url.id { rows.ownHealth = rows.health }
                rows.health += 1
            }
        }
    }
}
