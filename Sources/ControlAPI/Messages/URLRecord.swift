/// All that is kept of a URL. Times are RFC 3339 UTC with milliseconds; null = never happened, or nothing known.
package struct URLRecord: Codable, Sendable, Hashable {
    package var url: String
    package var origin: String
    /// A `URLState`.
    package var state: String
    /// `healthy`, `suspect`, `pending`, `broken` or `soft-blocked`.
    package var health: String
    /// −100…100, higher first.
    package var priority: Int
    /// null = not due.
    @OrNull package var dueAt: String?
    /// A duration or `never`.
    package var recrawl: String
    package var attempts: Int
    @OrNull package var lastAttemptAt: String?
    @OrNull package var lastOutcome: String?
    /// HTTP status; null if the last attempt got no answer.
    @OrNull package var lastStatus: Int?
    /// The run of consecutive outcomes of one class that is being watched.
    @OrNull package var run: RunRecord?
    /// Id of the incident that this URL belongs to.
    @OrNull package var incident: String?
    @OrNull package var etag: String?
    @OrNull package var lastModified: String?
    /// Path and query that the URL is asked with, because its server redirects its own spelling to them; null = those of
    /// `url`.
    @OrNull package var askedAs: String?
    /// Not asked with `etag` and `last_modified` before, because its server fails if it is; null = it is asked with them.
    @OrNull package var plainUntil: String?
    /// Size of the body as received.
    @OrNull package var bytes: Int64?
    /// `sha256:` and 64 hex digits, of the body as received.
    @OrNull package var digest: String?
    @OrNull package var heldBecause: String?
    /// Where the last answer led, hop by hop; empty if it was no redirect. A list shows the first hop only.
    package var redirects: [RedirectRecord]
    /// The user's own object, as it was enqueued.
    @OrNull package var meta: JSONValue?

    package init(
        url: String, origin: String, state: String, health: String = "healthy", priority: Int = 0,
        recrawl: String = "never", attempts: Int = 0
    ) {
        self.url = url
        self.origin = origin
        self.state = state
        self.health = health
        self.priority = priority
        self.recrawl = recrawl
        self.attempts = attempts
        redirects = []
        _dueAt = OrNull(wrappedValue: nil)
        _lastAttemptAt = OrNull(wrappedValue: nil)
        _lastOutcome = OrNull(wrappedValue: nil)
        _lastStatus = OrNull(wrappedValue: nil)
        _run = OrNull(wrappedValue: nil)
        _incident = OrNull(wrappedValue: nil)
        _etag = OrNull(wrappedValue: nil)
        _lastModified = OrNull(wrappedValue: nil)
        _askedAs = OrNull(wrappedValue: nil)
        _plainUntil = OrNull(wrappedValue: nil)
        _bytes = OrNull(wrappedValue: nil)
        _digest = OrNull(wrappedValue: nil)
        _heldBecause = OrNull(wrappedValue: nil)
        _meta = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case url, origin, state, health, priority, recrawl, attempts, run, incident, etag, bytes, digest, meta,
            redirects
        case dueAt = "due_at"
        case lastAttemptAt = "last_attempt_at"
        case lastOutcome = "last_outcome"
        case lastStatus = "last_status"
        case lastModified = "last_modified"
        case askedAs = "asked_as"
        case plainUntil = "plain_until"
        case heldBecause = "held_because"
    }
}
