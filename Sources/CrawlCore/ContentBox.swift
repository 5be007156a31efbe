/// What a page was at its last success, behind a reference: rows that were never asked stay small.
package final class ContentBox: Sendable {
    package let content: Verdict.Content
    package init(_ content: Verdict.Content) { self.content = content }

    /// A request that asks whether it is still that; nil = the server gave nothing to ask with, or fails if asked so.
    func extra(_ now: Instant) -> FetchExtra? {
        guard content.etag != nil || content.lastModified != nil, !content.trust.asksPlainly(at: now) else {
            return nil
        }
        return FetchExtra(etag: content.etag, lastModified: content.lastModified)
    }
}
