/// Spans of time for people. `DurationText` is what configuration and API write.
package enum SpanText {
    private static let minute: Int64 = 60
    private static let hour: Int64 = 3_600
    private static let day: Int64 = 86_400

    /// Two units, cut, below ten days: `59 s`, `1 min 59 s`, `1 h 59 min`, `2 d 3 h`; then days: `400 d`.
    package static func text(ms: Int64) -> String {
        let seconds = ms / 1000
        switch seconds {
        case ..<minute: return "\(seconds) s"
        case ..<hour: return text(seconds, minute, "min", 1, "s")
        case ..<day: return text(seconds, hour, "h", minute, "min")
        case ..<(10 * day): return text(seconds, day, "d", hour, "h")
        default: return "\(seconds / day) d"
        }
    }

    /// What is estimated, rounded: `5 s`, `1 min`, `83 min`, `2 h 46 min`, `3 d 4 h`.
    package static func about(ms: Int64) -> String {
        let seconds = (ms + 500) / 1000
        switch seconds {
        case ..<50: return "\(seconds) s"
        case ..<(2 * hour): return "\((seconds + minute / 2) / minute) min"
        default: return text(ms: ms)
        }
    }

    private static func text(_ seconds: Int64, _ unit: Int64, _ name: String, _ part: Int64, _ partName: String)
        -> String
    {
        let rest = seconds % unit / part
        return "\(seconds / unit) \(name)" + (rest > 0 ? " \(rest) \(partName)" : "")
    }
}
