import CrawlCore

/// A page that fails only if it is asked with validators is no broken page: nothing of it is marked or told, it is asked
/// plainly right after, and after two such pairs not with validators any more.
struct OnlyConditional: Invariant {
    let name = "conditional"

    /// When the request with validators failed that the plain one has not followed yet, steady time.
    private var failedAt: [Target: Int64] = [:]
    /// Whose last failure was met while its origin was marked: asked for the origin's sake, it has no streak of its own.
    private var scouts: Set<Target> = []
    /// Pairs in a row.
    private var pairs: [Target: Int] = [:]

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let target = asked.target
        guard asked.isConditional else { return nil }
        // Who was a scout when its streak began may have been one ever since, and has no streak of its own.
        let failures = history.answers[target]?.filter(\.nature.isBad) ?? []
        if let first = failures.first, let last = failures.last, ![first, last].contains(where: \.mayBeLook),
            !last.isUncertain, !scouts.contains(target)
        {
            return Breach(target.origin, "\(target) is asked with validators within a streak")
        }
        guard pairs[target, default: 0] < RulesText.conditionalPairs else {
            return Breach(target.origin, "\(target) is asked with validators, which its server fails on")
        }
        return nil
    }

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        guard !answer.asked.isProof, !answer.nature.isNeutral else { return nil }
        if answer.nature.isBad, !history.open(.origin, at: target.origin).isEmpty {
            scouts.insert(target)
        } else {
            scouts.remove(target)
        }
        if answer.asked.isConditional, answer.isHeldBack || answer.fault == .preconditionFailed {
            failedAt[target] = answer.steady
            return nil
        }
        let failed = failedAt.removeValue(forKey: target)
        guard answer.nature == .good else { return nil }
        if answer.asked.isConditional {
            pairs[target] = nil
        } else if let failed, answer.steady - failed <= RulesText.maxGap - RulesText.slack {
            pairs[target, default: 0] += 1
        }
        return nil
    }

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard let origin = episode.target?.origin, history.plan.origins[origin].behaviour == .failsOnValidators,
            // What befell many befell it too.
            !history.plan.incidents.contains(where: {
                $0.from <= history.now && $0.to >= history.now - 3 * RulesText.hour
            })
        else { return nil }
        return Breach(origin, "an incident is told of an origin that only fails on validators")
    }

    mutating func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach? {
        guard history.plan.origins[block.target.origin].behaviour == .failsOnValidators else { return nil }
        return Breach(block.target.origin, "an origin that only fails on validators is said to turn us away")
    }

    /// The last answers may not have been recorded.
    mutating func killed(_ history: History) {
        failedAt = [:]
        pairs = [:]
    }
}
