// What was asked and cannot be kept: pages whose records have no room are worth nothing to anybody.

extension Scheduler {
    /// The answer does not count, whatever it is: its URL is as due as before. For a request that was not judged.
    package mutating func forsake(_ ticket: Int64, now: Instant) {
        abandon(ticket)
        let origin = URLKey.origin(of: ticket)
        if URLKey.isRobots(ticket) { return renew(origin, now) }
        if let active = activeOrigin(origin) { reload(active, now) }
    }

    /// As for a request whose verdict will not be stored.
    package mutating func forsake(_ verdict: Verdict, now: Instant) {
        guard let flight = flights[verdict.id], flight.isJudged else { return }
        flights[verdict.id] = nil
        flight.origin.outstanding -= 1
        if verdict.rewritesOthers { flight.origin.rewriting -= 1 }
        reload(flight.origin, now)
    }

    /// As for a verdict.
    package mutating func forsake(_ change: RobotsChange, now: Instant) {
        guard robotsFlights[change.origin]?.isJudged ?? false else { return }
        robotsFlights[change.origin] = nil
        renew(change.origin, now)
    }

    /// Of a robots.txt the store tells what counts.
    private mutating func renew(_ origin: Int64, _ now: Instant) {
        robots.remove(origin)
        guard let active = activeOrigin(origin) else { return wake(origin, at: now) }
        reload(active, now)
    }

    /// Where the URL's page stands in the archive, as leased; nil = nowhere.
    package func archived(of ticket: Int64) -> ArchivedResponse? { flights[ticket]?.url.content?.archived }
}
