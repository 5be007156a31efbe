package import CrawlCore
import GRDB
import Synchronization

extension FrontierStore {
    package func lease(_ requests: [LeaseRequest]) throws -> [Lease] {
        try read(leaseReader) { db in try requests.map { try lease(db, $0) } }
    }

    private func lease(_ db: Database, _ request: LeaseRequest) throws -> Lease {
        var lease = Lease()
        guard let origin = try LeasedOrigin(db, request.origin) else { return lease }
        defer { origin.close() }
        lease.originKey = origin.key
        if request.wantsRobots { lease.robots = try origin.robots(db, policy.withLock { $0.robots }) }
        if request.wantsHealth {
            lease.originHealth =
                origin.hasBreaker || origin.hasHealth
                ? try BreakerTable(db: db).health(of: request.origin) : OriginHealth()
        }
        if request.probe == nil, request.alone == nil, let look = request.look ?? lease.originHealth?.breaker.look {
            try leaseLook(db, look, into: &lease)
            return lease
        }
        if origin.hasHealth {
            if request.freeSlots > 0 { try leaseWaiting(db, request, into: &lease) }
            if request.healthLimit > 0 { try leaseHealth(db, request, into: &lease) }
        }
        if request.limit > 0, let lowest = origin.lowestPriority {
            let highest = try leaseOrdinary(db, request, lowest: lowest, into: &lease)
            if !lease.urls.isEmpty, highest > lowest {
                try leaseOldest(db, request, into: &lease)
            }
        }
        if let id = request.probe { try leaseProbe(db, id, into: &lease) }
        if let id = request.alone { try leaseAlone(db, id, now: request.now, into: &lease) }
        if request.wantsRobots || lease.urls.isEmpty { lease.hasRefused = origin.hasRefused }
        return lease
    }

    /// Walks the origin's due index from the highest priority down. Within a priority rows come by due time: the first
    /// that is not due yet ends it, and one seek leads to the next priority. Never a scan over rows that are not due.
    /// `lowest` is the lowest that is present; returns the highest.
    private func leaseOrdinary(
        _ db: Database, _ request: LeaseRequest, lowest: Int64,
        into lease: inout Lease
    ) throws -> Int64 {
        let rows = try RawStatement(
            db,
            """
            SELECT id, generation, due_at, recrawl_ms, state, has_health, priority, path, last_answer FROM url
            WHERE id >> 40 = ?1 AND priority <= ?2 AND due_at IS NOT NULL ORDER BY priority DESC, due_at
            """)
        defer { rows.reset() }
        var highest: Int64?
        var ceiling: Int64 = .max
        priorities: while true {
            rows.reset()
            rows.bind(request.origin, at: 1)
            rows.bind(ceiling, at: 2)
            while try rows.step() {
                let (due, priority) = (Instant(ms: rows.int(2)), rows.int(6))
                if highest == nil { highest = priority }
                guard due <= request.now else {
                    lease.nextDueAt = min(lease.nextDueAt ?? due, due)
                    guard priority > lowest else { break priorities }
                    ceiling = priority - 1
                    continue priorities
                }
                let id = rows.int(0)
                if request.without.contains(id) { continue }
                guard lease.urls.count < request.limit else {
                    lease.nextDueAt = request.now
                    break priorities
                }
                lease.lowestPriority = Int(clamping: priority)
                lease.urls.append(try ordinary(db, rows, into: &lease.arena))
            }
            break
        }
        return highest ?? lowest
    }

    /// The row of a statement with the columns of `leaseOrdinary`.
    private func ordinary(_ db: Database, _ rows: RawStatement, into arena: inout [UInt8]) throws -> LeasedURL {
        let id = rows.int(0)
        let path = rows.bytes(7)
        defer { arena.append(contentsOf: path) }
        return LeasedURL(
            id: id, generation: rows.int(1), pathOffset: arena.count, pathLength: path.count,
            dueAt: Instant(ms: rows.int(2)), recrawl: Recrawl(ms: rows.optionalInt(3)), state: Self.state(rows.int(4)),
            isHealthTraffic: false, health: rows.int(5) != 0 ? try HealthRow.load(db, id).map(HealthBox.init) : nil,
            content: rows.int(8) != 0 ? try content(db, id) : nil)
    }

