/// At most eight URLs of an origin are in burst or pending at a time.
struct ProbeSlots: Invariant {
    let name = "slots"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let origin = asked.target.origin
        guard asked.target.page != nil, !asked.isProof, isProbed(asked.target, history, askedNow: true) else {
            return nil
        }
        let others = history.openRuns(origin).keys.filter {
            $0 != asked.target && isProbed($0, history, askedNow: false)
        }
        guard others.count >= RulesText.slots else { return nil }
        return Breach(origin, "\(asked.target) is probed beside \(others.count) other URLs of its origin")
    }

    /// Asked at least twice within the widest step, lately, for its own sake, and not marked: the first failure is met
    /// without a slot, and what a trip or a guard asks needs none.
    private func isProbed(_ target: Target, _ history: History, askedNow: Bool) -> Bool {
        guard !history.isCovered(target), let answers = history.answers[target],
            let observed = answers.last(where: { !$0.nature.isNeutral }), case .failing = observed.nature
        else { return false }
        // What is held back takes no slot.
        var own = answers.filter { !$0.nature.isNeutral && !$0.mayBeLook && !$0.isHeldBack }.map(\.steady)
        if askedNow { own.append(history.now) }
        guard let last = own.last, let before = own.dropLast().last else { return false }
        return history.now - last <= 2 * RulesText.lastDifference && last - before <= 2 * RulesText.lastDifference
    }
}
