/// An origin that Cloudflare keeps from us for a time, with a code of its own:
///
/// | code | first wait |
/// |---|---|
/// | 1004, 1005 | 120 s |
/// | 1015 | 30 s |
/// | 1038, 1200 | 60 s |
/// | 1205 | 5 s |
/// | 1027 | 60 s: the site has used up its day; no wait is known of, so it is that of any 429 |
///
/// A usable Retry-After goes before the table. The same code again doubles the wait before, Retry-After being the least
/// and 24 h the most of it (waits: Cloudflare's changelog, 2026-03-12).
package struct EdgeThrottle: Sendable, Hashable {
    package var code: Int
    /// The first answer with the code; the origin gave no other one since.
    package var since: Instant
    /// What the last one made us wait, without jitter.
    package var wait: Duration

    /// After so long of nothing else the URL that is asked is `blocked` by the edge: who waits on does so for ever. For so
    /// long after a wait is over it is remembered.
    package static let patience = Duration.seconds(24 * 3600)

    package init(code: Int, since: Instant, wait: Duration) {
        self.code = code
        self.since = since
        self.wait = wait
    }

    /// nil = none of these codes.
    package static func firstWait(of code: Int) -> Duration? {
        switch code {
        case 1004, 1005: .seconds(120)
        case 1015: .seconds(30)
        case 1027, 1038, 1200: .seconds(60)
        case 1205: .seconds(5)
        default: nil
        }
    }

    /// `isUnderWay`: the request was sent before the block began, which doubles nothing.
    static func after(
        _ previous: EdgeThrottle?, code: Int, retryAfter: Duration?, isUnderWay: Bool, at: Instant
    ) -> EdgeThrottle {
        guard let previous, previous.code == code else {
            let wait = retryAfter ?? firstWait(of: code) ?? OriginBlock.first
            return EdgeThrottle(code: code, since: at, wait: min(wait, OriginBlock.longest))
        }
        let grown = isUnderWay ? previous.wait : previous.wait * 2
        return EdgeThrottle(
            code: code, since: previous.since, wait: min(max(grown, retryAfter ?? .zero), OriginBlock.longest))
    }

    /// It has lasted so long that the URL which met it is not asked on.
    func isLasting(_ at: Instant) -> Bool { at - since >= Self.patience }
}
