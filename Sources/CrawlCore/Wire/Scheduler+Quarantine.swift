import DequeModule

/// Origins that are asked apart, see `Quarantine`.
extension Scheduler {
    /// Puts down which worker a request that begins goes to.
    mutating func place(_ route: inout FetchRoute, _ active: ActiveOrigin, of ticket: Int64, _ now: Instant) {
        if askedAgain.contains(ticket) { route.http1 = true }
        guard !quarantine.isEmpty else { return }
        if quarantine.isSlowed(active.id, now) { route.http1 = true }
        let place = quarantine.place(active.id, isIdle: active.inFlight == 0, now)
        route.isApart = place.isApart
        route.hasMoved = place.hasMoved
        route.isAlone = place.isApart && active.inFlight == 0
    }

    mutating func noteCost(_ result: FetchResult, _ kind: OutcomeKind?, of active: ActiveOrigin, _ now: Instant) {
        guard !quarantine.isEmpty || !result.flags.isDisjoint(with: [.stalledInParser, .overhead, .overdrew]) else {
            return
        }
        let origins = origins
        quarantine.note(
            result, of: active.id, isOwn: URLKey.origin(of: result.ticket) == active.id, kind: kind, now: now
        ) { origins[$0]?.active?.inFlight ?? 0 > 0 }
    }

    /// Over HTTP/2 its connection had to be ended: that may be HTTP/2's fault and is no answer yet. It is asked once more,
    /// over HTTP/1.1 and as a rule apart, and what comes of that counts, see `AskedAgain`. False = this is the answer.
    ///
    /// The URL is as due as before, and its origin asked for it in its turn. Where more hangs on the request than its URL,
    /// the answer counts as it is.
    package mutating func asksAgain(_ result: FetchResult, now: Instant) -> Bool {
        guard !result.flags.isDisjoint(with: [.stalledInParser, .overhead]), result.failedOverHTTP2,
            !result.flags.contains(.retriedOverHTTP1), result.route.profile == nil, !suspects.isSuspect(result.ticket)
        else { return false }
        return URLKey.isRobots(result.ticket) ? asksRobotsAgain(result, now) : asksURLAgain(result, now)
    }

    private mutating func asksURLAgain(_ result: FetchResult, _ now: Instant) -> Bool {
        guard let flight = flights[result.ticket], !flight.isJudged, flight.role == .url, !flight.isControl,
            flight.asking == nil, askedAgain.begin(result.ticket)
        else { return false }
        let active = flight.origin
        flights[result.ticket] = nil
        if flight.isUnsent { active.unsent -= 1 }
        active.outstanding -= 1
        ended(result, at: active, place: flight.place, now: now)
        reload(active, now)
        return true
    }

    private mutating func asksRobotsAgain(_ result: FetchResult, _ now: Instant) -> Bool {
        let origin = URLKey.origin(of: result.ticket)
        guard let flight = robotsFlights[origin], let active = flight.asked, askedAgain.begin(result.ticket) else {
            return false
        }
        robotsFlights[origin]?.asked = nil
        if flight.isUnsent { active.unsent -= 1 }
        robotsFlights[origin]?.isUnsent = false
        active.outstanding -= 1
        active.errands.prepend(flight.errand)
        active.isErrandTurn = true
        ended(result, at: active, place: flight.place, now: now)
        rest(active, now: now)
        return true
    }

    /// nil = the origin is asked by the worker that its number gives.
    package func stayApart(of origin: Int64, now: Instant) -> Quarantine.Stay? { quarantine.stay(of: origin, now) }

    /// Origins that are asked apart, or will be.
    package func apartCount(now: Instant) -> Int { quarantine.count(now) }
}
