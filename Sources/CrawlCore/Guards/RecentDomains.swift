import HeapModule

/// Domains with the moment at which something last happened to them, as far back as a window reaches. Every operation
/// costs a logarithm at most, however many domains there are.
struct RecentDomains {
    private var times: [UInt64: Instant] = [:]
    /// One entry a domain, at its moment or before: what happened since is looked up when its turn comes.
    private var order = Heap<Entry>()

    private struct Entry: Comparable {
        var at: Instant
        var domain: UInt64
        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.domain) < (b.at, b.domain) }
    }

    var count: Int { times.count }
    var domains: some Collection<UInt64> { times.keys }
    /// The earliest moment among them; looks at all.
    var earliest: Instant? { times.values.min() }

    mutating func note(_ domain: UInt64, at: Instant) {
        guard let before = times[domain] else {
            times[domain] = at
            order.insert(Entry(at: at, domain: domain))
            if order.count > 2 * times.count + 64 { compact() }
            return
        }
        if at > before { times[domain] = at }
    }

    mutating func remove(_ domain: UInt64) { times[domain] = nil }

    mutating func removeAll() {
        times = [:]
        order = Heap()
    }

    /// Forgets what happened before `cutoff`.
    mutating func expire(before cutoff: Instant) {
        while let first = order.min, first.at < cutoff {
            order.removeMin()
            guard let at = times[first.domain] else { continue }
            if at < cutoff { times[first.domain] = nil } else { order.insert(Entry(at: at, domain: first.domain)) }
        }
    }

    /// Domains that were removed leave their entries behind.
    private mutating func compact() { order = Heap(times.lazy.map { Entry(at: $0.value, domain: $0.key) }) }
}
