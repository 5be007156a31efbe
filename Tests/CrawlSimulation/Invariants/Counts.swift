/// What `status` counts, what `list` names and what a plain count over the rows finds are the same, for every state, in
/// every situation.
struct Counts: Invariant {
    let name = "counts"
    let holdsUnderHands = true

    func surveyed(_ survey: Survey, _ history: History) -> Breach? {
        for state in Survey.states {
            let told = survey.status[state] ?? 0
            let shown = survey.shown[state] ?? []
            let listed = survey.listed[state] ?? []
            guard told == shown.count, listed == shown.sorted() else {
                let missing = Set(shown).subtracting(listed).sorted().first ?? "none"
                return Breach(
                    nil,
                    "status counts \(told) URLs \(state), list names \(listed.count), the rows have \(shown.count); "
                        + "not listed: \(missing)")
            }
        }
        guard survey.kept == survey.counted else {
            return Breach(nil, "kept are \(survey.kept), the rows are \(survey.counted)")
        }
        return nil
    }
}
