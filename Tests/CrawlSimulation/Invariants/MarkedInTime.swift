/// Every full hour is marked, at its deciding probe.
struct MarkedInTime: Invariant {
    let name = "marked-in-time"
    private var expected: [Target: Int64] = [:]

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let late = overdue(history)
        let target = answer.asked.target
        let origin = target.origin
        guard late == nil, expected[target] == nil, case .failing = answer.nature, !history.isCovered(target) else {
            return late
        }
        // While a copy of robots.txt may be used, its own answers count for nothing.
        if target.page == nil, history.lastGood[target] != nil { return nil }
        guard !history.isGuarded(origin), history.open(.url, at: origin).count < RulesText.urlIncidents else {
            return nil
        }
        // A URL that waited for a slot, or that the breaker held, counts from its next observation at the latest.
        let mayHaveWaited = history.openRuns(origin).count > RulesText.slots || history.isTripped(origin)
        guard let window = history.window(target, withUncertain: false),
            window.isHour(skipping: mayHaveWaited ? 1 : 0)
        else { return nil }
        expected[target] = history.now + RulesText.slack
        return nil
    }

    func asked(_ asked: Asked, _ history: History) -> Breach? { overdue(history) }

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        for target in expected.keys where episode.covers(target) { expected[target] = nil }
        if episode.scope == .partial || episode.scope == .edge || episode.scope == .offline { expected = [:] }
        return nil
    }

    mutating func killed(_ history: History) { expected = [:] }

    private func overdue(_ history: History) -> Breach? {
        guard !expected.isEmpty, let late = expected.first(where: { $0.value < history.now }) else { return nil }
        return Breach(late.key.origin, "\(late.key) has had a full hour, and is not marked")
    }
}
