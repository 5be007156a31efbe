import CrawlCore
import GRDB

/// When the target of a redirect is asked.
///
/// | redirect | unknown target | known target |
/// |---|---|---|
/// | permanent | in the source's place: now, then at its interval | gets the interval if it has none of its own |
/// | temporary | each time the redirect is met | the same, if nobody enqueued it; else it stays as it is |
///
/// A target that only temporary redirects lead to has no interval (`Recrawl.led`): its sources bring it back.
struct RedirectTarget {
    let db: Database
    let now: Instant

    /// The target takes the source's place in the crawl. A source that is itself brought back by others is no place.
    func handsOver(_ redirect: Redirect, from source: Int64) throws -> Bool {
        guard redirect.isPermanent else { return false }
        return try recrawl(of: source) != Recrawl.led
    }

    /// What the redirect of `verdict` does to a known target. Returns the work that this makes.
    func meet(
        _ target: Int64, _ verdict: Verdict, handsOver: Bool, _ tally: inout Tally
    ) throws -> EnqueueCommit.Touched? {
        let row = try RawStatement(
            db, "SELECT recrawl_ms, state, due_at, has_health, last_at, priority FROM url WHERE id = ?")
        row.bind(target, at: 1)
        guard try row.step() else {
            row.reset()
            return nil
        }
        let recrawl = row.optionalInt(0)
        let (state, lastAt) = (FrontierStore.state(row.int(1)), row.instant(4))
        let isAtRest = (state == .done || state == .gone) && row.instant(2) == nil && row.int(3) == 0
        let priority = Int(clamping: row.int(5))
        row.reset()
        let isLed = recrawl == Recrawl.led
        var due: Instant?
        if handsOver {
            let given = try self.recrawl(of: verdict.id)
            guard isLed || recrawl == nil && given != nil && given != Recrawl.never.ms else { return nil }
            let update = try RawStatement(db, "UPDATE url SET recrawl_ms = ? WHERE id = ?")
            update.bind(given, at: 1)
            update.bind(target, at: 2)
            try update.run()
            due = verdict.dueAt
        } else if isLed {
            // However many sources lead here, it is not asked much more often than one of them.
            let pause = verdict.dueAt.map { ($0 - verdict.at) / 2 } ?? .zero
            due = lastAt.map { $0 + pause <= now } ?? true ? now : nil
        }
        guard isAtRest, let due else { return nil }
        let update = try RawStatement(db, "UPDATE url SET due_at = crawld_due(due_at, ?), state = ? WHERE id = ?")
        let next = state == .gone ? URLState.gone : .scheduled
        update.bind(due.ms, at: 1)
        update.bind(Int64(next.rawValue), at: 2)
        update.bind(target, at: 3)
        try update.run()
        tally.move(target, from: state, to: next)
        let work = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
        work.bind(URLKey.origin(of: target), at: 1)
        try work.run()
        return EnqueueCommit.Touched(
            origin: URLKey.origin(of: target), dueAt: due, priority: priority, reorders: false)
    }

    private func recrawl(of id: Int64) throws -> Int64? {
        let row = try RawStatement(db, "SELECT recrawl_ms FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? row.optionalInt(0) : nil
    }
}
