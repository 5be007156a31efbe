import CrawlCore
import GRDB

extension FrontierStore {
    /// A URL that a guard wants asked, due or not; nothing if it is gone, broken or refused.
    func leaseProbe(_ db: Database, _ id: Int64, into lease: inout Lease) throws {
        let row = try RawStatement(
            db, "SELECT generation, due_at, recrawl_ms, state, has_health, path FROM url WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return }
        let state = Self.state(row.int(3))
        guard [.scheduled, .done, .gone].contains(state) else { return }
        let path = row.bytes(5)
        // What is not due as ordinary traffic is leased as health traffic is: its due time is not expected back.
        lease.probe = LeasedURL(
            id: id, generation: row.int(0), pathOffset: lease.arena.count, pathLength: path.count,
            dueAt: row.instant(1) ?? Instant(ms: 0), recrawl: Recrawl(ms: row.optionalInt(2)), state: state,
            isHealthTraffic: row.instant(1) == nil,
            health: row.int(4) != 0 ? try HealthRow.load(db, id).map(HealthBox.init) : nil,
            content: try content(db, id))
        lease.arena.append(contentsOf: path)
    }
}
