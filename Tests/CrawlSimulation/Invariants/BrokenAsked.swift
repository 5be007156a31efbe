/// No request to a broken or held URL but canaries, scouts and daily tries, none before its recheck.
struct BrokenAsked: Invariant {
    let name = "broken-asked"

    /// Where an incident is in its schedule.
    private struct Schedule {
        var earliest: Int64
        /// A clock that was set since moves the steps: they count again from the next answer on.
        var timeline: Int
    }

    private var schedules: [String: Schedule] = [:]

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, episode.scope == .url || episode.scope == .origin else { return nil }
        schedules[episode.id] = Schedule(
            earliest: history.now - RulesText.slack
                + RulesText.recheck(age: episode.youngest(at: history.wall) - RulesText.slack),
            timeline: history.timeline)
        return nil
    }

    mutating func widened(_ episode: Episode, _ history: History) -> Breach? {
        opened(episode, isNew: true, history)
    }

    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? {
        if let episode { schedules[episode.id] = nil }
        return nil
    }

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        // The guards ask pages that were good last, whatever became of them since.
        guard !history.isGuarded(asked.target.origin) else { return nil }
        for episode in history.open(at: asked.target.origin) where episode.covers(asked.target) {
            guard episode.good < RulesText.resolveAfter, !mayBeLook(episode, history) else { continue }
            if episode.isByRobots, asked.target.page != nil {
                return Breach(
                    asked.target.origin, "\(asked.target) is asked while its origin is marked by its robots.txt")
            }
            guard asked.target.page != nil || episode.isByRobots, let schedule = schedules[episode.id],
                schedule.timeline == history.timeline, asked.steady < schedule.earliest
            else { continue }
            return Breach(
                asked.target.origin,
                "\(asked.target) is broken and asked \((schedule.earliest - asked.steady) / 1000) s before its recheck")
        }
        return nil
    }

    /// The scout of a suspect or broken origin may be a URL with an incident of its own, whose schedule changes
    /// only if it is good.
    private func mayBeLook(_ episode: Episode, _ history: History) -> Bool {
        guard episode.scope == .url, let target = episode.target else { return false }
        return history.isTripped(target.origin) || !history.open(.origin, at: target.origin).isEmpty
    }

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        guard !history.isGuarded(target.origin), !answer.asked.isProof else { return nil }
        for episode in history.open(at: target.origin) where episode.covers(target) {
            guard target.page != nil || episode.isByRobots, var schedule = schedules[episode.id],
                answer.nature == .good || !mayBeLook(episode, history)
            else { continue }
            schedule.timeline = history.timeline
            switch answer.nature {
            case .good:
                schedule.earliest = answer.steady + RulesText.resolveGap
            case .failing, .wavering:
                schedule.earliest = answer.steady + RulesText.recheck(age: episode.youngest(at: answer.completedAt))
            case .inconclusive where answer.fault == .noSocket:
                // It is as due as before.
                schedule.earliest = answer.steady + RulesText.afterLocalLimit
            case .throttled, .blockedByEdge, .inconclusive:
                schedule.earliest = answer.steady + RulesText.retry
            }
            schedules[episode.id] = schedule
        }
        return nil
    }

    /// What a kill took back is unknown: the schedule begins anew with the next answer.
    mutating func killed(_ history: History) {
        for id in schedules.keys where schedules[id].map({ $0.earliest > history.now }) ?? false {
            schedules[id]?.earliest = history.now
        }
    }
}
