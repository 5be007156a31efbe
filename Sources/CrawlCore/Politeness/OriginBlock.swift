/// A whole origin waits, as a server asked with 429 or 503.
///
///     throttled ──► blocked until the header's moment, or 1 min, 2, 4 … 24 h without one ──► asked again
///                   level 0, 1, 2 … as long as the next throttled answer comes before `forgivenAt`
package struct OriginBlock: Sendable, Hashable {
    package var until: Instant
    /// Doublings so far; 0 = the first block.
    package var level: Int
    /// Quiet until then, the next block is a first one again: as long after the block's end as it lasted. What an edge's
    /// code has grown to is remembered for longer, see `forgottenAt`.
    package var forgivenAt: Instant
    /// An edge keeps us from the origin with a code of its own; nil = the origin itself asks, or another answer has come.
    package var edge: EdgeThrottle?

    package init(until: Instant, level: Int, forgivenAt: Instant? = nil, edge: EdgeThrottle? = nil) {
        self.until = until
        self.level = level
        self.forgivenAt = forgivenAt ?? until + Self.first
        self.edge = edge
    }

    /// Nothing of it counts any more. An edge's code may come again when the quiet of the origin's own blocks is long over:
    /// the crawl delay, a spent budget or a stop of ours may lie between. Only another answer ends it, or a day in which
    /// nobody could tell.
    package var forgottenAt: Instant {
        edge == nil ? forgivenAt : max(forgivenAt, until + EdgeThrottle.patience)
    }

    package static let first = Duration.seconds(60)
    package static let longest = Duration.seconds(24 * 3600)

    /// The block that a throttled answer leads to. One block per incident: answers to requests that were under way when
    /// it began (`since`) only lengthen it, they do not double it. A header of less than a second says nothing. `code`: an
    /// edge's, see `EdgeThrottle`; then the header does not keep the wait from doubling.
    package static func after(
        _ previous: OriginBlock?, since: Instant?, startedAt: Instant, completedAt: Instant, retryAfter: Duration?,
        code: Int? = nil, maxRetryAfter: Duration, jitter: Double, using random: inout some RandomNumberGenerator
    ) -> OriginBlock {
        let isUnderWay = previous.map { $0.until > completedAt || since.map { startedAt <= $0 } ?? false } ?? false
        let asked = retryAfter.flatMap { $0 < .seconds(1) ? nil : min($0, maxRetryAfter) }
        let known = previous.flatMap { $0.forgottenAt > completedAt ? $0 : nil }
        let edge = code.map {
            EdgeThrottle.after(known?.edge, code: $0, retryAfter: asked, isUnderWay: isUnderWay, at: completedAt)
        }
        let isSameCode = edge != nil && known?.edge?.code == code
        var level = known.flatMap { isSameCode || $0.forgivenAt > completedAt ? $0.level : nil } ?? -1
        if !isUnderWay, asked == nil || level < 0 || isSameCode { level += 1 }
        level = max(level, 0)
        let wait = Backoff.jittered(
            edge?.wait ?? asked ?? Backoff.doubling(from: first, step: level, limit: longest), share: jitter,
            using: &random)
        let until = max(previous?.until ?? completedAt, completedAt + wait)
        return OriginBlock(until: until, level: level, forgivenAt: until + max(wait, first), edge: edge)
    }
}
