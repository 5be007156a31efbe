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
    /// What they are made of, the most frequent reason first.
    package var rejections: [Rejection]
    /// Lines that lead to another site.
    package var foreign: Int
    /// Why the first document that was not read to its end was not: `loop`, `too-deep`, `too-many-entries`…
    @OrNull package var reason: String?
    /// That document.
    @OrNull package var reasonURL: String?
    /// Of an open one: the document that is fetched next; null = none waits to be fetched.
    @OrNull package var waitsFor: String?
    /// What that waits for, as `rule: detail`; or that robots.txt of other hosts is awaited.
    @OrNull package var waitsBecause: String?
    /// When that is tried next, or ends; null = no time is known.
    @OrNull package var nextAttemptAt: String?

    /// Lines that were rejected for one reason.
    package struct Rejection: Codable, Sendable, Hashable {
        /// `no-location`, `two-locations`, `stray-location`, `false-bytes`, or the code of a URL that is none.
        package var reason: String
        package var entries: Int
        /// The first of them that had something to show, as it was written, control characters escaped.
        @OrNull package var sample: String?

        package init(reason: String, entries: Int, sample: String? = nil) {
            self.reason = reason
            self.entries = entries
            _sample = OrNull(wrappedValue: sample)
        }
    }

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
        rejections = []
        foreign = 0
        _endedAt = OrNull(wrappedValue: nil)
        _reason = OrNull(wrappedValue: nil)
        _reasonURL = OrNull(wrappedValue: nil)
        _waitsFor = OrNull(wrappedValue: nil)
        _waitsBecause = OrNull(wrappedValue: nil)
        _nextAttemptAt = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case id, url, state, documents, entries, new, known, rejected, rejections, foreign, reason
        case askedAt = "asked_at"
        case endedAt = "ended_at"
        case documentsDone = "documents_done"
        case documentsFailed = "documents_failed"
        case reasonURL = "reason_url"
        case waitsFor = "waits_for"
        case waitsBecause = "waits_because"
        case nextAttemptAt = "next_attempt_at"
    }
}
