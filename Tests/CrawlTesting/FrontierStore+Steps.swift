package import CrawlCore
package import CrawlFrontier

extension FrontierStore {
    /// A commit of verdicts only.
    package func complete(_ verdicts: [Verdict], drained: [Int64], now: Instant) throws {
        _ = try complete(Completion(verdicts: verdicts, drained: drained), now: now)
    }

    /// All steps of a revival; `next` is nil then.
    package func revive(_ target: FrontierTarget, now: Instant) throws -> OperatorCommit? {
        try all { try revive(target, after: $0, now: now) }
    }

    /// All steps of a removal.
    package func remove(_ target: FrontierTarget, now: Instant) throws -> OperatorCommit? {
        try all { try remove(target, after: $0, now: now) }
    }

    private func all(_ step: (Int64?) throws -> OperatorCommit?) throws -> OperatorCommit? {
        guard var total = try step(nil) else { return nil }
        while let after = total.next, let commit = try step(after) {
            total.affected += commit.affected
            total.next = commit.next
        }
        return total
    }
}
