import CrawlCore
import GRDB

/// What becomes of a verdict: decided before anything of it is written.
enum VerdictFate {
    /// It concerns its own row alone, and is void if that is not the one that was leased: its update tells.
    case plain
    /// The row was removed, revived, or removed and enqueued anew since it was leased. That a request was sent counts, and
    /// what its server asked of all of the origin; nothing else does.
    case void
    /// The row is the one that was leased, and what it shares with others is not what the answer was judged by: nothing is
    /// written, and the answer is judged again by what is there now.
    case again
    case counts(SharedStanding)

    /// nil = nothing of it may be written but its own row.
    var standing: SharedStanding? { if case .counts(let standing) = self { standing } else { nil } }
}

/// Leave to write rows that others share, for one verdict. Only `VerdictRule` gives it, and no such row is written without.
struct SharedStanding {
    fileprivate init() {}
}

/// The one rule for what a verdict does to rows that others share: an incident of its own or of several URLs, the origin's
/// breaker and hold with their incident, a soft block.
///
/// 1. Its own row first. Void = nothing shared is done.
/// 2. Then what it shares, as that is now: open, and of the version that the answer was judged by. Else it is judged again.
///
/// An answer is judged while others wait for their commit, and operators' actions come between: what was judged may be
/// gone. Verdicts are looked at in the order of the answers, because one may open what the next one joins; a verdict that
/// does not count opens nothing.
///
/// What robots.txt shares goes by the same rule with its own row's version (`RobotsTable.save`). Guards have no row but
/// the period's: see `IncidentStore.write(_:)`.
struct VerdictRule {
    private let db: Database
    /// Partial incidents that verdicts of this commit open.
    private var opened: Set<ULID> = []
    /// URLs with a health row once this commit is written.
    private var failing: Set<Int64> = []
    /// Origins whose breaker an answer frees that was judged without knowing of it.
    private var freed: Set<Int64> = []

    init(db: Database) { self.db = db }

    /// By their places; one that is not named is `plain`.
    func fates(of verdicts: [Verdict]) throws -> [Int: VerdictFate] {
        var rule = self
        var fates: [Int: VerdictFate] = [:]
        for index in verdicts.indices where verdicts[index].mayShare {
            fates[index] = try rule.fate(of: verdicts[index])
        }
        return fates
    }

    private mutating func fate(of verdict: Verdict) throws -> VerdictFate {
        guard try isLeasedRow(verdict) else { return .void }
        guard try isAsJudged(verdict) else { return .again }
        try note(verdict)
        return .counts(SharedStanding())
    }

    // MARK: The own row

    private func isLeasedRow(_ verdict: Verdict) throws -> Bool {
        let row = try RawStatement(db, "SELECT generation FROM url WHERE id = ?")
        row.bind(verdict.id, at: 1)
        defer { row.reset() }
        return try row.step() && row.int(0) == verdict.generation
    }

    // MARK: What it shares

    private func isAsJudged(_ verdict: Verdict) throws -> Bool {
        if let change = verdict.originChange {
            guard try isCurrent(change.breaker, of: verdict) else { return false }
            if case .partial? = change.event { return true }
        }
        return try verdict.joins.map { try isOpen($0) } ?? true
    }

    /// The breaker is of the version that was loaded, and whom it names is there.
    private func isCurrent(_ breaker: OriginBreaker, of verdict: Verdict) throws -> Bool {
        guard !freed.contains(verdict.origin),
            try BreakerTable(db: db).load(verdict.origin).version == breaker.version
        else { return false }
        guard breaker.isHolding, breaker.canary != verdict.id, !failing.contains(breaker.canary) else { return true }
        let row = try RawStatement(db, "SELECT 1 FROM health WHERE id = ?")
        row.bind(breaker.canary, at: 1)
        defer { row.reset() }
        return try row.step()
    }

    private func isOpen(_ partial: ULID) throws -> Bool {
        if opened.contains(partial) { return true }
        let row = try RawStatement(
            db,
            """
            SELECT 1 FROM partial p JOIN incident i
                ON i.id = coalesce((SELECT r.incident FROM relapse_mark r WHERE r.mark = p.incident), p.incident)
            WHERE p.incident = ? AND i.closed_at IS NULL
            """)
        row.bind(partial.description, at: 1)
        defer { row.reset() }
        return try row.step()
    }

    private mutating func note(_ verdict: Verdict) throws {
        if case .partial(let incident, _, _)? = verdict.originChange?.event { opened.insert(incident) }
        if verdict.health != nil { failing.insert(verdict.id) }
        guard verdict.originChange == nil, verdict.hadHealth, verdict.isRecovery else { return }
        let breaker = try BreakerTable(db: db).load(verdict.origin)
        if breaker.isHolding, breaker.canary == verdict.id { freed.insert(verdict.origin) }
    }
}

extension Verdict {
    /// The partial incident that the URL shares from now on, or still; nil = none.
    var joins: ULID? { health?.record.phase == .partial ? health?.record.sharedIncident : nil }

    /// Nothing bad is remembered of the URL any more.
    var isRecovery: Bool { health.map { $0.record.isIdle } ?? true }
}

/// What an answer that is judged again is judged by.
struct RejudgeTable {
    let db: Database

    func load(_ id: Int64) throws -> CompletionCommit.Again {
        let origin = URLKey.origin(of: id)
        var again = CompletionCommit.Again(id: id, origin: try BreakerTable(db: db).health(of: origin))
        let row = try RawStatement(db, "SELECT state FROM url WHERE id = ?")
        row.bind(id, at: 1)
        if try row.step() { again.state = FrontierStore.state(row.int(0)) }
        row.reset()
        guard let record = try HealthRow.load(db, id) else { return again }
        // What shared an incident that is over begins anew.
        if let shared = record.sharedIncident, !again.origin.partials.values.contains(shared) { return again }
        again.record = HealthBox(record)
        return again
    }
}
