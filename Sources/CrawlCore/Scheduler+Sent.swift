/// A request is decided on, handed over, given a connection, and sent: only the last of these is what a server sees. The
/// gap to the next request counts from there, or a slow handshake would make it shorter than the delay.
extension Scheduler {
    /// Where another request may start before this one is answered, the moment of its sending has to be told ahead.
    /// So it has where sockets are short: an answer may take minutes.
    var tellsSending: Bool {
        rules.perOriginInFlight > 1 && (rules.crawlDelay > .zero || rules.robots.obeys) || localLimit.pause != nil
    }

    /// News of a request, see `FetchResult.isNews`.
    package mutating func heard(_ news: FetchResult, now: Instant) {
        if news.flags.contains(.isOnlySent) { sent(news, now: now) }
        if news.flags.contains(.isOnlyMoved) { moved(news, now: now) }
    }

    /// The request of `result` is being sent; its answer is still to come.
    package mutating func sent(_ result: FetchResult, now: Instant) {
        let at = min(result.sentAt, now)
        noteSocket(result, now: now)
        if URLKey.isRobots(result.ticket) {
            let origin = URLKey.origin(of: result.ticket)
            guard let flight = robotsFlights[origin], flight.isUnsent, let active = flight.asked else { return }
            robotsFlights[origin]?.isUnsent = false
            sent(active, at: at, now: now)
        } else if let flight = flights[result.ticket], flight.isUnsent {
            flight.isUnsent = false
            sent(flight.origin, at: at, now: now)
        }
    }

    private mutating func sent(_ active: ActiveOrigin, at: Instant, now: Instant) {
        active.unsent -= 1
        noteSent(at: at, active)
        rest(active, now: now)
    }

    mutating func noteSent(at: Instant, _ active: ActiveOrigin) {
        active.nextStart = max(active.nextStart, at + rules.gap(delay(of: active)))
        lastStartAt = max(lastStartAt ?? at, at)
    }
}
