/// The one JSON of an alert: the hook's stdin, the webhook's body and, with deliveries, a row of `GET /v1/alerts`.
package struct AlertMessage: Codable, Sendable, Hashable {
    /// Of this format.
    package var version: Int
    /// A ULID of this message: a receiver drops an id that it has seen.
    package var id: String
    package var at: String
    /// `broken-origin`, `soft-blocked`, `edge-incident`, `offline`, `results-lag`, `storage`, `reminder` or `resolved`.
    package var event: String
    /// A ULID, one per episode.
    package var incident: String
    /// What the incident is about: `url`, `origin`, `partial` (some of an origin's URLs), `edge`, `offline`, `consumer` or
    /// `archive`.
    package var scope: String
    /// "520" and so on; `robots` for a robots.txt that fails in several ways, or in one that no code stands for; the edge's
    /// name or `offline` for a guard's; the bound of `output.results` that a consumer is near; `full`, `failed` or `lost`
    /// of the archive.
    package var cause: String
    /// null = not about one URL.
    @OrNull package var url: String?
    /// null = not about one origin.
    @OrNull package var origin: String?
    /// Its name; null = not about a consumer of the result feed. `observations` are the results that it has not read.
    @OrNull package var consumer: String?
    package var urlsAffected: Int
    /// At most 10 of the affected URLs.
    package var sample: [String]
    package var firstAt: String
    package var lastAt: String
    package var observations: Int
    @OrNull package var grade: String?
    @OrNull package var evidence: EvidenceRecord?
    package var requestsSpent: Int
    package var requestsSaved: Int
    /// Incident of an earlier episode.
    @OrNull package var previous: String?
    /// How often the incident was taken for over and went on, without a message.
    package var relapses: Int
    /// Only for `reminder`: when the mark is looked at next; null = it has none, or only an operator looks.
    @OrNull package var nextLook: NextLookRecord?
    /// Only for `resolved`: `recovered`, `revived`, `removed` or `withdrawn`.
    @OrNull package var how: String?
    /// A block of text that is ready to send to the site's owner.
    @OrNull package var report: String?

    package static let currentVersion = 1
    package static let maxSample = 10

    package init(
        version: Int = AlertMessage.currentVersion, id: String, at: String, event: String, incident: String,
        scope: String = "url", cause: String, urlsAffected: Int, sample: [String] = [], firstAt: String,
        lastAt: String, observations: Int, requestsSpent: Int = 0, requestsSaved: Int = 0, relapses: Int = 0
    ) {
        self.version = version
        self.id = id
        self.at = at
        self.event = event
        self.incident = incident
        self.scope = scope
        self.cause = cause
        self.urlsAffected = urlsAffected
        self.sample = sample
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.observations = observations
        self.requestsSpent = requestsSpent
        self.requestsSaved = requestsSaved
        self.relapses = relapses
        _url = OrNull(wrappedValue: nil)
        _origin = OrNull(wrappedValue: nil)
        _consumer = OrNull(wrappedValue: nil)
        _grade = OrNull(wrappedValue: nil)
        _evidence = OrNull(wrappedValue: nil)
        _previous = OrNull(wrappedValue: nil)
        _nextLook = OrNull(wrappedValue: nil)
        _how = OrNull(wrappedValue: nil)
        _report = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case version, id, at, event, incident, scope, cause, url, origin, consumer, sample, observations, grade,
            evidence
        case previous, relapses, how, report
        case nextLook = "next_look"
        case urlsAffected = "urls_affected"
        case firstAt = "first_at"
        case lastAt = "last_at"
        case requestsSpent = "requests_spent"
        case requestsSaved = "requests_saved"
    }
}
