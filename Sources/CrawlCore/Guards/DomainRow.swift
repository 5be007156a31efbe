/// A domain as the store keeps it.
package struct DomainRow: Sendable, Hashable {
    /// See `DomainKey`.
    package var key: UInt64
    /// Up to an hour old.
    package var lastGoodAt: Instant
    /// Who gave its last answer.
    package var edge: Edge
    /// When its present streak of failing answers began; nil = its last answer was good.
    package var badSince: Instant?
    /// It still failed when a storm was over: it counts in no other until it is seen good.
    package var isAlone: Bool
    /// Its last good answer was that of this URL.
    package var url: Int64

    package init(
        key: UInt64, lastGoodAt: Instant, edge: Edge, badSince: Instant? = nil, isAlone: Bool = false, url: Int64
    ) {
        self.key = key
        self.lastGoodAt = lastGoodAt
        self.edge = edge
        self.badSince = badSince
        self.isAlone = isAlone
        self.url = url
    }
}

/// What has changed of the domains since the last time.
package struct DomainChanges: Sendable, Hashable {
    package var rows: [DomainRow] = []
    package var forgotten: [UInt64] = []
    package init() {}
    package var isEmpty: Bool { rows.isEmpty && forgotten.isEmpty }
}
