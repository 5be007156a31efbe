/// The next look at what is marked, and what its moment comes from.
package struct NextLook: Sendable, Hashable, Codable {
    package enum Ground: Sendable, Hashable, Codable {
        /// The last answer was good, and one more is to confirm it.
        case confirming
        /// Of its own accord nobody looks: an operator asked for it.
        case ordered
        /// Its server asked for so many seconds of quiet (Retry-After).
        case wish(seconds: Int64)
        /// `health.recheck_first`, the least there is.
        case least(ms: Int64)
        /// The share of its age, `health.recheck_ratio`.
        case share(ratio: Double, ageMs: Int64)
        /// Each wait is twice the one before.
        case doubling
        /// `health.recheck_max`, the longest there is.
        case longest(ms: Int64)
    }

    package var atMs: Int64
    package var ground: Ground

    /// - Parameters:
    ///   - run: the mark's.
    ///   - mark: nil = it is not known here; it matters only where each wait is twice the one before, and while the end is
    ///     confirmed.
    ///   - lookedAt: the last look.
    package init(
        _ rules: HealthRules, run: HealthRecord.Run, mark: HealthRecord.Mark?, lookedAt: Instant, at: Instant
    ) {
        atMs = at.ms
        ground = Self.ground(rules.of(run.onlyOutcome).rechecks, run, mark, lookedAt)
    }

    package var at: Instant { Instant(ms: atMs) }

    private static func ground(
        _ rule: RecheckRule, _ run: HealthRecord.Run, _ mark: HealthRecord.Mark?, _ lookedAt: Instant
    ) -> Ground {
        if let mark, mark.good > 0 { return .confirming }
        let age = lookedAt - run.since
        guard let (wait, ground) = rule.choice(age: age, step: mark?.step ?? 0) else { return .ordered }
        if let wish = run.evidence?.retryAfter, wish > wait.ms / 1000 { return .wish(seconds: wish) }
        switch ground {
        case .first: return .least(ms: wait.ms)
        case .age: return .share(ratio: rule.ratio, ageMs: age.ms)
        case .doubling: return .doubling
        case .longest: return .longest(ms: wait.ms)
        }
    }
}
