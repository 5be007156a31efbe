/// A row that says of others what is not so; see `SharedRows`.
package struct SharedFault: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A URL, or a robots.txt, is marked for an incident that is closed, or held by it.
        case markedForClosed = "marked for, or held by, an incident that is not open"
        /// An origin's breaker holds its URLs, and its incident is closed, or nobody is left who could end that.
        case breakerWithoutIncident = "held by a breaker without an open incident or a canary"
        /// An origin is held for a reason that its breaker does not have, or not held for one that it has.
        case holdWithoutBreaker = "held otherwise than its breaker says"
        case incidentWithoutURL = "an open incident of a URL that is not marked for it"
        case partialWithoutURL = "an open partial incident that no URL shares"
        case originWithoutHolder = "an open incident of an origin whose breaker and robots.txt know nothing of it"
        case guardIncidentWithoutGuard = "an open incident of a guard that is off"
        case guardWithoutIncident = "a guard that is on without an open incident"
        /// Only a health row ends such a state.
        case stateWithoutHealth = "held, broken or soft-blocked without a health row"
        case miscounted = "a count that is not that of the rows"
    }

    package var kind: Kind
    /// The incident, or the number of the URL or origin.
    package var subject: String
    /// The URL's number or its robots.txt's ticket, or the origin's; nil = neither.
    package var number: Int64?

    package var description: String { "\(subject): \(kind.rawValue)" }
}
