/// The URLs that wait to be fetched because they are sitemaps: their bodies are kept, and an answer settles them.
package struct SitemapDocuments: Sendable {
    /// One byte more than a sitemap may have, so that one that is too large shows.
    package static let bodyLimit: Int64 = 52_428_801

    /// Where bodies go; "" = nowhere: then no URL is a sitemap.
    package var folder = ""
    private var waiting: Set<Int64> = []

    package init() {}

    package mutating func add(_ ids: [Int64]) { waiting.formUnion(ids) }
    package mutating func remove(_ ids: [Int64]) { waiting.subtract(ids) }

    package func contains(_ id: Int64) -> Bool { !waiting.isEmpty && !folder.isEmpty && waiting.contains(id) }

    /// A sitemap is asked for without validators: a 304 would leave nothing to read.
    package func extra(for id: Int64) -> FetchExtra? {
        guard contains(id) else { return nil }
        return FetchExtra(body: .file(path: Self.path(id, in: folder), limit: Self.bodyLimit))
    }

    package static func path(_ id: Int64, in folder: String) -> String { "\(folder)/\(id)" }

    /// Failures that pass, and servers that ask to wait, are waited for so long, counted from the first of them: with no
    /// mark to end it, nothing else would.
    package static let patience = Duration.seconds(24 * 3600)

    /// What an answer means for the sitemap; nil = it is none, or it will be asked again: a failure that passes, or a
    /// run that has not led to a mark. Patience with a server that asks to wait ends in the store. `contentType`: the header of the answer.
    package func fate(of verdict: Verdict, contentType: String? = nil) -> SitemapFate? {
        guard contains(verdict.id) else { return nil }
        switch verdict.outcome {
        case .success, .tooLarge: return .fetched(contentType: contentType)
        case .redirected, .gone, .clientError, .blocked, .refusedByPolicy, .notModified: return .failed
        default:
            let isAskedAgain = verdict.dueAt != nil || verdict.healthDueAt != nil
            let isTooLong = verdict.outcome.kind() == .wavering && verdict.streak >= Self.patience
            if verdict.state == .brokenOrigin || !isAskedAgain || isTooLong { return .failed }
            // It has no streak: the store knows since when it is so.
            return verdict.outcome.kind() == .neutral ? .putOff : nil
        }
    }
}

/// What the last answer means for a URL that is a sitemap.
package enum SitemapFate: Sendable, Hashable {
    /// Its body is kept. The header of its answer says what it may be encoded by; nil = it had none.
    case fetched(contentType: String?)
    /// It will be asked again, unless it has been so for `SitemapDocuments.patience`.
    case putOff
    /// It will not be read; `Verdict.sitemapReason` says why.
    case failed
}

extension Verdict {
    /// How long nothing good has come.
    fileprivate var streak: Duration { health.map { at - $0.record.streakSince } ?? .zero }

    /// Why the URL is not read as a sitemap; part of the interface.
    package var sitemapReason: String {
        if state == .brokenOrigin || state == .softBlocked { return state.name }
        if outcome == .redirected { return redirectProblem?.rawValue ?? "redirected" }
        if outcome == .refusedByPolicy { return "refused" }
        return status > 0 ? "status-\(status)" : outcome.name
    }
}
