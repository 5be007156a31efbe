/// How long to wait before the next look at what is marked. Nobody knows how long an outage will last; looked at in step
/// with its age, its end is seen late by the same share of its length however long it was, and the looks grow with the
/// logarithm of that:
///
///     age    1 h     2 h     4 h     8 h   24 h  48 h  8 d   (first 30 min, ratio 1/8, longest 24 h)
///     wait   30 min  30 min  30 min  1 h   3 h   6 h   24 h
package struct RecheckRule: Sendable, Hashable {
    /// The least wait; nil = nothing is looked at, an operator revives.
    package var first: Duration?
    /// The share of the age, 0 to 1; 0 = each wait is twice the one before, from `first` on.
    package var ratio: Double
    /// The longest wait.
    package var longest: Duration

    package init(first: Duration?, ratio: Double, longest: Duration) {
        self.first = first
        self.ratio = ratio
        self.longest = longest
    }

    /// What a wait comes from.
    package enum Ground: Sendable, Hashable {
        /// The least there is.
        case first
        /// The share of the age.
        case age
        /// The failed looks so far: each doubles it.
        case doubling
        /// The longest there is.
        case longest
    }

    /// After a look at what has failed for `age` and was looked at `step` times in vain since its mark; nil = never.
    package func wait(age: Duration, step: Int) -> Duration? { choice(age: age, step: step)?.wait }

    /// The wait, and what it comes from; nil = never.
    package func choice(age: Duration, step: Int) -> (wait: Duration, ground: Ground)? {
        guard let first else { return nil }
        let grown =
            ratio > 0
            ? max(first, share(of: age)) : Backoff.doubling(from: first, step: step, limit: longest)
        if grown >= longest { return (longest, .longest) }
        return (grown, grown == first ? .first : ratio > 0 ? .age : .doubling)
    }

    /// At most the longest wait; nothing of an age below zero, which a clock that was set back makes.
    private func share(of age: Duration) -> Duration {
        let share = Double(max(age.ms, 0)) * min(ratio, 1)
        return share < Double(longest.ms) ? .milliseconds(Int64(share)) : longest
    }
}
