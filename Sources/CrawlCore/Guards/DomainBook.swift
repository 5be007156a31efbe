import HeapModule

/// The domains that gave a good answer in the last 24 h, or had when their present streak began: only these can make a
/// storm or tell that we are offline. What was never seen good is not in here, or a list with many dead links would be a
/// storm for ever.
///
/// Bounded: of more than `limit` domains those that were good longest ago are forgotten. Both guards count shares and
/// small numbers, for which so many are enough.
struct DomainBook {
    static let limit = 65_536
    /// How old a row of the store may get while its domain is good.
    static let rowAge = Duration.seconds(3600)

    private(set) var domains: [UInt64: Domain] = [:]
    private var order = Heap<Entry>()
    private var changed: Set<UInt64> = []
    private var forgotten: Set<UInt64> = []

    struct Domain {
        var row: DomainRow
        /// What the store has as `lastGoodAt`.
        var storedGoodAt: Instant

        /// Its latest news.
        var movedAt: Instant { max(row.lastGoodAt, row.badSince ?? row.lastGoodAt) }
    }

    /// One a domain, at its latest news or before.
    private struct Entry: Comparable {
        var at: Instant
        var domain: UInt64
        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.domain) < (b.at, b.domain) }
    }

    init(rows: [DomainRow] = []) {
        for row in rows where domains[row.key] == nil {
            domains[row.key] = Domain(row: row, storedGoodAt: row.lastGoodAt)
        }
        order = Heap(domains.values.lazy.map { Entry(at: $0.movedAt, domain: $0.row.key) })
    }

    var count: Int { domains.count }
    subscript(domain: UInt64) -> DomainRow? { domains[domain]?.row }

    mutating func noteGood(_ answer: DomainAnswer) {
        let row = DomainRow(key: answer.domain, lastGoodAt: answer.at, edge: answer.edge ?? .direct, url: answer.url)
        if let known = domains[answer.domain] {
            domains[answer.domain]?.row = row
            guard
                known.row.badSince != nil || known.row.edge != row.edge
                    || answer.at - known.storedGoodAt >= Self.rowAge || answer.at < known.storedGoodAt
            else { return }
        } else {
            domains[answer.domain] = Domain(row: row, storedGoodAt: answer.at)
            order.insert(Entry(at: answer.at, domain: answer.domain))
            forgotten.remove(answer.domain)
        }
        domains[answer.domain]?.storedGoodAt = answer.at
        changed.insert(answer.domain)
    }

    /// A URL that failed already when its domain was last seen good is a case of its own, and says nothing.
    func isNews(_ answer: DomainAnswer) -> Bool {
        guard let row = domains[answer.domain]?.row else { return false }
        if let since = answer.failingSince, since < row.lastGoodAt { return false }
        return (row.badSince ?? answer.at) - row.lastGoodAt <= StormRules.memory
    }

    /// The domain as it is now, if the failing answer says something of it.
    mutating func noteFailure(_ answer: DomainAnswer) -> DomainRow? {
        guard isNews(answer), var row = domains[answer.domain]?.row else { return nil }
        if let edge = answer.edge { row.edge = edge }
        if row.badSince == nil {
            row.badSince = answer.at
            changed.insert(answer.domain)
        }
        domains[answer.domain]?.row = row
        return row
    }

    /// A storm is over and it still fails.
    mutating func leaveAlone(_ domain: UInt64) {
        guard domains[domain] != nil else { return }
        domains[domain]?.row.isAlone = true
        changed.insert(domain)
    }

    /// Forgets those without news for a day, and those beyond the limit.
    mutating func forget(now: Instant) {
        let cutoff = now - StormRules.memory
        while let first = order.min, first.at < cutoff || domains.count > Self.limit {
            order.removeMin()
            guard let domain = domains[first.domain] else { continue }
            if domain.movedAt > first.at {
                order.insert(Entry(at: domain.movedAt, domain: first.domain))
                continue
            }
            domains[first.domain] = nil
            changed.remove(first.domain)
            forgotten.insert(first.domain)
        }
    }

    mutating func remove(_ domain: UInt64) {
        guard domains.removeValue(forKey: domain) != nil else { return }
        changed.remove(domain)
        forgotten.insert(domain)
    }

    /// Up to `limit` that were good last, the latest first; looks at all.
    func lastGood(limit: Int) -> [UInt64] {
        let latest = domains.values.sorted { ($1.row.lastGoodAt, $0.row.key) < ($0.row.lastGoodAt, $1.row.key) }
        return latest.prefix(limit).map(\.row.key)
    }

    /// What the store has to be told.
    mutating func takeChanges() -> DomainChanges {
        var changes = DomainChanges()
        guard !changed.isEmpty || !forgotten.isEmpty else { return changes }
        changes.rows = changed.sorted().compactMap { domains[$0]?.row }
        changes.forgotten = forgotten.sorted()
        changed = []
        forgotten = []
        return changes
    }
}
