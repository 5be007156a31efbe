/// A storm is told of when, and only when, enough domains seen good turned bad behind the edge; nothing is marked in it.
struct Storm: Invariant {
    let name = "storm"
    /// Since when the trigger holds without doubt in the present provider incident.
    private var since: Int64?
    private var isTold = false

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let incident = history.plan.incidents.first {
            $0.culprit == .provider && $0.from <= history.now && history.now < $0.to
        }
        guard incident != nil else {
            since = nil
            isTold = false
            return nil
        }
        if since == nil, isStorm(history, isStrict: true) { since = history.now }
        guard let since, !isTold, history.now > since + 60_000 else { return nil }
        return Breach(nil, "many domains have turned bad behind the edge, and no storm is told of")
    }

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        if episode.scope == .edge {
            isTold = true
            return isStorm(history, isStrict: false)
                ? nil : Breach(nil, "a storm is told of, and too few domains that were good have turned bad")
        }
        guard isNew, let since, let origin = episode.target?.origin, history.plan.origins[origin].isBehindEdge,
            let target = episode.target,
            history.window(target)?.observations.contains(where: { $0.culprit == .provider }) ?? false
        else { return nil }
        return Breach(origin, "\(target) is marked \((history.now - since) / 1000) s into a storm")
    }

    /// `isStrict`: by the narrowest reading; else by the widest, with what a decision may lag behind.
    private func isStorm(_ history: History, isStrict: Bool) -> Bool {
        let lag: Int64 = isStrict ? 0 : 60_000
        var from = history.now - RulesText.stormWindow - lag
        // Moments from before the clock was set mean nothing.
        if isStrict { from = max(from, history.jumpedAt) }
        var bad = 0
        var asked = 0
        for (domain, script) in zip(history.domains, history.plan.origins) where script.isBehindEdge {
            guard let good = isStrict ? domain.lastGoodAt : domain.lastServedAt else { continue }
            let isAsked = domain.lastAskedAt > from
            if isAsked, history.now - good <= RulesText.day + RulesText.stormWindow { asked += 1 }
            // What fell silent before had turned bad by then.
            let isOld = isStrict && domain.failingSince.map { $0 <= from } ?? false
            let began = isStrict ? domain.badSince : domain.lastBadAt
            if let began, !isOld, began > from, began - good <= RulesText.day { bad += 1 }
        }
        return bad >= RulesText.stormDomains && Double(bad) > RulesText.stormShare * Double(asked)
    }
}
