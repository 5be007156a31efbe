package import CrawlCore

/// What an incident is about, by number.
package enum IncidentSubject: Sendable, Hashable {
    case url(Int64)
    /// An origin, as its robots.txt shows.
    case robots(Int64)
    /// An origin, as its breaker shows.
    case origin(Int64)
    /// Some URLs of an origin.
    case partial(Int64)
    case edge
    /// Origins whose robots.txt an edge keeps behind challenges.
    case challenges(Edge)
    case offline
    /// By its name.
    case consumer(String)
    case archive

    var scope: AlertFacts.Scope {
        switch self {
        case .url: .url
        case .robots, .origin: .origin
        case .partial: .partial
        case .edge, .challenges: .edge
        case .offline: .offline
        case .consumer: .consumer
        case .archive: .archive
        }
    }

    /// nil = it is about something else.
    var consumer: String? {
        if case .consumer(let name) = self { name } else { nil }
    }

    /// As stored: the URL's number, or the ticket of the origin's robots.txt for the origin, or, below all of those, that
    /// of an edge that challenges; nil = none.
    var number: Int64? {
        switch self {
        case .challenges(let edge): .min + Int64(edge.rawValue)
        case .url(let id): id
        case .robots(let origin), .origin(let origin), .partial(let origin): URLKey.robots(of: origin)
        case .edge, .offline, .consumer, .archive: nil
        }
    }
}

/// An incident about to be opened.
package struct IncidentOpening: Sendable {
    package var incident: ULID
    /// How it is alerted: `broken-origin`, `soft-blocked`, `edge-incident`, `offline`, `results-lag` or `storage`.
    package var event: AlertFacts.Event
    package var subject: IncidentSubject
    package var cause: String
    package var firstAt: Instant
    package var lastAt: Instant
    package var observations: Int
    package var grade: Grade?
    package var rays: [String] = []
    package var colos: [String] = []
    package var evidence: Evidence?
    package var outcomes: [String: Int] = [:]
    package var requestsSpent: Int
    package var requestsSaved = 0
    /// What is no part of the run that goes on: of other URLs that failed alike, and of scouts.
    package var observationsElsewhere = 0
    package var requestsElsewhere = 0
    /// nil = 1 of a URL, those that wait of an origin or a part of it, 0 of an edge, of ourselves, a consumer or the archive.
    package var urlsAffected: Int?
    /// At most `AlertFacts.maxSample` are kept; nil = the URL, or some that wait of the origin.
    package var sample: [String]?
    /// The first message waits so long, and tells of what has joined the incident by then.
    package var gathers: Duration = .zero

    package init(
        incident: ULID, event: AlertFacts.Event, subject: IncidentSubject, cause: String, firstAt: Instant,
        lastAt: Instant, observations: Int, requestsSpent: Int
    ) {
        self.incident = incident
        self.event = event
        self.subject = subject
        self.cause = cause
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.observations = observations
        self.requestsSpent = requestsSpent
    }

    /// Many sites behind one edge fail, or none can be reached at all: `subject` is `.edge` or `.offline`.
    package init(_ incident: ULID, guarding subject: IncidentSubject, firstAt: Instant, at: Instant, observations: Int)
    {
        self.init(
            incident: incident, event: subject == .edge ? .edgeIncident : .offline, subject: subject,
            cause: subject.scope.rawValue, firstAt: firstAt, lastAt: at, observations: observations,
            requestsSpent: observations)
    }

    /// Another URL of the origin failed alike, since the first time that is told of.
    mutating func add(_ record: HealthRecord) {
        guard let run = record.run, run.since >= firstAt else { return }
        observationsElsewhere += run.observations
        requestsElsewhere += record.requests
        rays += run.rays
        colos += run.colos
    }

    mutating func add(_ looks: OriginBreaker.Looks) {
        observationsElsewhere += looks.failures
        requestsElsewhere += looks.requests
        rays += looks.rays
    }

    /// What `record`, just marked, tells of `subject`; nil if its run is of no class that can be marked.
    package init?(
        _ incident: ULID, _ subject: IncidentSubject, _ record: HealthRecord,
        event: AlertFacts.Event = .brokenOrigin
    ) {
        guard let run = record.run, let cause = run.cause else { return nil }
        self.init(
            incident: incident, event: event, subject: subject, cause: cause, firstAt: run.since, lastAt: run.lastAt,
            observations: run.observations, requestsSpent: record.requests)
        grade = run.grade
        rays = run.rays
        colos = run.colos
        evidence = run.evidence
        outcomes = run.metByName
    }
}

/// How an open incident goes on; nil = as it was. Counts are those since it was marked, or since its last relapse.
package struct IncidentProgress: Sendable {
    package var observations: Int?
    package var lastAt: Instant?
    package var urlsAffected: Int?
    package var sample: [String]?
    package var requestsSpent: Int?
    package var requestsSaved: Int?
    /// Are added to those of before.
    package var rays: [String] = []
    package var colos: [String] = []
    package var evidence: Evidence?
    /// Are added to those of before.
    package var outcomes: [String: Int] = [:]
    /// One more failing answer, of a URL that shares the incident.
    package var isAttempt = false
    /// What a URL has cost that shares the incident no more.
    package var requestsOfLeaver = 0

    package init() {}
}
