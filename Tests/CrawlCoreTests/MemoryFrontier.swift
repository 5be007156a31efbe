@testable import CrawlCore

/// A frontier for the scheduler's tests: rows in a dictionary, and only what a scheduler can see of a store.
struct MemoryFrontier {
    struct Row {
        var priority = 0
        var due: Instant?
        var healthDue: Instant?
        var record: HealthRecord?
        var state = URLState.scheduled
        var recrawl: Recrawl?
        var generation: Int64 = 1
    }

    /// By origin, so that a lease looks at one origin's rows only.
    private(set) var rows: [Int64: [Int64: Row]] = [:]
    private var healthIDs: [Int64: Set<Int64>] = [:]
    var timesLeased = 0

    subscript(id: Int64) -> Row? {
        get { rows[URLKey.origin(of: id)]?[id] }
        set {
            let origin = URLKey.origin(of: id)
            rows[origin, default: [:]][id] = newValue
            if newValue?.healthDue != nil {
                healthIDs[origin, default: []].insert(id)
            } else {
                healthIDs[origin]?.remove(id)
            }
        }
    }

    var allRows: [(id: Int64, row: Row)] { rows.values.flatMap { $0.map { ($0.key, $0.value) } } }

    static func id(_ origin: Int64, _ n: Int) -> Int64 { URLKey.make(origin: origin, hash: UInt64(n)) }

    mutating func lease(_ request: LeaseRequest) -> Lease {
        timesLeased += 1
        var lease = Lease()
        let rows = rows[request.origin] ?? [:]
        lease.originKey = Array("https://o\(request.origin).example".utf8)
        if let id = request.alone, let row = rows[id] {
            if let due = row.due, due <= request.now {
                lease.alone = Self.leased(id, row, due: due, isHealth: false, &lease.arena)
            } else if let due = row.healthDue, due <= request.now {
                lease.alone = Self.leased(id, row, due: due, isHealth: true, &lease.arena)
            }
        }
        if request.healthLimit > 0 {
            let waiting = (healthIDs[request.origin] ?? []).filter { !request.without.contains($0) }
                .compactMap { id in rows[id]?.healthDue.map { (id: id, due: $0) } }
                .sorted { ($0.due, $0.id) < ($1.due, $1.id) }
            for (id, due) in waiting {
                guard due <= request.now, lease.health.count < request.healthLimit, let row = rows[id] else {
                    lease.nextHealthDueAt = due
                    break
                }
                lease.health.append(Self.leased(id, row, due: due, isHealth: true, &lease.arena))
            }
        }
        if request.limit > 0 {
            let waiting = rows.filter { $0.value.due != nil && !request.without.contains($0.key) }
                .map { (id: $0.key, row: $0.value, due: $0.value.due ?? request.now) }
            let due = waiting.filter { $0.due <= request.now }
                .sorted { (-$0.row.priority, $0.due, $0.id) < (-$1.row.priority, $1.due, $1.id) }
            for url in due.prefix(request.limit) {
                lease.urls.append(Self.leased(url.id, url.row, due: url.due, isHealth: false, &lease.arena))
            }
            lease.nextDueAt =
                due.count > request.limit
                ? request.now : waiting.map(\.due).filter { $0 > request.now }.min()
        }
        return lease
    }

    private static func leased(
        _ id: Int64, _ row: Row, due: Instant, isHealth: Bool, _ arena: inout [UInt8]
    ) -> LeasedURL {
        let path = Array("/\(id & URLKey.hashMask)".utf8)
        defer { arena += path }
        return LeasedURL(
            id: id, generation: row.generation, pathOffset: arena.count, pathLength: path.count, dueAt: due,
            recrawl: row.recrawl, state: row.state, isHealthTraffic: isHealth, health: row.record.map(HealthBox.init))
    }

    mutating func complete(_ verdict: Verdict) {
        guard var row = self[verdict.id], row.generation == verdict.generation else { return }
        let isChanged = row.due != verdict.leasedDueAt
        if !(isChanged && row.due != nil && verdict.healthDueAt == nil && verdict.state != .brokenOrigin) {
            row.due = verdict.dueAt
            row.state = verdict.state
        }
        row.healthDue = verdict.healthDueAt
        row.record = verdict.health?.record
        self[verdict.id] = row
    }
}
