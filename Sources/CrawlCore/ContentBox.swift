/// What a page was at its last success, behind a reference: rows that were never asked stay small.
package final class ContentBox: Sendable {
    package let content: Verdict.Content
    /// Where it stands in the archive that is written now; nil = none is written, or it is not there.
    package let archived: ArchivedResponse?

    package init(_ content: Verdict.Content, archived: ArchivedResponse? = nil) {
        self.content = content
        self.archived = archived
    }

    /// A request that asks whether it is still that; nil = the server gave nothing to ask with, or fails if asked so, or we
    /// want the body.
    func extra(_ now: Instant, _ archive: ArchiveRule?) -> FetchExtra? {
        guard content.etag != nil || content.lastModified != nil, !content.trust.asksPlainly(at: now),
            archive?.allowsValidators(archived, at: now) ?? true
        else { return nil }
        return FetchExtra(etag: content.etag, lastModified: content.lastModified)
    }
}
