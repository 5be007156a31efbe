import CrawlCore

/// Nothing is asked before its step: burst, probe, retry, recrawl; nor before Retry-After as far as the hour allows. Jitter
/// and politeness only lengthen.
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
        // Nobody was asked: it is as if this had not been tried.
        case .inconclusive where last.fault == .noSocket: return (last, after(RulesText.afterLocalLimit), "next try")
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
            let (earliest, what) = step(window, last)
            let elapsed = (last.completedAt - window.since).ms
            // The deciding probe is not passed over by an answer to a request that was put off to before it.
            let wasPutOff = window.observations.dropLast().last.map { $0.fault.wish > 0 } ?? false
            if wasPutOff, (last.asked.startedAt - window.since).ms < RulesText.hour, elapsed >= RulesText.hour {
                return (last, last.completedAt, "deciding probe")
            }
            let latest = RulesText.latest(after: elapsed, probeTimes: window.probeTimes)
            let wished = min(elapsed + last.fault.wish, latest)
            // What is no observation may have made steps of the burst single ones.
            guard wished > earliest, !answers.contains(where: \.nature.isNeutral) else {
                return (last, window.since + .milliseconds(earliest), what)
            }
            return (last, window.since + .milliseconds(wished), "Retry-After")
        }
    }

    /// From the window's first observation, without any wish.
    private func step(_ window: HourWindow, _ last: Answer) -> (Int64, String) {
        let elapsed = (last.completedAt - window.since).ms
        let count = window.observations.count
        if window.isFirstOfStreak, RulesText.burst.indices.contains(count - 1) {
            return (elapsed + RulesText.burst[count - 1], "burst attempt \(count + 1)")
        }
        let offset = RulesText.probe(after: elapsed)
        return (offset, "probe at \(offset / 60_000) min")
    }
}
