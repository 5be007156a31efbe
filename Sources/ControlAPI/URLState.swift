/// Where a URL stands, as rows of `GET /v1/urls` name it. Messages carry plain text, so that an older client can read
/// what a newer daemon says; this is the set that `state=` may ask for.
package enum URLState: String, CaseIterable, Sendable {
    /// Due now or later.
    case scheduled
    case inFlight = "in-flight"
    /// Not to be fetched now, for the reason in `held_because`.
    case held
    /// Fetched, and not due again.
    case done
    case gone
    case brokenOrigin = "broken-origin"
    case softBlocked = "soft-blocked"
    case refused
}
