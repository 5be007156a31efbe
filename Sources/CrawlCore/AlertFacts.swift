/// What an alert tells, fixed at the moment it is written: the outbox keeps it, every sink gets the same.
package struct AlertFacts: Sendable, Codable, Hashable {
    package enum Event: String, Sendable, Codable, CaseIterable {
        case brokenOrigin = "broken-origin"
        /// Many domains fail behind one edge at once.
        case edgeIncident = "edge-incident"
        /// We reach nothing.
        case offline
        case resolved
    }

    /// How an incident ended.
    package enum Ending: String, Sendable, Codable {
        case recovered, revived, removed, withdrawn
    }

    package var event: Event
    package var incident: String
    package var cause: String
    package var url: String
    package var origin: String
    package var urlsAffected = 1
    package var firstAtMs: Int64
    package var lastAtMs: Int64
    package var observations: Int
    package var grade: String?
    package var rays: [String] = []
    package var colos: [String] = []
    package var evidence: Evidence?
    /// Since the streak began.
    package var requestsSpent: Int
    /// What the mark has saved since; nil = in a message of an older frontier.
    package var requestsSaved: Int64?
    /// nil while the incident is open.
    package var how: Ending?

    package init(
        event: Event, incident: String, cause: String, url: String, origin: String, firstAtMs: Int64,
        lastAtMs: Int64, observations: Int, requestsSpent: Int
    ) {
        self.event = event
        self.incident = incident
        self.cause = cause
        self.url = url
        self.origin = origin
        self.firstAtMs = firstAtMs
        self.lastAtMs = lastAtMs
        self.observations = observations
        self.requestsSpent = requestsSpent
    }
}
