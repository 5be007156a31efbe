/// What an alert tells, fixed at the moment it is written: the outbox keeps it, every sink gets the same.
package struct AlertFacts: Sendable, Codable, Hashable {
    package enum Event: String, Sendable, Codable, CaseIterable {
        /// An hour of nothing but one failure.
        case brokenOrigin = "broken-origin"
        /// Our request profile is refused, another one is served.
        case softBlocked = "soft-blocked"
        /// Many sites behind one edge fail at once; nothing is marked behind it.
        case edgeIncident = "edge-incident"
        /// Our own network is down.
        case offline
        /// A reader of the result feed is about to lose what it has not read.
        case resultsLag = "results-lag"
        /// The archive takes nothing, and nothing is fetched; or records of it are lost.
        case storage
        /// An incident is open still.
        case reminder
        case resolved
    }

    /// What an incident is about.
    package enum Scope: String, Sendable, Codable, CaseIterable {
        case url
        /// All of an origin's URLs, as its breaker or its robots.txt shows.
        case origin
        /// Some of an origin's URLs, while it answers others.
        case partial
        /// All that is behind one edge, or that it challenges. No URL, no origin.
        case edge
        /// Ourselves. No URL, no origin.
        case offline
        /// A consumer of the result feed. No URL, no origin.
        case consumer
        /// The archive. No URL, no origin.
        case archive
    }

    /// How an incident ended.
    package enum Ending: String, Sendable, Codable, CaseIterable {
        case recovered, revived, removed, withdrawn
    }

    package var event: Event
    package var incident: String
    package var scope: Scope
    /// "520" and so on; `robots` for a robots.txt that no code stands for, `edge` and `offline` for incidents that no code of
    /// one URL does; the bound of `output.results` that a consumer is near; `full`, `failed`
    /// or `lost` of the archive.
    package var cause: String
    /// nil = not about one URL. Of an origin whose robots.txt shows it broken, that of the robots.txt.
    package var url: String?
    /// nil = not about one origin.
    package var origin: String?
    /// Its name; nil = not about a consumer of the result feed. `observations` are the results it has not read.
    package var consumer: String?
    package var urlsAffected = 1
    /// Of the affected URLs, at most `maxSample`.
    package var sample: [String] = []
    package var firstAtMs: Int64
    package var lastAtMs: Int64
    package var observations: Int
    package var grade: String?
    package var rays: [String] = []
    package var colos: [String] = []
    package var evidence: Evidence?
    /// Of a robots.txt: how often each failure was met, by its name; empty = all were of the cause.
    package var outcomes: [String: Int] = [:]
    /// Since the streak began.
    package var requestsSpent: Int
    /// That the marks have spared the site.
    package var requestsSaved = 0
    /// The incident of the episode before, of the same URL or origin; nil = this is the first.
    package var previous: String?
    /// How often the incident was taken for over and went on, without a message.
    package var relapses = 0
    /// Parts of `observations` and `requestsSpent` that the run which goes on does not count: before the last relapse, and
    /// at other URLs of an origin before its mark.
    package var observationsBefore = 0
    package var requestsBefore = 0
    /// nil while the incident is open.
    package var how: Ending?
    /// The URL that an origin's incident was told of, by number and text; nil = it was the origin's from the start.
    package var toldOf: ToldOf?

    /// Of a reminder: when the incident's mark is looked at next; nil = it has no mark, or only an operator asks.
    package var nextLook: Look?

    package struct Look: Sendable, Hashable, Codable {
        /// Whose answer tells whether it is over.
        package var url: String
        package var next: NextLook

        package init(url: String, next: NextLook) {
            self.url = url
            self.next = next
        }
    }

    package struct ToldOf: Sendable, Hashable, Codable {
        package var id: Int64
        package var url: String
        package init(id: Int64, url: String) {
            self.id = id
            self.url = url
        }
    }

    package static let maxSample = 10
    /// Of more the last ones: of an incident of a year, at one recheck a day, about the last eight months.
    package static let raysKept = 256
    package static let colosKept = 10

    /// Each once, in the order seen.
    package mutating func note(rays new: [String], colos: [String]) {
        for ray in new where !rays.contains(ray) { rays.append(ray) }
        rays.removeFirst(max(0, rays.count - Self.raysKept))
        for colo in colos where !self.colos.contains(colo) && self.colos.count < Self.colosKept {
            self.colos.append(colo)
        }
    }

    /// Those of another window are added.
    package mutating func note(outcomes new: [String: Int]) {
        outcomes.merge(new) { $0 &+ $1 }
    }

    package init(
        event: Event, incident: String, scope: Scope, cause: String, url: String?, origin: String?, firstAtMs: Int64,
        lastAtMs: Int64, observations: Int, requestsSpent: Int
    ) {
        self.event = event
        self.incident = incident
        self.scope = scope
        self.cause = cause
        self.url = url
        self.origin = origin
        self.firstAtMs = firstAtMs
        self.lastAtMs = lastAtMs
        self.observations = observations
        self.requestsSpent = requestsSpent
    }

    /// Facts that an earlier version stored lack what was not known then.
    package init(from decoder: any Decoder) throws {
        let stored = try decoder.container(keyedBy: CodingKeys.self)
        url = try stored.decodeIfPresent(String.self, forKey: .url)
        origin = try stored.decodeIfPresent(String.self, forKey: .origin)
        consumer = try stored.decodeIfPresent(String.self, forKey: .consumer)
        event = try stored.decode(Event.self, forKey: .event)
        incident = try stored.decode(String.self, forKey: .incident)
        let robots = origin.map { $0 + "/robots.txt" }
        scope = try stored.decodeIfPresent(Scope.self, forKey: .scope) ?? (url == robots ? .origin : .url)
        cause = try stored.decode(String.self, forKey: .cause)
        urlsAffected = try stored.decode(Int.self, forKey: .urlsAffected)
        sample = try stored.decodeIfPresent([String].self, forKey: .sample) ?? [url].compactMap(\.self)
        firstAtMs = try stored.decode(Int64.self, forKey: .firstAtMs)
        lastAtMs = try stored.decode(Int64.self, forKey: .lastAtMs)
        observations = try stored.decode(Int.self, forKey: .observations)
        grade = try stored.decodeIfPresent(String.self, forKey: .grade)
        rays = try stored.decode([String].self, forKey: .rays)
        colos = try stored.decode([String].self, forKey: .colos)
        evidence = try stored.decodeIfPresent(Evidence.self, forKey: .evidence)
        outcomes = try stored.decodeIfPresent([String: Int].self, forKey: .outcomes) ?? [:]
        requestsSpent = try stored.decode(Int.self, forKey: .requestsSpent)
        requestsSaved = try stored.decodeIfPresent(Int.self, forKey: .requestsSaved) ?? 0
        previous = try stored.decodeIfPresent(String.self, forKey: .previous)
        relapses = try stored.decodeIfPresent(Int.self, forKey: .relapses) ?? 0
        observationsBefore = try stored.decodeIfPresent(Int.self, forKey: .observationsBefore) ?? 0
        requestsBefore = try stored.decodeIfPresent(Int.self, forKey: .requestsBefore) ?? 0
        how = try stored.decodeIfPresent(Ending.self, forKey: .how)
        toldOf = try stored.decodeIfPresent(ToldOf.self, forKey: .toldOf)
        nextLook = try? stored.decodeIfPresent(Look.self, forKey: .nextLook)
    }
}
