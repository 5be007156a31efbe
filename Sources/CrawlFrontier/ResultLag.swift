package import CrawlCore

/// How near a consumer is to losing what it has not read, by the bound of the feed that it is nearest to.
package struct ResultLag: Sendable, Hashable {
    /// As `output.results` names it.
    package enum Bound: String, Sendable, CaseIterable {
        case age = "max_age"
        case rows = "max_rows"
        case size = "max_size"
    }

    /// What it has not read.
    package struct Unread: Sendable, Hashable {
        /// Results, those that are gone already included.
        package var rows: Int64
        /// Of those that are kept, about.
        package var bytes: Int64
        /// When the oldest that is kept was fetched; nil = none is.
        package var oldestAt: Instant?
        /// Some of it is gone.
        package var hasLost: Bool

        package init(rows: Int64, bytes: Int64, oldestAt: Instant?, hasLost: Bool) {
            self.rows = rows
            self.bytes = bytes
            self.oldestAt = oldestAt
            self.hasLost = hasLost
        }
    }

    /// From this share on it is told of.
    package static let tellsFrom = 0.8
    /// Below this one it has caught up: less than it is told of by, else one that keeps its distance is told of for ever.
    package static let endsBelow = 0.4

    package var bound: Bound
    /// Of the bound; 1 = the next result that goes is one that it has not read.
    package var share: Double

    package var isTold: Bool { share >= Self.tellsFrom }
    package var isOver: Bool { share < Self.endsBelow }

    package init(_ unread: Unread, _ limits: ResultLimits, now: Instant) {
        func share(_ part: Int64, _ whole: Int64) -> Double { Double(max(part, 0)) / Double(max(whole, 1)) }
        let age = unread.oldestAt.map { (now - $0).ms } ?? 0
        let shares: [(bound: Bound, share: Double)] = [
            (.age, share(age, limits.maxAge.ms)), (.rows, share(unread.rows, limits.maxRows)),
            (.size, share(unread.bytes, limits.maxBytes)),
        ]
        let nearest = shares.reduce(shares[0]) { $1.share > $0.share ? $1 : $0 }
        bound = nearest.bound
        self.share = unread.rows <= 0 ? 0 : unread.hasLost ? max(nearest.share, 1) : nearest.share
    }
}
