/// One alert for an outage of a whole origin, however many URLs it has and however seldom they come.
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
        // Where the clock was set, what is good cannot be held against what began to fail.
        if told[origin]?.outage != outage.from {
            told[origin] = (outage.from, 0, history.timeline == 0 ? 1 : RulesText.trip)
        }
        told[origin]?.count += 1
        guard let (_, count, limit) = told[origin], count > limit else { return nil }
        return Breach(origin, "\(count) alerts for one outage of the origin, at most \(limit) are due")
    }
}
