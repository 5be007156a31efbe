/// What a page was at its last success, behind a reference: rows that were never asked stay small.
package final class ContentBox: Sendable {
    package let content: Verdict.Content
    package init(_ content: Verdict.Content) { self.content = content }

    /// A request that asks whether it is still that; nil = the server gave nothing to ask with.
    var extra: FetchExtra? {
        guard content.etag != nil || content.lastModified != nil else { return nil }
        return FetchExtra(etag: content.etag, lastModified: content.lastModified)
    }
}
