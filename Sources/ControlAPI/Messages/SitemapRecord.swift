/// A sitemap that was asked for and all that it led to, as `GET /v1/sitemaps` lists it. Of each root the last one.
package struct SitemapRecord: Codable, Sendable, Hashable {
    package var id: Int64
    /// As it was asked for.
    package var url: String
    /// `waiting` (nothing is read yet), `reading`, `done`, `cut` (not all was read, `reason` says why) or `failed`
    /// (nothing was).
    package var state: String
    package var askedAt: String
    @OrNull package var endedAt: String?
    /// Sitemaps found so far, the one that was asked for included.
    package var documents: Int
    /// Of these, read to their ends.
    package var documentsDone: Int
    /// Of these, not read, or not to their ends.
    package var documentsFailed: Int
    /// Lines read, of every document.
    package var entries: Int
    /// Pages that were unknown before.
    package var new: Int
    package var known: Int
    /// Lines that are no URL for us.
    package var rejected: Int
    /// Lines that lead to another site.
    package var foreign: Int
    /// Why the first document that was not read to its end was not: `loop`, `too-deep`, `too-many-entries`…
    @OrNull package var reason: String?
    /// That document.
    @OrNull package var reasonURL: String?

    package init(id: Int64, url: String, state: String, askedAt: String) {
        self.id = id
        self.url = url
        self.state = state
        self.askedAt = askedAt
        documents = 1
        documentsDone = 0
        documentsFailed = 0
        entries = 0
        new = 0
        known = 0
        rejected = 0
        foreign = 0
        _endedAt = OrNull(wrappedValue: nil)
        _reason = OrNull(wrappedValue: nil)
        _reasonURL = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case id, url, state, documents, entries, new, known, rejected, foreign, reason
        case askedAt = "asked_at"
        case endedAt = "ended_at"
        case documentsDone = "documents_done"
        case documentsFailed = "documents_failed"
        case reasonURL = "reason_url"
    }
}
