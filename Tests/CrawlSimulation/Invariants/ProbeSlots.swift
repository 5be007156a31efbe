/// At most eight URLs of an origin are in burst or pending at a time.
struct ProbeSlots: Invariant {
    let name = "slots"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let origin = asked.target.origin
        guard asked.target.page != nil, isProbed(asked.target, history, last: history.now) else { return nil }
        let others = history.openRuns(origin).keys.filter {
            $0 != asked.target && isProbed($0, history, last: history.answers[$0]?.last?.steady ?? 0)
        }
        guard others.count >= RulesText.slots else { return nil }
        return Breach(origin, "\(asked.target) is probed beside \(others.count) other URLs of its origin")
    }

    /// Tried at least twice within the widest step, lately, and not marked.
    private func isProbed(_ target: Target, _ history: History, last: Int64) -> Bool {
        guard history.now - last <= 2 * RulesText.lastDifference, !history.isCovered(target),
            let answers = history.answers[target],
            let observed = answers.last(where: { !$0.nature.isNeutral }), case .failing = observed.nature
        else { return false }
        let before = last == history.now ? answers.last?.steady : answers.dropLast().last?.steady
        return before.map { last - $0 <= 2 * RulesText.lastDifference } ?? false
    }
}
