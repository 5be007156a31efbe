/// A point of wall-clock time: whole milliseconds since 1970-01-01T00:00:00Z. This is what rows keep and what every
/// rule counts in; nothing here reads a clock.
package struct Instant: Hashable, Comparable, Sendable {
    package var ms: Int64

    package init(ms: Int64) { self.ms = ms }

    /// Later than any time that a crawl can meet; used as "never" in comparisons, never stored.
    package static let distantFuture = Instant(ms: .max)

    package static func < (a: Instant, b: Instant) -> Bool { a.ms < b.ms }

    /// Saturates instead of trapping: durations come from configuration and rows.
    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.ms.addingReportingOverflow(duration.ms)
        return overflow ? (duration.ms > 0 ? .distantFuture : Instant(ms: .min)) : Instant(ms: sum)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }

    package static func - (a: Instant, b: Instant) -> Duration {
        let (difference, overflow) = a.ms.subtractingReportingOverflow(b.ms)
        return .milliseconds(overflow ? (a > b ? .max : .min) : difference)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero, saturating.
    package var ms: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, overflow2) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow2 ? (seconds > 0 ? .max : .min) : sum
    }
}
