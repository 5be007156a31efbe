import CrawlCore
import GRDB

/// Removals and revivals of one transaction.
final class OperatorChange {
    private let db: Database
    private let store: FrontierStore
    private let now: Instant
    private let generation: Int64
    private let incidents: IncidentStore
    private var tally: Tally
    private var affected = 0
    private var broken = 0
    /// The canary is revived with its origin, and its turn comes again among the others.
    private var revived: Set<Int64> = []
    private var freed = 0
    /// Answers that are judged by what this changes are to be judged again: an operator may act while they are in flight.
    private let raisesVersions: Bool
    /// Origins whose version this has raised.
    private var raised: Set<Int64> = []

    init(
        db: Database, store: FrontierStore, generation: Int64, now: Instant, raisesVersions: Bool = false
    ) throws {
        self.raisesVersions = raisesVersions
        self.db = db
        self.store = store
        self.now = now
        self.generation = generation
        tally = try Tally(db)
        incidents = IncidentStore(
            db: db, outbox: AlertOutbox(db: db, sinks: store.options.sinks), hold: store.options.resolveHold)
    }

    /// Call it before the first change of what others may be judged by: once is enough, whatever else is changed.
    func raiseVersion(of origin: Int64) throws {
        guard raisesVersions, raised.insert(origin).inserted else { return }
        try BreakerTable(db: db).raiseVersion(of: origin)
    }

    /// The origin's robots.txt is asked anew, and its incident is over, with the canary, whose mark is that incident's: the
    /// step that gets to its row may be a later one.
    func release(_ origin: Int64) throws {
        let breaker = try BreakerTable(db: db).load(origin)
        freed += try HoldTable(db: db).urls(of: origin)
        if try releaseBreaker(origin, how: .revived) {
            affected += 1
            broken += 1
        }
        if breaker.isHolding { try revive(breaker.canary) }
        try RelapseTable(db: db).settle(URLKey.robots(of: origin))
        guard try !HoldTable(db: db).reasons(of: origin).isDisjoint(with: .robots) else { return }
        if let incident = try RobotsTable(db: db).release(origin) {
            try incidents.end(incident, ofRobots: origin, how: .revived, at: now)
        }
        affected += 1
        broken += 1
    }

    /// An origin without URLs has nothing that could be broken, and turns nobody away.
    private func forgetIfEmpty(_ origin: Int64) throws {
        var breaker = try BreakerTable(db: db).load(origin)
        let hasSwitch = breaker.switchedAt != nil || breaker.switchedURL != nil
        let isHeld = try !HoldTable(db: db).reasons(of: origin).isDisjoint(with: .robots)
        guard hasSwitch || isHeld else { return }
        let row = try RawStatement(db, "SELECT 1 FROM url WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 LIMIT 1")
        row.bind(origin, at: 1)
        let isEmpty = try !row.step()
        row.reset()
        guard isEmpty else { return }
        if hasSwitch {
            breaker.switchedAt = nil
            breaker.switchedURL = nil
            try BreakerTable(db: db).override(breaker, of: origin)
        }
        guard isHeld else { return }
        try RelapseTable(db: db).settle(URLKey.robots(of: origin))
        guard let incident = try RobotsTable(db: db).release(origin) else { return }
        try incidents.end(incident, ofRobots: origin, how: .removed, at: now)
    }

    func revive(_ id: Int64) throws {
        guard revived.insert(id).inserted else { return }
        let before = try state(id)
        let wasBroken = try HealthRow.load(db, id) != nil || Self.isTrouble(before)
        try closeIncident(of: id, how: .revived)
        try HealthRow.delete(db, id)
        try AttemptTable(db: db).delete(id)
        try ContentRow.forgetValidators(db, id)
        let row = try RawStatement(
            db, "UPDATE url SET state = 1, due_at = crawld_due(due_at, ?), has_health = 0, generation = ? WHERE id = ?")
        row.bind(now.ms, at: 1)
        row.bind(generation, at: 2)
        row.bind(id, at: 3)
        guard try row.run() == 1 else { return }
        if before == .refused { try RefusalTable(db: db).delete(id) }
        tally.move(id, from: before, to: .scheduled)
        affected += 1
        if wasBroken { broken += 1 }
        if Self.isTrouble(before) { freed += 1 }
    }

