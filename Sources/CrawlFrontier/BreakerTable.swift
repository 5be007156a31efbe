import CrawlCore
import GRDB

/// Rows of `breaker` and `partial`, and what they mean together with the health rows of an origin.
struct BreakerTable {
    let db: Database

    // MARK: Reading

    /// All that the scheduler has to know of the origin's failing URLs. Four seeks, and a row for each URL in a run.
    func health(of origin: Int64) throws -> OriginHealth {
        var health = OriginHealth()
        health.breaker = try load(origin)
        let first = origin << URLKey.hashBits
        let last = (origin &+ 1) << URLKey.hashBits
        let any = try RawStatement(db, "SELECT 1 FROM health WHERE id >= ?1 AND id < ?2 LIMIT 1")
        any.bind(first, at: 1)
        any.bind(last, at: 2)
        let hasAny = try any.step()
        any.reset()
        guard hasAny else { return health }
        try loadRuns(first, last, into: &health)
        let waiting = try RawStatement(
            db, "SELECT 1 FROM health WHERE phase = 4 AND id >> 40 = ? ORDER BY streak_since LIMIT 1")
        waiting.bind(origin, at: 1)
        health.hasWaiting = try waiting.step()
        waiting.reset()
        let marked = try RawStatement(
            db,
            """
            SELECT id, run_outcome, run_since, phase, soft_block FROM health
            WHERE phase IN (3, 6) AND id >= ?1 AND id < ?2
            """)
        marked.bind(first, at: 1)
        marked.bind(last, at: 2)
        while try marked.step() {
            // The canary's mark is the origin's.
            if health.breaker.isHolding, marked.int(0) == health.breaker.canary { continue }
            guard let outcome = Self.outcome(marked.optionalInt(1)) else { continue }
            let run = OriginBreaker.OpenRun(outcome: outcome, since: HealthRow.time(marked.int(2)))
            if marked.int(3) == 3 {
                health.marked[marked.int(0)] = run
            } else if SoftBlockText.read(marked.words(4))?.isParked ?? false {
                health.parked[marked.int(0)] = run
            }
        }
        marked.reset()
        // Nothing joins what is closed, whatever its row says.
        let partials = try RawStatement(
            db,
            """
            SELECT p.outcome, p.incident FROM partial p JOIN incident i
                ON i.id = coalesce((SELECT r.incident FROM relapse_mark r WHERE r.mark = p.incident), p.incident)
            WHERE p.origin = ? AND i.closed_at IS NULL
            """)
        partials.bind(origin, at: 1)
        while try partials.step() {
            if let outcome = Self.outcome(partials.int(0)), let incident = ULID(partials.text(1)) {
                health.partials[outcome] = incident
            }
        }
        partials.reset()
        return health
    }

    /// Without those that a rule refuses: they have no next attempt.
    private func loadRuns(_ first: Int64, _ last: Int64, into health: inout OriginHealth) throws {
        let open = try RawStatement(
            db,
            """
            SELECT id, run_outcome, run_since, held_back FROM health
            WHERE phase IN (1, 2) AND due_at IS NOT NULL AND id >= ?1 AND id < ?2
            """)
        open.bind(first, at: 1)
        open.bind(last, at: 2)
        defer { open.reset() }
        while try open.step() {
            guard let outcome = Self.outcome(open.optionalInt(1)) else { continue }
            let run = OriginBreaker.OpenRun(outcome: outcome, since: HealthRow.time(open.int(2)))
            if open.int(3) == 1 { health.heldBack[open.int(0)] = run } else { health.runs[open.int(0)] = run }
        }
    }

    private static func outcome(_ raw: Int64?) -> Outcome? { raw.flatMap { Outcome(rawValue: UInt8(clamping: $0)) } }

    /// An origin without a row has a breaker that is shut.
    func load(_ origin: Int64) throws -> OriginBreaker {
        let row = try RawStatement(
            db,
            """
            SELECT phase, canary, scout, is_scout_turn, was_scout_good, incident, no_trip_before, last_good_at,
                released_at, urls, version, switched_at, switched_url, looks
            FROM breaker WHERE origin = ?
            """)
        row.bind(origin, at: 1)
        defer { row.reset() }
        var breaker = OriginBreaker()
        guard try row.step() else { return breaker }
        breaker.phase = OriginBreaker.Phase(rawValue: UInt8(clamping: row.int(0))) ?? .shut
        breaker.canary = row.int(1)
        breaker.scout = row.optionalInt(2)
        breaker.isScoutTurn = row.int(3) != 0
        breaker.wasScoutGood = row.int(4) != 0
        breaker.incident = row.optionalText(5).flatMap { ULID($0) }
        breaker.noTripBefore = row.optionalInt(6).map(HealthRow.time)
        breaker.lastGoodAt = row.optionalInt(7).map(HealthRow.time)
        breaker.releasedAt = row.optionalInt(8).map(HealthRow.time)
        breaker.urls = Int(min(max(row.int(9), 0), 1 << 40))
        breaker.version = min(max(row.int(10), 0), 1 << 50)
        breaker.switchedAt = row.optionalInt(11).map(HealthRow.time)
        breaker.switchedURL = row.optionalInt(12)
        breaker.looks = LooksText.read(row.words(13))
        return breaker
    }

