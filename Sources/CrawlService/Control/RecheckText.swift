import ControlAPI
import CrawlCore

/// When what is marked is looked at again, and by which rule: `next look in 1 h 12 min: an eighth of 9 h 36 min`.
struct RecheckText {
    let rules: HealthRules
    let now: Instant

    /// - Parameters:
    ///   - run: the mark's.
    ///   - mark: nil = it is not known here; it matters only where each wait is twice the one before, and while the end is
    ///     confirmed.
    ///   - lookedAt: the last look.
    ///   - nextAt: the next one.
    func text(run: HealthRecord.Run, mark: HealthRecord.Mark?, lookedAt: Instant, nextAt: Instant) -> String {
        let next = nextAt > now ? "next look in \(SpanText.text(ms: (nextAt - now).ms))" : "the next look is due"
        return "\(next): \(ground(run: run, mark: mark, lookedAt: lookedAt))"
    }

    private func ground(run: HealthRecord.Run, mark: HealthRecord.Mark?, lookedAt: Instant) -> String {
        if let mark, mark.good > 0 { return "the last answer was good, and one more is to confirm it" }
        let rule = rules.of(run.onlyOutcome).rechecks
        let age = lookedAt - run.since
        guard let (wait, ground) = rule.choice(age: age, step: mark?.step ?? 0) else {
            return "an operator asked for it"
        }
        if let wish = run.evidence?.retryAfter, wish > wait.ms / 1000 {
            return "its server asked for \(SpanText.text(ms: min(wish, 1 << 40) * 1000)) of quiet (Retry-After)"
        }
        switch ground {
        case .first: return "\(SpanText.text(ms: wait.ms)) at least (health.recheck_first)"
        case .age: return "\(Self.share(rule.ratio)) of \(SpanText.text(ms: age.ms))"
        case .doubling: return "each wait is twice the one before"
        case .longest: return "\(SpanText.text(ms: wait.ms)) at most (health.recheck_max)"
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
        default: tenths(ratio * 100) + " %"
        }
    }
}
