import CrawlCore

/// No mark without the full rule: an hour of one class, enough probe times, no gap, nothing else in between.
struct FullHour: Invariant {
    let name = "full-hour"

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, episode.scope == .url || episode.scope == .origin, let target = episode.target else { return nil }
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
        guard episode.scope == .origin, target.page != nil, let good = history.domains[target.origin].lastGoodAt,
            let first = window.observations.first, good > first.steady
        else { return nil }
        return Breach(target.origin, "the origin is marked, and a page of it was good within the hour")
    }
}
