import CrawlCore
import CrawlFrontier

/// What is marked is looked at again in its time: the rule's wait after the look before, its jitter, the server's wish, and
/// what politeness delays. Judged only while nothing else may keep it: no guard, no block, no trouble of its origin's or of
/// the daemon's.
struct RecheckedInTime: Invariant {
    let name = "rechecked-in-time"

    private struct Wait {
        var target: Target
        /// Steady times.
        var since: Int64
        var latest: Int64
        var timeline: Int
    }

    private var waits: [String: Wait] = [:]

    /// Other pages of the origin that are due at the same moment, and the commit.
    private static let tolerance: Int64 = 180_000

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        let late = overdue(history)
        if episode.isGuard {
            waits = [:]
            return late
        }
        guard isNew, let target = episode.target else { return late }
        if episode.scope == .origin { forget(target.origin) }
        guard episode.scope == .url || episode.scope == .origin else { return late }
        // Of the answer that led to it, whichever of its pages gave it.
        let wishes = history.answers.filter { $0.key.origin == target.origin }.compactMap { $1.last?.fault.patience }
        wait(
            for: episode, after: history.now, longest: episode.oldest(at: history.wall), wish: wishes.max() ?? 0,
            history)
        return late
    }

    mutating func widened(_ episode: Episode, _ history: History) -> Breach? {
        opened(episode, isNew: true, history)
    }

    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? {
        guard let episode else { return nil }
        if episode.isGuard { waits = [:] }
        // What had become due meanwhile returns over some minutes.
        if episode.scope == .origin, let origin = episode.target?.origin { forget(origin) }
        waits[episode.id] = nil
        return nil
    }

    mutating func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach? {
        forget(block.target.origin)
        return nil
    }

    mutating func killed(_ history: History) { waits = [:] }

    mutating func handed(_ origin: Int) { forget(origin) }

    mutating func asked(_ asked: Asked, _ history: History) -> Breach? {
        let late = overdue(history)
        for episode in history.open(at: asked.target.origin) where episode.covers(asked.target) {
            waits[episode.id] = nil
        }
        return late
    }

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        if history.isTripped(target.origin) || target.page == nil && answer.nature != .good { forget(target.origin) }
        guard !answer.asked.isProof, !history.isGuarded(target.origin) else { return nil }
        for episode in history.open(at: target.origin) where episode.covers(target) {
            guard episode.scope == .url || episode.scope == .origin, episode.isByRobots == (target.page == nil),
                !history.isTripped(target.origin) || episode.scope == .origin
            else { continue }
            switch answer.nature {
            case .failing, .wavering, .inconclusive, .blockedByEdge:
                wait(
                    for: episode, after: answer.steady, longest: episode.oldest(at: answer.completedAt),
                    wish: answer.fault.patience, history)
            // When its confirmation comes is `TwoGood`'s; until when a site asks to be left alone, `OriginRate`'s.
            case .good, .throttled: waits[episode.id] = nil
            }
        }
        return nil
    }

    func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach? {
        isEnd ? overdue(history) : nil
    }

    private mutating func wait(
        for episode: Episode, after steady: Int64, longest age: Int64, wish: Int64, _ history: History
    ) {
        guard let target = episode.target, !episode.mayBeNarrow, !history.handled.contains(target.origin) else {
            return
        }
        func lengthened(_ wait: Int64) -> Int64 { wait + wait / 10 }
        let wait = max(min(lengthened(RulesText.recheck(age: age)), RulesText.day), lengthened(wish))
        waits[episode.id] = Wait(
            target: target, since: steady, latest: steady + wait + Self.tolerance,
            timeline: history.timeline)
    }

    private mutating func forget(_ origin: Int) { waits = waits.filter { $0.value.target.origin != origin } }

    private func overdue(_ history: History) -> Breach? {
        guard let (id, wait) = waits.first(where: { $0.value.latest < history.now && isSure($0.value, history) }) else {
            return nil
        }
        let late = (history.now - wait.latest) / 1000
        return Breach(
            wait.target.origin, "\(wait.target) of incident \(id.suffix(4)) is \(late) s late with its recheck")
    }

    private func isSure(_ wait: Wait, _ history: History) -> Bool {
        let domain = history.domains[wait.target.origin]
        return wait.timeline == history.timeline && !history.plan.isDisturbed(wait.since, history.now)
            && !history.isGuarded(wait.target.origin) && domain.blockedUntil < wait.since
            && !history.isTripped(wait.target.origin)
    }
}
