/// One episode of trouble, as `GET /v1/incidents` lists it.
package struct IncidentRecord: Codable, Sendable, Hashable {
    /// A ULID.
    package var id: String
    /// What it was alerted as: `broken-origin`, `soft-blocked`, `edge-incident`, `offline`, `results-lag` or `storage`.
    package var event: String
    /// What it is about: `url`, `origin`, `partial` (some of an origin's URLs), `edge`, `offline`, `consumer` or
    /// `archive`.
    package var scope: String
    /// "520" and so on; `robots` for a robots.txt that fails in several ways, or in one that no code stands for; the edge's
    /// name or `offline` for a guard's; the bound of `output.results` that a consumer is near; `full`, `failed` or `lost`
    /// of the archive.
    package var cause: String
    /// null = not about one URL. Of an origin whose robots.txt shows it broken, that of the robots.txt.
    @OrNull package var url: String?
    /// null = about no single origin.
    @OrNull package var origin: String?
    /// Its name; null = not about a consumer of the result feed. `observations` are the results that it has not read.
    @OrNull package var consumer: String?
    package var open: Bool
    /// First observation.
    package var firstAt: String
    /// Last observation.
    package var lastAt: String
    /// When it was declared.
    package var markedAt: String
    @OrNull package var closedAt: String?
    /// `recovered`, `revived`, `removed` or `withdrawn`; null while open.
    @OrNull package var how: String?
    package var observations: Int
    @OrNull package var grade: String?
    package var urlsAffected: Int
    /// At most 10 of the affected URLs.
    package var sample: [String]
    @OrNull package var evidence: EvidenceRecord?
    package var requestsSpent: Int
    package var requestsSaved: Int
    /// Incident of the earlier episode.
    @OrNull package var previous: String?
    /// How often it reopened in silence while its `resolved` alert was held back.
    package var relapses: Int

    package init(
        id: String, event: String, scope: String = "url", cause: String, open: Bool, firstAt: String, lastAt: String,
        markedAt: String, observations: Int, urlsAffected: Int, sample: [String] = [], requestsSpent: Int = 0,
        requestsSaved: Int = 0, relapses: Int = 0
    ) {
        self.id = id
        self.event = event
        self.scope = scope
        self.cause = cause
        self.open = open
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.markedAt = markedAt
        self.observations = observations
        self.urlsAffected = urlsAffected
        self.sample = sample
        self.requestsSpent = requestsSpent
        self.requestsSaved = requestsSaved
        self.relapses = relapses
        _url = OrNull(wrappedValue: nil)
        _origin = OrNull(wrappedValue: nil)
        _consumer = OrNull(wrappedValue: nil)
        _closedAt = OrNull(wrappedValue: nil)
        _how = OrNull(wrappedValue: nil)
        _grade = OrNull(wrappedValue: nil)
        _evidence = OrNull(wrappedValue: nil)
        _previous = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case id, event, scope, cause, url, origin, consumer, open, how, observations, grade, sample, evidence, previous,
            relapses
        case firstAt = "first_at"
        case lastAt = "last_at"
        case markedAt = "marked_at"
        case closedAt = "closed_at"
        case urlsAffected = "urls_affected"
        case requestsSpent = "requests_spent"
        case requestsSaved = "requests_saved"
    }
}
