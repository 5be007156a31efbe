/// A relapse whose run began within `resolve_hold` of the resolve reopens the same incident in silence; a later one is a
/// new incident.
struct Relapse: Invariant {
    let name = "relapse"
    private var closedAt: [Target: Int64] = [:]

    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? {
        if let target = episode?.target { closedAt[target] = history.now }
        return nil
    }

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, let target = episode.target, let closed = closedAt[target],
            let first = history.window(target)?.observations.first,
            first.steady > closed, first.steady <= closed + RulesText.resolveHold - RulesText.slack
        else { return nil }
        return Breach(
            target.origin,
            "\(target) relapsed \((first.steady - closed) / 1000) s after its resolve, and a new incident is told of")
    }
}
