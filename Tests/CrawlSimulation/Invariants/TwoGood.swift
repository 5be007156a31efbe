/// An incident is over after two good answers in a row, not after one, and missing answers never resolve.
struct TwoGood: Invariant {
    let name = "two-good"
    private var good: [String: Int] = [:]

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        guard !answer.asked.isProof else { return nil }
        for episode in history.open(at: target.origin) where episode.covers(target) {
            switch answer.nature {
            case .good: good[episode.id, default: 0] += 1
            case .failing, .wavering: good[episode.id] = 0
            case .throttled, .blockedByEdge, .inconclusive: break
            }
        }
        return nil
    }

    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? {
        // One that was closed before has gone on in silence.
        guard let episode, episode.closedAt == nil, !episode.mayHaveRelapsed, !episode.mayBeNarrow,
            episode.scope == .url || episode.scope == .origin
        else { return nil }
        let count = good.removeValue(forKey: episode.id) ?? 0
        return count >= 2
            ? nil : Breach(episode.target?.origin, "\(episode.id) is resolved after \(count) good answers in a row")
    }
}
