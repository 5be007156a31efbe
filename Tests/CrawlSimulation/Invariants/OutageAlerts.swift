/// One alert for an outage of a whole origin, however many URLs it has: once three of them fail the origin is one.
struct OutageAlerts: Invariant {
    let name = "outage-alerts"
    /// By origin: when the outage's first alert was, and how many came.
    private var told: [Int: (outage: Int64, count: Int, limit: Int)] = [:]

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, let origin = episode.target?.origin, episode.scope == .url || episode.scope == .origin else {
            return nil
        }
        let script = history.plan.origins[origin]
        guard script.behaviour == .outage || script.behaviour == .everything520 || script.behaviour == .dead,
            let outage = script.whole(at: history.now)
        else { return nil }
        let failures = history.domains[origin].firstFailures.values.sorted()
        if told[origin]?.outage != outage.from {
            // Tripped before the first of them has its hour: the origin is marked at once.
            let isTripped = failures.count >= RulesText.trip && failures[2] < failures[0] + RulesText.hour
            told[origin] = (outage.from, 0, isTripped ? 1 : RulesText.trip)
        }
        told[origin]?.count += 1
        guard let (_, count, limit) = told[origin], count > limit else { return nil }
        return Breach(origin, "\(count) alerts for one outage of the origin, at most \(limit) are due")
    }
}