    private static func isTrouble(_ state: URLState) -> Bool {
        [.held, .brokenOrigin, .softBlocked, .refused].contains(state)
    }

    /// A path with the same hash may have been put behind this one: it moves up, or it would not be found any more.
    /// False if there is no such row.
    @discardableResult
    func remove(_ id: Int64) throws -> Bool {
        let removed = affected
        let before = try state(id)
        try closeIncident(of: id, how: .removed)
        for table in URLTables.all {
            let row = try RawStatement(db, "DELETE FROM \(table) WHERE id = ?")
            row.bind(id, at: 1)
            let changed = try row.run()
            if table == "url", changed == 1 {
                tally.add(before, of: id, -1)
                affected += 1
            }
        }
        guard affected > removed else { return false }
        try SitemapStore(db: db, now: now).remove(id)
        try closeGap(at: id)
        return true
    }

    /// Collisions are rare (0.5 per million URLs of one origin), so this is nearly always one look at the next row.
    private func closeGap(at hole: Int64) throws {
        var id = URLKey.next(after: hole)
        var hole = hole
        while true {
            let row = try RawStatement(db, "SELECT path FROM url WHERE id = ?")
            row.bind(id, at: 1)
            guard try row.step() else { return row.reset() }
            let home = URLKey.make(origin: URLKey.origin(of: id), hash: store.pathHash(row.bytes(0)))
            row.reset()
            let distance = (id &- home) & URLKey.hashMask
            if distance > 0, distance >= (id &- hole) & URLKey.hashMask {
                try raiseVersion(of: URLKey.origin(of: id))
                for table in URLTables.all {
                    let move = try RawStatement(db, "UPDATE \(table) SET id = ? WHERE id = ?")
                    move.bind(hole, at: 1)
                    move.bind(id, at: 2)
                    try move.run()
                }
                tally.renumber(try state(hole), from: id, to: hole)
                try SitemapStore(db: db, now: now).renumber(from: id, to: hole)
                try renew(hole)
                let breaker = try RawStatement(
                    db,
                    """
                    UPDATE breaker SET canary = iif(canary = ?2, ?1, canary), scout = iif(scout = ?2, ?1, scout),
                        switched_url = iif(switched_url = ?2, ?1, switched_url)
                    WHERE origin = ?1 >> 40
                    """)
                breaker.bind(hole, at: 1)
                breaker.bind(id, at: 2)
                try breaker.run()
                try RelapseTable(db: db).renumber(from: id, to: hole)
                hole = id
            }
            id = URLKey.next(after: id)
        }
    }

    /// What was changed so far is counted.
    func save() throws {
        try tally.write(db)
        tally = try Tally(db)
        try Fact.set(db, "generation", generation)
    }

    func finish(_ rows: ChangedRows, next: Int64?) throws -> OperatorCommit {
        let origin = rows.origin
        try save()
        if next == nil { try forgetIfEmpty(origin) }
        let row = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
        row.bind(origin, at: 1)
        try row.run()
        return OperatorCommit(affected: affected, broken: broken, freed: freed, rows: rows, next: next)
    }

