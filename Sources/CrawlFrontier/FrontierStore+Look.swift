import CrawlCore
import GRDB

extension FrontierStore {
    /// Rows that are looked at to find a scout. An origin's URLs lie together: these are a page or two.
    private static let scoutRows = 200

    /// Canary and scout of an origin whose other URLs wait.
    func leaseLook(_ db: Database, _ look: LeaseRequest.Look, into lease: inout Lease) throws {
        let due = try RawStatement(db, "SELECT due_at FROM health WHERE id = ?")
        due.bind(look.canary, at: 1)
        let at = try due.step() ? due.instant(0) ?? .distantFuture : nil
        due.reset()
        guard let at else { return }
        lease.canary = try url(db, look.canary, due: at, into: &lease.arena)
        guard look.wantsScout else { return }
        if let preferred = look.scout, preferred != look.canary {
            lease.scout = try url(db, preferred, due: nil, into: &lease.arena)
        }
        if lease.scout == nil, let other = try otherURL(db, than: look.canary) {
            lease.scout = try url(db, other, due: nil, into: &lease.arena)
        }
    }

    /// URLs that wait for a slot, those that failed first before others.
    func leaseWaiting(
        _ db: Database, _ request: LeaseRequest, into lease: inout Lease
    ) throws {
        let rows = try RawStatement(
            db,
            """
            SELECT id, due_at FROM health
            WHERE phase = 4 AND id >> 40 = ?1 AND (neutral_tries = 0 OR due_at <= ?2) ORDER BY streak_since
            """)
        rows.bind(request.origin, at: 1)
        rows.bind(request.now, at: 2)
        defer { rows.reset() }
        var taken = 0
        while taken < request.freeSlots, try rows.step() {
            if request.without.contains(rows.int(0)) { continue }
            let count = lease.health.count
            try leaseHealth(db, rows.int(0), rows.instant(1) ?? request.now, into: &lease)
            for index in count..<lease.health.count { lease.health[index].hasTurn = true }
            taken += 1
        }
    }

    /// A URL of the same origin: best the one that was good last, then one never tried, then the failing one that was
    /// asked longest ago: on a site some of whose pages are broken, one scout after the other is another page.
    private func otherURL(_ db: Database, than canary: Int64) throws -> Int64? {
        let rows = try RawStatement(
            db, "SELECT id, state, last_at, last_answer FROM url WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 LIMIT ?2")
        rows.bind(URLKey.origin(of: canary), at: 1)
        rows.bind(Int64(Self.scoutRows), at: 2)
        defer { rows.reset() }
        var best: (id: Int64, rank: Int, at: Instant)?
        while try rows.step() {
            let id = rows.int(0)
            if id == canary || [.refused, .softBlocked].contains(Self.state(rows.int(1))) { continue }
            let outcome = LastAnswer(stored: rows.int(3)).outcome
            let rank =
                switch outcome?.kind() {
                case .good?: outcome == .gone ? 2 : 3
                case nil: 2
                default: 1
                }
            let lastAt = rows.instant(2) ?? Instant(ms: 0)
            let at = rank > 1 ? lastAt : Instant(ms: -max(0, lastAt.ms))
            if best.map({ ($0.rank, $0.at) < (rank, at) }) ?? true { best = (id, rank, at) }
        }
        return best?.id
    }

    /// `due`: of its health traffic; nil = as the row is due, for a scout.
    private func url(_ db: Database, _ id: Int64, due: Instant?, into arena: inout [UInt8]) throws -> LeasedURL? {
        let row = try RawStatement(
            db, "SELECT generation, due_at, recrawl_ms, state, has_health, path FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let path = row.bytes(5)
        defer { arena.append(contentsOf: path) }
        let health = row.int(4) != 0 ? try HealthRow.load(db, id).map(HealthBox.init) : nil
        var url = LeasedURL(
            id: id, generation: row.int(0), pathOffset: arena.count, pathLength: path.count,
            dueAt: due ?? row.instant(1) ?? .distantFuture, recrawl: Recrawl(ms: row.optionalInt(2)),
            state: Self.state(row.int(3)), isHealthTraffic: due != nil, health: health,
            content: try content(db, id))
        url.isDue = due != nil || row.instant(1) != nil
        return url
    }
}
