/// How far Retry-After may put off the next attempt of a run, so that the hour stands. Pure.
///
/// The next attempt is at the later of its step and the wish; steps whose time is then past count as done. The wish is cut
/// to the earliest of
///
/// - (a) twice the widest difference between probes after the answer before, which leaves no gap,
/// - (b) the last step from which `min_probe_times` can still be reached,
/// - (c) the step that decides: the first probe at `broken_after` or later.
///
/// With the defaults, a wish of 24 h with every answer leads to attempts at 0, 30, 45 and 60 min.
package struct RetryWish: Sendable {
    package let rules: HealthRules

    /// `rules`: of the run's class.
    package init(_ rules: HealthRules) { self.rules = rules }

    /// The latest moment of the next attempt, as an offset from the window's first observation. `difference` is what jitter
    /// may lengthen: zero where no step is meant.
    ///
    /// - Parameters:
    ///   - elapsed: of the answer before, from the window's first observation.
    ///   - probeTimes: so far, that answer's too.
    package func latest(after elapsed: Duration, probeTimes: Int) -> (offset: Duration, difference: Duration) {
        let next = rules.probe(after: elapsed)
        let steps = rules.probes.filter { $0 < rules.decidingStep } + [rules.decidingStep]
        let spare = steps.count - max(rules.minProbeTimes - probeTimes, 1)
        guard steps.indices.contains(spare), steps[spare] > next.offset else { return next }
        let gap = elapsed + rules.widestDifference * 2
        guard gap >= steps[spare] else { return gap > next.offset ? (gap, .zero) : next }
        return (steps[spare], steps[spare] - (spare > 0 ? steps[spare - 1] : .zero))
    }

    /// Burst steps whose time is past at `offset` from the window's first observation, as they come without any delay.
    package func burstSteps(by offset: Duration) -> Int {
        var at = Duration.zero
        return rules.burst.prefix { wait in
            at += wait
            return at <= offset
        }.count
    }
}

extension HealthRules {
    /// The first probe at `broken_after` or later: the one that may mark.
    package var decidingStep: Duration {
        probes.first { $0 >= brokenAfter } ?? probe(after: brokenAfter - .milliseconds(1)).offset
    }

    /// Between two probes, or the window's first observation and the first of them.
    package var widestDifference: Duration {
        zip(probes, [.zero] + probes).map { $0 - $1 }.max() ?? brokenAfter
    }
}
