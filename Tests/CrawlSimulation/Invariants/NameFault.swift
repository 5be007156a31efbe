import CrawlCore

/// A name that does not exist is its site's doing. A look-up that fails is so only if the servers answer others and
/// another site has just answered us; what is looked up while no server answers anybody leads to no mark.
struct NameFault: Invariant {
    let name = "name-fault"

    func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        guard answer.asked.isUnsent, let known = history.names[target.origin] else { return nil }
        switch known.finding {
        // What is told at this very moment may not have been heard.
        case .addresses where known.at == history.now: return nil
        case .addresses: return Breach(target.origin, "\(target) is not asked, and its name has addresses")
        case .noName, .noAddress:
            return answer.fault == .noName
                ? nil : Breach(target.origin, "there is no such name, and \(target) is not blamed for it")
        case .failed(let failure):
            guard answer.fault == .noName else { return nil }
            guard failure.isConfirmed, failure.answersOthers else {
                return Breach(target.origin, "\(target) is blamed for what the servers do to all")
            }
            return history.hasHTTP(fromOtherThan: target.origin, since: answer.steady - RulesText.othersWithin)
                ? nil : Breach(target.origin, "\(target) is blamed for its name while nobody else answers")
        }
    }

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, history.plan.names != nil, let target = episode.target,
            episode.scope == .url || episode.scope == .origin
        else { return nil }
        let hours = hours(of: target, episode, history)
        guard !hours.isEmpty, hours.allSatisfy({ $0.allSatisfy(Self.isOurs) }) else { return nil }
        return Breach(target.origin, "\(target) is marked for what our own resolver did")
    }

    func widened(_ episode: Episode, _ history: History) -> Breach? { opened(episode, isNew: true, history) }

    /// What may have led to the mark.
    private func hours(of target: Target, _ episode: Episode, _ history: History) -> [[Answer]] {
        if episode.isByRobots { return RobotsWindow(target, history).map { [$0.observations] } ?? [] }
        guard episode.scope == .origin else { return history.window(target).map { [$0.observations] } ?? [] }
        return (0..<history.plan.origins[target.origin].pages).compactMap { page in
            let window = history.window(Target(origin: target.origin, page: page))
            return window.flatMap { $0.isHour ? $0.observations : nil }
        }
    }

    private static func isOurs(_ answer: Answer) -> Bool { answer.asked.isUnsent && answer.culprit == .network }
}