    private func state(_ id: Int64) throws -> URLState {
        let row = try RawStatement(db, "SELECT state FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? FrontierStore.state(row.int(0)) : .scheduled
    }

    /// Before the URL's health row goes: what it means for others.
    private func closeIncident(of id: Int64, how: AlertFacts.Ending) throws {
        try RelapseTable(db: db).settle(id)
        let record = try HealthRow.load(db, id)
        var breaker = try BreakerTable(db: db).load(URLKey.origin(of: id))
        // Others are judged by runs and by who is canary; by a URL that is fine nobody is.
        if raisesVersions, record != nil || breaker.isHolding && breaker.canary == id {
            try raiseVersion(of: URLKey.origin(of: id))
            breaker = try BreakerTable(db: db).load(URLKey.origin(of: id))
        }
        if breaker.isHolding, breaker.canary == id {
            // Parked, its incident is the origin's; else one that it has is its own.
            if breaker.phase != .parked, let incident = record?.softBlock?.incident {
                try incidents.close(incident, how: how, at: now, wait: .zero)
            }
            return try replaceCanary(breaker, record)
        }
        if let incident = record?.softBlock?.incident {
            try incidents.close(incident, how: how, at: now, wait: .zero)
        }
        if let shared = record?.sharedIncident {
            let left = try BreakerTable(db: db).leave(shared)
            if left <= 0 {
                if try BreakerTable(db: db).endIfLeft(shared) { try incidents.close(shared, how: how, at: now) }
            } else {
                var progress = IncidentProgress()
                progress.urlsAffected = left
                progress.requestsOfLeaver = record?.requests ?? 0
                try incidents.note(shared, progress)
            }
        }
        if let incident = record?.mark?.incident { try incidents.close(incident, how: how, at: now) }
    }

    /// The next oldest run is canary; its window goes on, and an answer of its own that is under way counts no more.
    /// Without one the breaker shuts.
    private func replaceCanary(_ breaker: OriginBreaker, _ record: HealthRecord?) throws {
        let origin = URLKey.origin(of: breaker.canary)
        var breaker = breaker
        let row = try RawStatement(
            db,
            """
            SELECT id FROM health
            WHERE phase IN (1, 2) AND held_back = 0 AND due_at IS NOT NULL
                AND id >= ?1 << 40 AND id < (?1 + 1) << 40 AND id <> ?2
            ORDER BY run_since, id LIMIT 1
            """)
        row.bind(origin, at: 1)
        row.bind(breaker.canary, at: 2)
        let next = try row.step() ? row.int(0) : nil
        row.reset()
        if let next, var heir = try HealthRow.load(db, next) {
            if let run = record?.run { heir.run = run }
            heir.phase = record?.phase ?? heir.phase
            heir.mark = record?.mark
            if breaker.phase == .parked { heir.softBlock = record?.softBlock }
            try HealthRow.save(db, next, heir, dueAt: breaker.phase == .parked ? nil : now)
            try renew(next)
            if let inherited = heir.phase.stateOfURL {
                let state = try state(next)
                let url = try RawStatement(db, "UPDATE url SET state = ? WHERE id = ?")
                url.bind(Int64(inherited.rawValue), at: 1)
                url.bind(next, at: 2)
                if try url.run() == 1 { tally.move(next, from: state, to: inherited) }
            }
            breaker.canary = next
            if breaker.scout == next { breaker.scout = nil }
        } else {
            if let incident = breaker.incident { try incidents.close(incident, how: .withdrawn, at: now) }
            breaker.release(at: now)
            breaker.releasedAt = nil
        }
        try BreakerTable(db: db).override(breaker, of: origin)
    }

    /// Another row than the one that may be leased.
    private func renew(_ id: Int64) throws {
        let row = try RawStatement(db, "UPDATE url SET generation = ? WHERE id = ?")
        row.bind(generation, at: 1)
        row.bind(id, at: 2)
        try row.run()
    }

    /// The origin as a whole is forgiven; false if nothing was held against it.
    func releaseBreaker(_ origin: Int64, how: AlertFacts.Ending) throws -> Bool {
        var breaker = try BreakerTable(db: db).load(origin)
        guard breaker.isHolding || breaker.switchedAt != nil else { return false }
        if let incident = breaker.incident {
            try incidents.close(incident, how: how, at: now, wait: breaker.phase == .parked ? .zero : nil)
        }
        breaker.release(at: now)
        breaker.releasedAt = nil
        breaker.switchedAt = nil
        breaker.switchedURL = nil
        try BreakerTable(db: db).override(breaker, of: origin)
        return true
    }
}
