package import CrawlCore
package import CrawlFrontier

/// A page of a list with its rows, read at once.
package struct URLPage: Sendable {
    package var rows: [StoredURL]
    /// Where the next page begins; nil = this was the last.
    package var next: Int64?
}

extension FrontierStore {
    package func page(_ filter: URLFilter, after: Int64, limit: Int) throws -> URLPage {
        let page = try pageKeys(filter, after: after, limit: limit)
        return URLPage(rows: try records(page.keys), next: page.next)
    }

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
