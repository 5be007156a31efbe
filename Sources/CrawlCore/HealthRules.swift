/// The numbers of the health machine; defaults as in the configuration's `health` section.
package struct HealthRules: Sendable, Hashable {
    /// Waits between the attempts of a burst, each counted from the answer before; empty = no burst.
    package var burst: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
    /// Offsets of the single probes from the window's first observation, ascending; after the last one its difference
    /// to the one before repeats.
    package var probes: [Duration] = [5, 15, 30, 45, 60].map { .seconds($0 * 60) }
    package var brokenAfter: Duration = .seconds(3600)
    package var minProbeTimes = 4
    package var maxGap: Duration = .seconds(40 * 60)
    /// The least from one look at a broken URL to the next; nil = only an operator revives.
    package var recheckFirst: Duration? = .seconds(1800)
    /// The share of its age that passes from look to look, 0 to 1; 0 = the waits double from `recheckFirst`.
    package var recheckRatio = 0.125
    package var recheckMax: Duration = .seconds(24 * 3600)
    /// Good answers in a row that resolve.
    package var resolveAfter = 2
    package var resolveGap: Duration = .seconds(60)
    /// URLs of one origin in burst or pending at a time; further ones wait without requests. 0 = no limit.
    package var probeSlots = 8
    /// Marked URLs of one origin and class before the next ones share one incident; 0 = each has its own.
    package var urlIncidents = 10
    /// Distinct URLs of an origin with an open run of one class, and none good, that make the origin suspect; 0 = never.
    package var originTrip = 3
    /// What had become due while an origin was broken returns over so long; zero = at once.
    package var resolveSpread: Duration = .seconds(600)
    /// A URL that waits for a slot, or shares an incident, is asked so often.
    package static let waitingTry = Duration.seconds(24 * 3600)
    /// Steps get 0 to this share longer, never shorter; 0 = exact steps.
    package var jitter = 0.1
    /// Other numbers for some classes; none for 520.
    package var policies: [Outcome: HealthPolicy] = [:]

    package init() {}

    /// The numbers for runs of `outcome`.
    package func of(_ outcome: Outcome?) -> HealthRules {
        guard let policy = outcome.flatMap({ policies[$0] }) else { return self }
        var rules = self
        if let burst = policy.burst { rules.burst = burst }
        if let probes = policy.probes { rules.probes = probes }
        if let brokenAfter = policy.brokenAfter { rules.brokenAfter = brokenAfter }
        if let recheckFirst = policy.recheckFirst { rules.recheckFirst = recheckFirst }
        return rules
    }

    /// What an answer is to the machine: failing in a class that is turned off is as wavering as a `serverError`.
    package func kind(of classification: Classification) -> OutcomeKind {
        let kind = classification.kind
        return kind == .failing && policies[classification.outcome]?.isOff == true ? .wavering : kind
    }

    /// The next probe after `elapsed` of the window, as an offset from its start. Steps passed over collapse into it.
    /// The second value is the step's difference to the step before: what jitter may lengthen.
    package func probe(after elapsed: Duration) -> (offset: Duration, difference: Duration) {
        var previous = Duration.zero
        var difference = brokenAfter
        for step in probes {
            difference = step - previous
            if step > elapsed { return (step, difference) }
            previous = step
        }
        let period = max(difference.ms, 1)
        let passed = max(0, (elapsed - previous).ms) / period
        return (previous + .milliseconds(period * (passed + 1)), difference)
    }

    /// When what is marked is looked at again.
    package var rechecks: RecheckRule { RecheckRule(first: recheckFirst, ratio: recheckRatio, longest: recheckMax) }
}

/// Waits that grow.
package enum Backoff {
    /// `first`, doubled `step` times, at most `limit`:
    ///
    ///     step   0     1     2     3    …   (first 1 min, limit 24 h)
    ///     wait   1 min 2 min 4 min 8 min …  24 h
    package static func doubling(from first: Duration, step: Int, limit: Duration) -> Duration {
        let factor = Int64(1) << min(max(step, 0), 40)
        let (ms, overflow) = first.ms.multipliedReportingOverflow(by: factor)
        return overflow ? limit : min(.milliseconds(ms), limit)
    }

    /// `wait` made 0 to `share` longer.
    package static func jittered(
        _ wait: Duration, share: Double, using random: inout some RandomNumberGenerator
    ) -> Duration { wait + jitter(of: wait, share: share, using: &random) }

    /// 0 to `share` of `difference`, in whole milliseconds.
    package static func jitter(
        of difference: Duration, share: Double, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let most = Int64(Double(difference.ms) * share)
        return most > 0 ? .milliseconds(Int64.random(in: 0...most, using: &random)) : .zero
    }
}
