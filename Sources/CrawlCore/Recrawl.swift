/// How often a URL is fetched again after a good answer.
package enum Recrawl: Sendable, Hashable {
    /// One good answer is enough.
    case never
    case every(Duration)
    /// So long at present, and by each answer shorter or longer; nil = no answer has set it yet: it starts at
    /// `RecrawlBounds.start`.
    case adaptive(Duration?)
}

/// What an adaptive interval keeps within; the numbers of the `recrawl` section.
package struct RecrawlBounds: Sendable, Hashable {
    /// What a page that changes all the time comes down to; default 1 min.
    package var shortest: Duration = .seconds(60)
    /// What a page that never changes comes up to, and a page that is gone at once; default 365 d.
    package var longest: Duration = .seconds(365 * 86_400)
    /// Of a URL enqueued as adaptive without an interval: `recrawl.interval`; default 1 d, also if that is `never`.
    package var start: Duration = .seconds(86_400)

    package init() {}

    fileprivate func clamp(_ interval: Duration) -> Duration { max(shortest, min(longest, interval)) }
}

extension Recrawl {
    /// From a good answer to the next request; nil = there is none.
    package func interval(_ bounds: RecrawlBounds) -> Duration? {
        switch self {
        case .never: nil
        case .every(let interval): interval
        case .adaptive(let interval): bounds.clamp(interval ?? bounds.start)
        }
    }

    /// What an answer makes of it:
    ///
    /// | answer | `.adaptive` | `.every`, `.never` |
    /// |---|---|---|
    /// | `success`, another digest than before | × 0.8 | as it is |
    /// | `success`, the same digest; `notModified` | × 1.2 | as it is |
    /// | `gone` | the longest | as it is |
    /// | any other, and a first `success` | as it is | as it is |
    ///
    /// Whole seconds, away from what it was, so that the smallest interval still moves; then clamped. `isChanged`: nil
    /// = there is nothing to compare with.
    package func after(_ outcome: Outcome, isChanged: Bool?, _ bounds: RecrawlBounds) -> Recrawl {
        guard case .adaptive = self, let interval = interval(bounds) else { return self }
        switch (outcome, isChanged) {
        case (.gone, _): return .adaptive(bounds.longest)
        case (.success, true): return .adaptive(bounds.clamp(.seconds(interval.ms * 8 / 10_000)))
        case (.success, false), (.notModified, _):
            return .adaptive(bounds.clamp(.seconds((interval.ms * 12 + 9999) / 10_000)))
        default: return self
        }
    }
}