    // MARK: Writing

    /// By an operator's hand: answers that are on their way no longer count for the breaker.
    func override(_ breaker: OriginBreaker, of origin: Int64) throws {
        var breaker = breaker
        breaker.version += 1
        try save(breaker, of: origin)
    }

    /// URLs of the origin are removed or revived: answers that were judged before no longer count for it. Of an origin none
    /// of whose URLs fails there is nothing that they could have been judged by.
    func raiseVersion(of origin: Int64) throws {
        let row = try RawStatement(db, "UPDATE breaker SET version = version + 1 WHERE origin = ?")
        row.bind(origin, at: 1)
        if try row.run() == 1 { return }
        let failing = try RawStatement(db, "SELECT 1 FROM health WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 LIMIT 1")
        failing.bind(origin, at: 1)
        defer { failing.reset() }
        guard try failing.step() else { return }
        try override(OriginBreaker(), of: origin)
    }

    /// Rows that only say of what version they are: after a start nothing was judged by an earlier one.
    func forgetVersions() throws {
        try RawStatement(
            db,
            """
            DELETE FROM breaker WHERE version > 0 AND phase = 0 AND canary = 0 AND scout IS NULL AND is_scout_turn = 0
                AND was_scout_good = 0 AND incident IS NULL AND no_trip_before IS NULL AND last_good_at IS NULL
                AND released_at IS NULL AND urls = 0 AND switched_at IS NULL AND switched_url IS NULL AND looks IS NULL
            """
        ).run()
    }

    /// Opening and closing write this row and that of the hold, none of the URLs. What this transaction has changed of
    /// them must be in the tally already.
    func save(_ breaker: OriginBreaker, of origin: Int64) throws {
        let hold: HoldTable.Reasons =
            switch breaker.phase {
            case .shut: []
            case .suspect: .suspect
            case .broken: .broken
            case .parked: .softBlocked
            }
        try HoldTable(db: db).set(hold, of: .breaker, origin)
        guard !breaker.isBlank else {
            let row = try RawStatement(db, "DELETE FROM breaker WHERE origin = ?")
            row.bind(origin, at: 1)
            try row.run()
            return
        }
        let row = try RawStatement(
            db,
            """
            INSERT OR REPLACE INTO breaker (origin, phase, canary, scout, is_scout_turn, was_scout_good, incident,
                no_trip_before, last_good_at, released_at, urls, version, switched_at, switched_url,
                looks)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        row.bind(origin, at: 1)
        row.bind(Int64(breaker.phase.rawValue), at: 2)
        row.bind(breaker.canary, at: 3)
        row.bind(breaker.scout, at: 4)
        row.bind(breaker.isScoutTurn ? 1 : 0, at: 5)
        row.bind(breaker.wasScoutGood ? 1 : 0, at: 6)
        row.bind(breaker.incident?.description, at: 7)
        row.bind(breaker.noTripBefore, at: 8)
        row.bind(breaker.lastGoodAt, at: 9)
        row.bind(breaker.releasedAt, at: 10)
        row.bind(Int64(breaker.urls), at: 11)
        row.bind(breaker.version, at: 12)
        row.bind(breaker.switchedAt, at: 13)
        row.bind(breaker.switchedURL, at: 14)
        row.bind(LooksText.text(breaker.looks), at: 15)
        try row.run()
    }

    // MARK: Partial incidents

    /// Returns how many URLs share it now.
    func join(_ incident: ULID, _ outcome: Outcome, origin: Int64) throws -> Int {
        let row = try RawStatement(
            db,
            """
            INSERT INTO partial VALUES (?, ?, ?, 1) ON CONFLICT (incident) DO UPDATE SET urls = urls + 1
            RETURNING urls
            """)
        row.bind(incident.description, at: 1)
        row.bind(origin, at: 2)
        row.bind(Int64(outcome.rawValue), at: 3)
        defer { row.reset() }
        return try row.step() ? Int(clamping: row.int(0)) : 1
    }

    /// At least 1: it is opened by one of them.
    func urls(sharing incident: ULID) throws -> Int {
        let row = try RawStatement(db, "SELECT urls FROM partial WHERE incident = ?")
        row.bind(incident.description, at: 1)
        defer { row.reset() }
        return try row.step() ? max(1, row.count(0)) : 1
    }

    /// Returns how many URLs are left. None = the incident is over, unless another one joins it in the same transaction:
    /// call `endIfLeft` once all have joined and left.
    func leave(_ incident: ULID) throws -> Int {
        let row = try RawStatement(db, "UPDATE partial SET urls = urls - 1 WHERE incident = ? RETURNING urls")
        row.bind(incident.description, at: 1)
        defer { row.reset() }
        return try row.step() ? max(0, Int(clamping: row.int(0))) : 1
    }

    /// True if no URL shares it any more: its row is gone then.
    func endIfLeft(_ incident: ULID) throws -> Bool {
        let row = try RawStatement(db, "DELETE FROM partial WHERE incident = ? AND urls <= 0")
        row.bind(incident.description, at: 1)
        return try row.run() == 1
    }
}
