import CrawlCore

/// A soft block is told of with a full proof, and only then; what is blocked is not asked as we ask any more, and is not
/// marked broken.
struct SoftBlocked: Invariant {
    let name = "soft-block"
    /// A proof takes no longer.
    private static let limit: Int64 = 10 * 60_000
    /// Of our own answers, until it is proved: the burst, and the one behind the control profile's.
    private static let answersToProof = RulesText.burst.count + 2

    func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach? {
        let origin = block.target.origin
        guard history.plan.softBlocks != .off else {
            return Breach(origin, "a soft block is told of, and none is looked for")
        }
        let proofs = history.softBlocks.proofs.filter { block.covers($0.key) }.values
        guard proofs.contains(where: { Self.isWhole($0, block, history) }) else {
            return Breach(origin, "\(block.target) is told to be soft-blocked without a proof")
        }
        guard history.plan.origins[origin].behaviour == .softBlock else { return nil }
        let count = history.softBlocks.told(of: origin).count
        return count > RulesText.trip ? Breach(origin, "\(count) alerts for one soft block of the origin") : nil
    }

    /// Ours failing, control good, ours failing alike, just now.
    private static func isWhole(_ proof: SoftBlocks.Proof, _ block: SoftBlocks.Block, _ history: History) -> Bool {
        guard let before = proof.before, let after = proof.after else { return false }
        return before.nature == .failing(block.cause) && proof.control.nature == .good
            && after.nature == .failing(block.cause) && after.steady - before.steady <= limit + RulesText.slack
            && history.now - after.steady <= RulesText.slack
    }

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let target = asked.target
        // The guards ask pages that were good last, whatever became of them since.
        guard !history.isGuarded(target.origin),
            let block = history.softBlocks.blocks.first(where: { $0.covers(target) })
        else { return nil }
        switch history.plan.softBlocks {
        case .park: return Breach(target.origin, "\(target) is parked and asked")
        case .switch where !asked.isControl && (target.page != nil || block.isWhole):
            return Breach(target.origin, "\(target) is switched to the control profile and asked as we ask")
        case .switch, .off: return nil
        }
    }

    func answered(_ answer: Answer, _ history: History) -> Breach? {
        let target = answer.asked.target
        guard let window = unproved(target, history), window.observations.count > Self.answersToProof + 1 else {
            return nil
        }
        return Breach(
            target.origin, "\(target) turned us away \(window.observations.count) times, and nothing is proved")
    }

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard isNew, let target = episode.target, episode.scope == .url || episode.scope == .origin,
            history.plan.softBlocks == .park || history.softBlocks.told(of: target.origin).isEmpty
        else { return nil }
        let pages = (0..<history.plan.origins[target.origin].pages).map { Target(origin: target.origin, page: $0) }
        guard pages.contains(where: { unproved($0, history).map { $0.isHour } ?? false }) else { return nil }
        return Breach(target.origin, "\(target) is marked broken, and serves the control profile")
    }

    /// The present window of a URL that turns us away and is not known to; nil = it is none, or something came between.
    private func unproved(_ target: Target, _ history: History) -> HourWindow? {
        let script = history.plan.origins[target.origin]
        guard history.plan.softBlocks != .off, script.behaviour == .softBlock, !history.softBlocks.isParked(target),
            !history.softBlocks.isSwitched(target), history.timeline == 0,
            let window = history.window(target), let first = window.observations.first,
            first.steady >= script.troubledFrom,
            !history.plan.isDisturbed(first.steady - RulesText.hour, history.now),
            !window.observations.contains(where: { $0.mayWait })
        else { return nil }
        return window
    }
}
