import ControlAPI

/// `--due`: an RFC 3339 time, a date (its first moment in UTC), a duration from now, or `now`.
enum DueTime {
    /// As the API takes it; nil when `text` is none of them. `now`: ms since 1970.
    static func timestamp(_ text: String, now: Int64) -> String? {
        if text == "now" { return Timestamp.text(now) }
        if let duration = DurationText.duration(text) {
            let (seconds, attoseconds) = duration.components
            let (ms, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            let (sum, overflow2) = now.addingReportingOverflow(ms)
            guard !overflow, !overflow2, sum <= Timestamp.latest else { return nil }
            return Timestamp.text(sum + attoseconds / 1_000_000_000_000_000)
        }
        return (Timestamp.milliseconds(text) ?? Timestamp.milliseconds(text + "T00:00:00Z")).map { Timestamp.text($0) }
    }
}