    /// Of ordinary or health traffic, whichever it is due for.
    private func leaseAlone(_ db: Database, _ id: Int64, now: Instant, into lease: inout Lease) throws {
        let row = try RawStatement(
            db,
            """
            SELECT id, generation, due_at, recrawl_ms, state, has_health, priority, path, last_answer FROM url
            WHERE id = ?1 AND due_at <= ?2
            """)
        row.bind(id, at: 1)
        row.bind(now, at: 2)
        defer { row.reset() }
        if try row.step() {
            lease.alone = try ordinary(db, row, into: &lease.arena)
            return
        }
        let health = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?1 AND due_at <= ?2")
        health.bind(id, at: 1)
        health.bind(now, at: 2)
        defer { health.reset() }
        guard try health.step() else { return }
        try leaseHealth(db, id, Instant(ms: health.int(0)), into: &lease)
        lease.alone = lease.health.popLast()
    }

    /// Every few picks the oldest due URL is asked, whatever its priority: a share of the lease's limit, from the heads
    /// of all priorities present. With one priority that is the order of the lease itself.
    private func leaseOldest(
        _ db: Database, _ request: LeaseRequest, into lease: inout Lease
    ) throws {
        let share = request.limit / 8 + 1
        let next = try RawStatement(
            db,
            """
            SELECT priority FROM url WHERE id >> 40 = ?1 AND priority < ?2 AND due_at IS NOT NULL
            ORDER BY priority DESC LIMIT 1
            """)
        let rows = try RawStatement(
            db,
            """
            SELECT id, generation, due_at, recrawl_ms, state, has_health, priority, path, last_answer FROM url
            WHERE id >> 40 = ?1 AND priority = ?2 AND due_at IS NOT NULL AND due_at <= ?3 ORDER BY due_at
            """)
        defer { rows.reset() }
        var priorities: [Int64] = []
        var below: Int64 = .max
        while true {
            next.reset()
            next.bind(request.origin, at: 1)
            next.bind(below, at: 2)
            guard try next.step() else { break }
            below = next.int(0)
            priorities.append(below)
        }
        next.reset()
        guard priorities.count > 1 else { return }
        var oldest: [LeasedURL] = []
        for priority in priorities {
            rows.reset()
            rows.bind(request.origin, at: 1)
            rows.bind(priority, at: 2)
            rows.bind(request.now, at: 3)
            var taken = 0
            while taken < share, try rows.step() {
                if request.without.contains(rows.int(0)) { continue }
                oldest.append(try ordinary(db, rows, into: &lease.arena))
                taken += 1
            }
        }
        oldest.sort { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }
        lease.oldest = Array(oldest.prefix(share))
    }

    /// Canaries first, then burst retries and probes, each by due time.
    private func leaseHealth(
        _ db: Database, _ request: LeaseRequest, into lease: inout Lease
    ) throws {
        for phase in ["phase = 3", "phase <> 3"] {
            let rows = try RawStatement(
                db,
                """
                SELECT id, due_at FROM health
                WHERE id >> 40 = ? AND due_at IS NOT NULL AND \(phase) ORDER BY due_at
                """)
            rows.bind(request.origin, at: 1)
            defer { rows.reset() }
            while try rows.step() {
                let id = rows.int(0)
                let due = Instant(ms: rows.int(1))
                if request.without.contains(id) || lease.health.contains(where: { $0.id == id }) { continue }
                guard due <= request.now, lease.health.count < request.healthLimit else {
                    lease.nextHealthDueAt = min(lease.nextHealthDueAt ?? due, due)
                    break
                }
                try leaseHealth(db, id, due, into: &lease)
            }
        }
    }

    func leaseHealth(_ db: Database, _ id: Int64, _ due: Instant, into lease: inout Lease) throws {
        let url = try RawStatement(db, "SELECT generation, recrawl_ms, state, path FROM url WHERE id = ?")
        url.bind(id, at: 1)
        defer { url.reset() }
        guard try url.step(), let record = try HealthRow.load(db, id) else { return }
        let path = url.bytes(3)
        lease.health.append(
            LeasedURL(
                id: id, generation: url.int(0), pathOffset: lease.arena.count, pathLength: path.count, dueAt: due,
                recrawl: Recrawl(ms: url.optionalInt(1)), state: Self.state(url.int(2)), isHealthTraffic: true,
                health: HealthBox(record), content: try content(db, id)))
        lease.arena.append(contentsOf: path)
    }

    static func state(_ raw: Int64) -> URLState { URLState(rawValue: UInt8(clamping: raw)) ?? .scheduled }
}
