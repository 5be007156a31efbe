import CrawlCore

/// Every full hour is marked, at its deciding probe, and Retry-After puts no probe off so far that there is none.
struct MarkedInTime: Invariant {
    let name = "marked-in-time"
    private var expected: [Target: Int64] = [:]

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let late = overdue(history) ?? stretched(answer, history)
        let target = answer.asked.target
        let origin = target.origin
        // How a robots.txt is told of is for `HoldTold`.
        guard late == nil, target.page != nil, expected[target] == nil, !history.handled.contains(origin),
            case .failing = answer.nature,
            !history.isCovered(target),
            !answer.asked.isProof, !history.softBlocks.isParked(target)
        else { return late }
        guard !history.isGuarded(origin), history.open(.url, at: origin).count < RulesText.urlIncidents else {
            return nil
        }
        guard let window = history.window(target, withUncertain: false), let first = window.observations.first,
            // It goes on in silence.
            history.lastClosed[origin].map({ !history.hasFailed(target, soonAfter: $0) }) ?? true
        else { return nil }
        // A URL that waited for a slot counts from its next observation at the latest. What was asked while the origin
        // was suspect counts for the canary alone: the URL that has failed longest.
        let isLook = window.observations.contains(where: \.mayBeLook)
        let waited = first.mayWait ? first.isHeldBack ? 2 : 1 : 0
        guard window.isHour(skipping: waited), !isLook || isCanary(target, window, history) else {
            return nil
        }
        expected[target] = history.now + RulesText.slack
        return nil
    }

    private func isCanary(_ target: Target, _ window: HourWindow, _ history: History) -> Bool {
        guard let first = window.observations.first, !first.mayBeLook else { return false }
        return history.openRuns(target.origin).keys.allSatisfy { other in
            guard other != target, let since = history.window(other)?.observations.first?.steady else { return true }
            return since > first.steady
        }
    }

    func asked(_ asked: Asked, _ history: History) -> Breach? { overdue(history) }

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        for target in expected.keys where episode.covers(target) { expected[target] = nil }
        if episode.scope == .partial || episode.scope == .edge || episode.scope == .offline { expected = [:] }
        return nil
    }

    mutating func widened(_ episode: Episode, _ history: History) -> Breach? {
        opened(episode, isNew: true, history)
    }

    mutating func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach? {
        for target in expected.keys where block.covers(target) { expected[target] = nil }
        return nil
    }

    mutating func killed(_ history: History) { expected = [:] }

    mutating func handed(_ origin: Int) {
        for target in expected.keys where target.origin == origin { expected[target] = nil }
    }

    private func overdue(_ history: History) -> Breach? {
        guard !expected.isEmpty, let late = expected.first(where: { $0.value < history.now }) else { return nil }
        return Breach(late.key.origin, "\(late.key) has had a full hour, and is not marked")
    }

    /// Jitter of a probe, and the other URLs that are due at the same moment.
    private static let tolerance: Int64 = 90_000 + 120_000

    /// The answer before asked for quiet, and its URL was asked later than the hour allows. Only where nothing else may
    /// have kept it: no other URL of the origin can hold it, and nothing befell the daemon meanwhile.
    private func stretched(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        let script = history.plan.origins[target.origin]
        guard case .failing = answer.nature, !answer.asked.isProof, script.isAlone(target),
            !history.isGuarded(target.origin),
            history.open(at: target.origin).isEmpty, !history.softBlocks.isParked(target),
            let answers = history.answers[target]?.dropLast(), let last = answers.last, last.fault.wish > 0,
            last.nature == answer.nature, last.timeline == answer.timeline, last.asked.life == answer.asked.life,
            !last.isUncertain, !last.mayBeLook, !last.mayWait,
            !history.plan.isDisturbed(last.steady, answer.steady),
            history.lastClosed[target.origin].map({ $0 < last.steady }) ?? true,
            !history.domains[target.origin].guardEnds.contains(where: { $0 > last.completedAt }),
            let window = HourWindow(
                Array(answers), breaks: history.domains[target.origin].guardEnds, withUncertain: true)
        else { return nil }
        let elapsed = (last.completedAt - window.since).ms
        let latest = RulesText.latest(after: elapsed, probeTimes: window.probeTimes) + Self.tolerance
        let late = (answer.asked.startedAt - window.since).ms - latest
        guard late > 0 else { return nil }
        return Breach(target.origin, "\(target) was asked \(late / 1000) s later than its hour allows: Retry-After")
    }
}
