/// Consecutive outcomes of one class.
package struct RunRecord: Codable, Sendable, Hashable {
    package var outcome: String
    package var since: String
    package var lastAt: String
    package var observations: Int
    /// Distinct probe times among the observations: what the full-hour rule counts.
    package var probeTimes: Int
    /// How sure a 520 is; null for other classes.
    @OrNull package var grade: String?

    package init(
        outcome: String, since: String, lastAt: String, observations: Int, probeTimes: Int, grade: String? = nil
    ) {
        self.outcome = outcome
        self.since = since
        self.lastAt = lastAt
        self.observations = observations
        self.probeTimes = probeTimes
        self.grade = grade
    }

    private enum CodingKeys: String, CodingKey {
        case outcome, since, observations, grade
        case lastAt = "last_at"
        case probeTimes = "probe_times"
    }
}
