/// What came of one attempt, a line of `GET /v1/results`.
package struct ResultRecord: Codable, Sendable, Hashable {
    /// Its place in the feed, ever rising: the value for `after` that goes on behind it. Below 2^53.
    package var seq: Int64
    package var url: String
    /// When the answer was complete or had failed.
    package var at: String
    package var outcome: String
    /// HTTP status; null = there was no answer.
    @OrNull package var status: Int?
    /// `sha256:` and 64 hex digits, of the body as received; of a 304 that of the page that it confirms.
    @OrNull package var digest: String?
    /// The page is another one than at its last success, or the first; null = the answer is no page.
    @OrNull package var changed: Bool?
    /// Size of the body as received.
    package var bytes: Int64
    /// The header as it came; null = there was none, or it has more than 256 bytes.
    @OrNull package var contentType: String?
    /// The user's own object, as it is now.
    @OrNull package var meta: JSONValue?
    package var priority: Int
    /// Where the answer led.
    @OrNull package var redirect: String?
    /// Where the page lies; null = it is in no archive.
    @OrNull package var warc: ArchivePlaceRecord?
    /// What the answer began or ended: `broken-origin`, `soft-blocked` or `resolved`.
    @OrNull package var health: String?

    package init(seq: Int64, url: String, at: String, outcome: String, bytes: Int64 = 0, priority: Int = 0) {
        self.seq = seq
        self.url = url
        self.at = at
        self.outcome = outcome
        self.bytes = bytes
        self.priority = priority
        _status = OrNull(wrappedValue: nil)
        _digest = OrNull(wrappedValue: nil)
        _changed = OrNull(wrappedValue: nil)
        _contentType = OrNull(wrappedValue: nil)
        _meta = OrNull(wrappedValue: nil)
        _redirect = OrNull(wrappedValue: nil)
        _warc = OrNull(wrappedValue: nil)
        _health = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case seq, url, at, outcome, status, digest, changed, bytes, meta, priority, redirect, warc, health
        case contentType = "content_type"
    }
}

/// A record in a WARC file.
package struct ArchivePlaceRecord: Codable, Sendable, Hashable {
    /// Its final name; while it is written `.open` stands behind it.
    package var file: String
    package var offset: Int64
    package var length: Int64

    package init(file: String, offset: Int64, length: Int64) {
        self.file = file
        self.offset = offset
        self.length = length
    }
}
