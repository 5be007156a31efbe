/// One alert per episode: none told twice, none opened over an open one, each closed once.
struct OneAlert: Invariant {
    let name = "one-alert"

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew else { return Breach(episode.target?.origin, "\(episode.id) is told of twice") }
        guard let target = episode.target else {
            let same = history.open(at: -1).filter { $0.scope == episode.scope && $0.cause == episode.cause }
            return same.count > 1 ? Breach(nil, "two open incidents of \(episode.scope.rawValue)") : nil
        }
        let others = history.open(at: target.origin).filter { $0.id != episode.id }
        if let other = others.first(where: { $0.covers(target) && !$0.mayHaveRelapsed }) {
            return Breach(target.origin, "\(target) is told of as \(episode.id) while \(other.id) is open")
        }
        if episode.scope == .partial, others.contains(where: { $0.scope == .partial && $0.cause == episode.cause }) {
            return Breach(target.origin, "a second partial incident of one cause")
        }
        return nil
    }

    func closed(_ episode: Episode?, _ history: History) -> Breach? {
        episode == nil ? Breach(nil, "an incident is resolved that is not open") : nil
    }
}
