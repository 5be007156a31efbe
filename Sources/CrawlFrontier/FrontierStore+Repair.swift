package import CrawlCore
import GRDB
import Synchronization

/// What a repair found; mended by then.
package struct FrontierRepair: Sendable {
    package var faults: [SharedFault] = []
    /// What the faults are about, as people know it: a URL, an origin, an incident.
    package var names: [String] = []

    package init() {}

    package var isEmpty: Bool { faults.isEmpty }
}

extension FrontierStore {
    /// What `SharedRows` finds; of a frontier that only this daemon has written there is nothing.
    package func sharedFaults() throws -> [SharedFault] {
        try read(reader) { db in try SharedRows(db: db).faults() + HoldCheck(db: db).faults() }
    }

    /// Mends what does not fit together: URLs that nothing may ask any more are due now, incidents without a URL close as
    /// `withdrawn`, counts are those of the rows. Call it before `opening`: nothing may be on its way. If all is as it
    /// should be, nothing is written.
    package func repair(now: Instant) throws -> FrontierRepair {
        guard try !sharedFaults().isEmpty else { return FrontierRepair() }
        let next = generation.withLock { $0 } &+ 1
        let done = try write { db in
            var repair = try SharedRepair(db: db, store: self, generation: next, now: now)
            return try repair.run()
        }
        generation.withLock { $0 = next }
        return done
    }
}

/// The repair, in one transaction.
private struct SharedRepair {
    let db: Database
    let store: FrontierStore
    let change: OperatorChange
    let now: Instant
    let incidents: IncidentStore
    private var done = FrontierRepair()

    init(db: Database, store: FrontierStore, generation: Int64, now: Instant) throws {
        self.db = db
        self.store = store
        self.now = now
        incidents = store.incidentStore(db)
        change = try OperatorChange(db: db, store: store, generation: generation, now: now)
    }

    /// Kind by kind: what is mended first may be what the others lack, or have too much.
    mutating func run() throws -> FrontierRepair {
        let rows = SharedRows(db: db)
        // What is mended last may leave a mark for an incident that it closed.
        for kind in SharedFault.Kind.allCases + SharedFault.Kind.allCases {
            if kind == .stateWithoutHealth { try change.save() }  // it goes by what is kept in numbers
            for fault in try rows.faults([kind]) {
                done.names.append(try name(of: fault))
                done.faults.append(fault)
                try mend(fault)
            }
            if kind == .breakerWithoutIncident { try change.save() }  // a hold counts rows as they are
        }
        try change.save()
        for fault in try HoldCheck(db: db).mend() {
            done.names.append(try name(of: fault))
            done.faults.append(fault)
        }
        return done
    }

    private func mend(_ fault: SharedFault) throws {
        switch fault.kind {
        case .markedForClosed:
            guard let id = fault.number else { return }
            if URLKey.isRobots(id) {
                try RelapseTable(db: db).settle(id)
                _ = try RobotsTable(db: db).release(URLKey.origin(of: id))
                try markWork(URLKey.origin(of: id))
            } else {
                try change.revive(id)
                try markWork(URLKey.origin(of: id))
            }
        case .stateWithoutHealth:
            guard let id = fault.number else { return }
            try change.revive(id)
            try markWork(URLKey.origin(of: id))
        case .breakerWithoutIncident:
            guard let origin = fault.number else { return }
            _ = try change.releaseBreaker(origin, how: .withdrawn)
            try freeOrphans(of: origin)
        case .holdWithoutBreaker:
            guard let origin = fault.number else { return }
            try BreakerTable(db: db).save(BreakerTable(db: db).load(origin), of: origin)
            try markWork(origin)
        case .incidentWithoutURL, .partialWithoutURL, .originWithoutHolder, .guardIncidentWithoutGuard:
            try close(fault.subject)
        case .guardWithoutIncident:
            try run(
                "UPDATE guard_period SET ended_at = ?2 WHERE incident = ?1 AND ended_at IS NULL", fault.subject, now.ms)
            try run(
                "DELETE FROM challenged WHERE edge IN (SELECT edge FROM challenge WHERE incident = ?1)", fault.subject)
            try run("DELETE FROM challenge WHERE incident = ?1", fault.subject)
        case .miscounted:
            try run(
                """
                UPDATE partial SET urls = (SELECT count(*) FROM health h WHERE h.phase = 5
                    AND h.id >= partial.origin << 40 AND h.id < (partial.origin + 1) << 40
                    AND h.incident = partial.incident) WHERE incident = ?1
                """, fault.subject)
            try run("DELETE FROM partial WHERE incident = ?1 AND urls = 0", fault.subject)
            try run(
                """
                UPDATE challenge SET origins = (SELECT count(*) FROM challenged d WHERE d.edge = challenge.edge)
                WHERE incident = ?1
                """, fault.subject)
        }
    }

    private func close(_ incident: String) throws {
        if let origin = try origin(of: incident) { try freeOrphans(of: origin) }
        if let number = ULID(incident) { try incidents.close(number, how: .withdrawn, at: now) }
        // One whose facts cannot be read tells nobody anything.
        try run(
            "UPDATE incident SET closed_at = ?2, how = 'withdrawn' WHERE id = ?1 AND closed_at IS NULL", incident,
            now.ms)
        try run("DELETE FROM partial WHERE incident = ?1", incident)
        try run("DELETE FROM challenge WHERE incident = ?1", incident)
    }

    /// URLs of an origin that is named by a fault, in a state that only their health rows can end, and without one.
    private func freeOrphans(of origin: Int64) throws {
        let rows = try RawStatement(
            db,
            """
            SELECT id FROM url u WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 AND state IN (2, 5, 6)
                AND NOT EXISTS (SELECT 1 FROM health h WHERE h.id = u.id)
            """)
        rows.bind(origin, at: 1)
        var orphans: [Int64] = []
        while try rows.step() { orphans.append(rows.int(0)) }
        rows.reset()
        for id in orphans { try change.revive(id) }
        try markWork(origin)
    }

    private func origin(of incident: String) throws -> Int64? {
        let row = try RawStatement(
            db, "SELECT url_id FROM incident WHERE id = ? AND scope IN ('url', 'partial', 'origin')")
        row.bind(incident, at: 1)
        defer { row.reset() }
        return try row.step() ? row.optionalInt(0).map(URLKey.origin(of:)) : nil
    }

    private func markWork(_ origin: Int64) throws {
        let row = try RawStatement(db, "UPDATE origin SET has_work = 1 WHERE id = ?")
        row.bind(origin, at: 1)
        try row.run()
    }

    private func run(_ sql: String, _ incident: String, _ number: Int64? = nil) throws {
        let row = try RawStatement(db, sql)
        row.bind(incident, at: 1)
        if let number { row.bind(number, at: 2) }
        try row.run()
    }

    private func name(of fault: SharedFault) throws -> String {
        guard let number = fault.number else { return "incident \(fault.subject)" }
        let subject: IncidentSubject
        switch fault.kind {
        case .markedForClosed: subject = URLKey.isRobots(number) ? .robots(URLKey.origin(of: number)) : .url(number)
        case .stateWithoutHealth: subject = .url(number)
        case .breakerWithoutIncident, .holdWithoutBreaker: subject = .origin(number)
        case .miscounted where number >= 0: subject = .origin(number)
        default: return "incident \(fault.subject)"
        }
        let place = try incidents.place(subject)
        return place?.url ?? place?.origin ?? fault.subject
    }
}
