import CrawlCore

/// Nothing is asked before its step: burst, probe, retry, recrawl. Jitter and politeness only lengthen.
struct AskedEarly: Invariant {
    let name = "asked-early"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let target = asked.target
        guard target.page != nil, !asked.isProof, !history.softBlocks.isOpen(target),
            history.open(at: target.origin).isEmpty, !history.isTripped(target.origin),
            !history.isGuarded(target.origin), let (last, earliest, what) = earliest(target, history),
            !last.mayBeLook,
            last.timeline == history.timeline, !last.isUncertain,
            history.lastClosed[target.origin].map({ $0 < last.steady }) ?? true
        else { return nil }
        let early = (earliest - asked.startedAt).ms
        guard early > 0 else { return nil }
        return Breach(target.origin, "\(target) is asked \(early) ms before its \(what)")
    }

    /// After which answer, not before when, and why. nil = nothing is known.
    private func earliest(_ target: Target, _ history: History) -> (Answer, Instant, String)? {
        guard let answers = history.answers[target], let last = answers.last else {
            return history.lastGood[target].map {
                ($0, $0.completedAt + history.plan.origins[target.origin].recrawl, "recrawl")
            }
        }
        func after(_ ms: Int64) -> Instant { last.completedAt + .milliseconds(ms) }
        switch last.nature {
        case .good: return nil
        case .blockedByEdge, .inconclusive: return (last, after(RulesText.retry), "next try")
        case .throttled(let wait): return (last, after(wait.ms), "block's end")
        case .wavering:
            let level = answers.dropLast().count { $0.nature == .wavering && !$0.mayBeLook }
            return (last, after(min(RulesText.retry << Int64(min(level, 20)), RulesText.day)), "retry \(level + 1)")
        case .failing:
            // Its window may have begun with its slot.
            guard !last.mayWait, let window = history.window(target),
                !answers.contains(where: \.mayBeLook), !window.observations.contains(where: \.mayWait),
                !window.observations.contains(where: \.isUncertain)
            else { return nil }
            let count = window.observations.count
            if window.isFirstOfStreak, RulesText.burst.indices.contains(count - 1) {
                return (last, after(RulesText.burst[count - 1]), "burst attempt \(count + 1)")
            }
            let offset = RulesText.probe(after: (last.completedAt - window.since).ms)
            return (last, window.since + .milliseconds(offset), "probe at \(offset / 60_000) min")
        }
    }
}
