import CrawlCore

/// No mark without the full rule: an hour of one class, enough probe times, no gap, nothing else in between.
struct FullHour: Invariant {
    let name = "full-hour"

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, episode.scope == .url || episode.scope == .origin, let target = episode.target else { return nil }
        // The canary of an incident that was told of another page had its hour before.
        if episode.scope == .url, history.open(.origin, at: target.origin).contains(where: \.mayBeNarrow) { return nil }
        if episode.scope == .origin, episode.isByRobots { return robots(target, episode, history) }
        if episode.scope == .origin { return origin(target.origin, episode, history) }
        guard let window = history.window(target) else {
            return Breach(target.origin, "\(target) is marked, and its last observation is no failing one")
        }
        guard window.observations.last?.nature == .failing(episode.cause) else {
            return Breach(target.origin, "\(target) is marked for \(episode.cause), its run is of another class")
        }
        guard window.isHour else {
            let minutes = (window.observations.last?.asked.startedAt ?? window.since) - window.since
            return Breach(
                target.origin,
                "\(target) is marked after \(minutes.ms / 1000) s and \(window.probeTimes) probe times without a gap")
        }
        return nil
    }

    func widened(_ episode: Episode, _ history: History) -> Breach? {
        opened(episode, isNew: true, history)
    }

    /// An hour of failures, of whatever classes.
    private func robots(_ target: Target, _ episode: Episode, _ history: History) -> Breach? {
        guard let window = RobotsWindow(target, history) else {
            return Breach(target.origin, "\(target) is told of, and it failed not once")
        }
        // What a kill took back may have been of another class.
        let certain = RobotsWindow(target, history, withUncertain: false)?.cause
        guard window.cause == episode.cause || certain == episode.cause else {
            return Breach(target.origin, "\(target) is told of for \(episode.cause), it failed for \(window.cause)")
        }
        return window.isHour
            ? nil
            : Breach(
                target.origin, "\(target) is told of after \(window.minutes) min and \(window.probeTimes) probe times")
    }

    /// One of its pages has had the hour, and none was good meanwhile.
    private func origin(_ origin: Int, _ episode: Episode, _ history: History) -> Breach? {
        let windows = (0..<history.plan.origins[origin].pages).compactMap { page -> HourWindow? in
            guard let window = history.window(Target(origin: origin, page: page)), window.isHour,
                let last = window.observations.last, last.nature == .failing(episode.cause),
                last.steady >= history.now - RulesText.slack
            else { return nil }
            return window
        }
        guard let first = windows.compactMap({ $0.observations.first?.steady }).min() else {
            return Breach(origin, "the origin is marked, and no page of it has just had an hour")
        }
        if let good = history.domains[origin].lastGoodAt, good > first {
            return Breach(origin, "the origin is marked, and a page of it was good within the hour")
        }
        return falsely(origin, history, since: first)
    }

    /// Few of its pages are broken, and nothing else befell it: whoever asks another one sees that.
    private func falsely(_ origin: Int, _ history: History, since: Int64) -> Breach? {
        let plan = history.plan
        guard [.threeFirst, .oneBroken].contains(plan.origins[origin].behaviour),
            !plan.incidents.contains(where: { $0.from <= history.now && since <= $0.to })
        else { return nil }
        return Breach(origin, "the origin is marked, and only some pages of it are broken")
    }
}
