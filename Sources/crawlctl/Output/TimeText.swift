import ControlAPI

/// Times of the API for people, who think from now on: `in 4 min`, `1 h 59 min ago`.
struct TimeText {
    /// ms since 1970.
    var now: Int64

    /// `-` for null; what is no time is shown as it is.
    func relative(_ timestamp: String?) -> String {
        guard let timestamp else { return "-" }
        guard let ms = Timestamp.milliseconds(timestamp) else { return timestamp }
        let distance = ms - now
        guard abs(distance) >= 1000 else { return "now" }
        let span = SpanText.text(ms: abs(distance))
        return distance > 0 ? "in \(span)" : "\(span) ago"
    }

    /// `2026-01-02T03:04:05.678Z (2 h ago)`.
    func both(_ timestamp: String?) -> String {
        guard let timestamp else { return "-" }
        return "\(timestamp) (\(relative(timestamp)))"
    }
}
