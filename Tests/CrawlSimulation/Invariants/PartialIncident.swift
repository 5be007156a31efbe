/// When ten URLs of an origin and cause are marked, the next ones join one partial incident: each is tried once a day.
struct PartialIncident: Invariant {
    let name = "partial"
    /// By origin: when its tenth URL was marked, and for what.
    private var tenth: [Int: (at: Int64, cause: String)] = [:]

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, episode.scope == .url, let origin = episode.target?.origin,
            history.plan.origins[origin].whole(at: history.now) == nil
        else { return nil }
        let open = history.open(.url, at: origin).filter { $0.cause == episode.cause }.count
        if open == RulesText.urlIncidents { tenth[origin] = (history.now, episode.cause) }
        // What had begun by then goes on by itself, with another window too.
        guard open > RulesText.urlIncidents, let tenth = tenth[origin], let target = episode.target,
            let first = history.answers[target]?.first, first.steady > tenth.at + RulesText.slack
        else { return nil }
        return Breach(origin, "\(open) URLs of the origin have incidents of their own for \(episode.cause)")
    }

    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? {
        if let origin = episode?.target?.origin { tenth[origin] = nil }
        return nil
    }

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let origin = asked.target.origin
        guard !history.isGuarded(origin), let tenth = tenth[origin], asked.target.page != nil,
            !history.isCovered(asked.target),
            let answers = history.answers[asked.target], let first = answers.first, let last = answers.last,
            first.steady > tenth.at + RulesText.slack, last.nature == .failing(tenth.cause), !last.isUncertain,
            !last.isGuarded,
            // What is held back joins nothing before the plain answer.
            !last.isHeldBack,
            // What a guard asks is asked for the sake of others.
            answers.allSatisfy({ $0.culprit == .origin }),
            asked.steady - last.steady < RulesText.day - RulesText.hour
        else { return nil }
        return Breach(origin, "\(asked.target) is one of many broken ones and tried more than once a day")
    }
}
