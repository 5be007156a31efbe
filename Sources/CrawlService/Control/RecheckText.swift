import ControlAPI
import CrawlCore

/// When what is marked is looked at again, and by which rule: `next look in 1 h 12 min: an eighth of 9 h 36 min`.
enum RecheckText {
    static func text(_ next: NextLook, now: Instant) -> String {
        let when = next.at > now ? "next look in \(SpanText.text(ms: (next.at - now).ms))" : "the next look is due"
        return "\(when): \(ground(next.ground))"
    }

    private static func ground(_ ground: NextLook.Ground) -> String {
        switch ground {
        case .confirming: "the last answer was good, and one more is to confirm it"
        case .ordered: "an operator asked for it"
        case .wish(let seconds):
            "its server asked for \(SpanText.text(ms: min(max(seconds, 0), 1 << 40) * 1000)) of quiet (Retry-After)"
        case .least(let ms): "\(SpanText.text(ms: ms)) at least (health.recheck_first)"
        case .share(let ratio, let ageMs): "\(share(ratio)) of \(SpanText.text(ms: ageMs))"
        case .doubling: "each wait is twice the one before"
        case .longest(let ms): "\(SpanText.text(ms: ms)) at most (health.recheck_max)"
        }
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// `an eighth`, or in percent.
    private static func share(_ ratio: Double) -> String {
        switch ratio {
        case 0.125: "an eighth"
        case 0.25: "a quarter"
        case 0.5: "half"
        case 1: "all"
        default: tenths(min(max(ratio, 0), 1) * 100) + " %"
        }
    }
}
