// A robots.txt that is redirected to another host: a request of the host that is asked, under its delay and its budget.

import DequeModule

extension Scheduler {
    /// The request for another origin's robots.txt that the host sends now, or what has to be leased for it; nil = none.
    mutating func serveErrand(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard active.hasErrand(now) else { return nil }
        // What the host's own robots.txt asks for holds for errands too, and comes with a lease.
        if robots.peek(active.id) == nil, robotsFlights[active.id] == nil {
            return active.rewriting > 0 ? nil : lease(request(active, now), for: active)  // its commit wakes it
        }
        while let errand = active.errands.popFirst() {
            let asked = SuspectLine.Errand(request: errand, host: active.id, key: active.key)
            guard mayAsk(URLKey.robots(of: errand.origin), errand: asked, now) else { continue }
            start(errand, at: active, now, &batch)
            active.isErrandTurn = false
            return .started
        }
        return nil
    }

    /// The origin's own robots.txt is asked for. False if that is under way already, for origins that were redirected
    /// there: then their answer is its answer.
    mutating func askOwnRobots(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Bool {
        let errand = RobotsErrand(origin: active.id, path: RobotsErrand.ownPath, hops: 0)
        let place = RobotsShares.Place(host: active.id, path: errand.path)
        robotsFlights[active.id] = RobotsFlight(errand: errand, startedAt: now, known: robots.peek(active.id))
        if let queued = active.errands.firstIndex(where: { $0.path == errand.path }) {
            _ = robotShares.join(place, active.errands.remove(at: queued).origin)
        } else if robotShares.join(place, active.id) {
            return false
        }
        start(errand, at: active, now, &batch)
        return true
    }

    mutating func start(_ errand: RobotsErrand, at active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) {
        robotShares.open(RobotsShares.Place(host: active.id, path: errand.path))
        let ticket = URLKey.robots(of: errand.origin)
        let isSent = active.unasked == nil
        let isUnsent = isSent && tellsSending
        robotsFlights[errand.origin]?.asked = active
        robotsFlights[errand.origin]?.place = AddressPlace(isSent ? active.address : nil)
        robotsFlights[errand.origin]?.sentTo = isSent ? active.sendsTo : nil
        robotsFlights[errand.origin]?.isUnsent = isUnsent
        suspects.begin(ticket, now: now)
        let dueAt = robotsFlights[errand.origin]?.known?.dueAt ?? Instant(ms: .min)
        if answerUnasked(ticket, dueAt: dueAt, active, now) { return }
        robotsFlights[errand.origin]?.requests += 1
        let profile = profile(ofRobots: errand, at: active)
        robotsFlights[errand.origin]?.isControl = profile?.isControl ?? false
        batch.append(
            ticket: ticket, originNumber: active.id, origin: active.key, path: errand.path,
            isLastOfOrigin: false, tellsSending: tellsSending,
            route: route(
                to: active, of: ticket, robotsFlights[errand.origin]?.known?.health,
                profile: profile?.number, now),
            sendsTo: active.sendsTo, extra: Self.robotsExtra)
        begin(active, now)
        localLimit.started(ticket)
    }

    private static let robotsExtra = FetchExtra(body: .memory(limit: RobotsSettings.bodyLimit))

    // MARK: Answers

    /// The request for a robots.txt has ended: its place is free. What came of it is followed on for `redirected`, and
    /// concluded for all others.
    package mutating func robotsAnswered(
        _ result: FetchResult, _ classification: Classification, now: Instant
    ) -> RobotsReply? {
        let origin = URLKey.origin(of: result.ticket)
        guard var flight = robotsFlights[origin], let active = flight.asked else {
            localLimit.ended(result.ticket)
            return nil
        }
        flight.asked = nil
        askedAgain.end(result.ticket)
        if active.id == origin, !result.isUnresolved { flight.ownSentAt = min(result.sentAt, now) }
        if flight.isUnsent { active.unsent -= 1 }
        flight.isUnsent = false
        flight.repeats += max(0, result.requests - 1)
        active.outstanding -= 1
        let classification = classification.at(flight.sentTo, result)
        let block = ended(result, classification, at: active, place: flight.place, now: now)
        noteAddresses(result, flight.sentTo, active, now: now)
        robotsFlights[origin] = flight
        let place = RobotsShares.Place(host: active.id, path: flight.errand.path)
        var reply = RobotsReply(
            result, classification, for: [origin] + robotShares.close(place), block: block.map { (active.id, $0) },
            productToken: rules.robots.productToken)
        let known = robots.peek(origin) ?? flight.known
        keepHour(known, &reply, at: active)
        rest(active, now: now)
        reply.cover = guarded(
            result, classification, at: active, failingSince: known?.health?.failingSince, now: now)
        if reply.isAnswer, flight.errand.hops > 0 || reply.origins.count > 1 {
            let lifetime = rules.robots.lifetime(cacheControl: result.details?.cacheControl)
            robotShares.keep(reply, at: place, lifetime: lifetime)
        }
        return reply
    }

    /// A robots.txt that is put off by 503 while no copy may be used holds its origin: it is asked often enough to tell of
    /// that in time.
    private mutating func keepHour(_ known: OriginRobots?, _ reply: inout RobotsReply, at active: ActiveOrigin) {
        let at = reply.result.completedAt
        guard reply.block != nil, reply.result.status >= 500, known?.health?.phase != .broken,
            known?.isCopyUsable(at) != true
        else { return }
        reply.bound(RobotsHold(machine: machine).latest(afterAnswerAt: at, known?.health))
        if let block = reply.block?.block {
            setBlock(active, ActiveOrigin.Block(block, since: active.block?.since), at)
        }
    }

    /// Those whose robots.txt may be looked for where the answer points.
    package func redirected(_ reply: RobotsReply) -> [Int64] {
        guard reply.isRedirect else { return [] }
        return reply.origins.filter { robotsFlights[$0].map { $0.errand.hops < RobotsSettings.redirectLimit } ?? false }
    }

    /// The next hop: `host` is the number of the origin that it leads to. Returns what is known of the place already,
    /// for those that it serves.
    package mutating func followRobots(
        of origins: [Int64], host: Int64, key: [UInt8], path: [UInt8], now: Instant
    ) -> RobotsReply? {
        guard rules.robots.obeys else {
            for origin in origins { dropRobots(of: origin, now: now) }
            return nil
        }
        let place = RobotsShares.Place(host: host, path: path)
        let foundAt = String(decoding: key + path, as: UTF8.self)
        var kept = robotShares.kept(place, now)
        for origin in origins {
            guard var flight = robotsFlights[origin], flight.asked == nil, !flight.isJudged else { continue }
            flight.errand = RobotsErrand(
                origin: origin, path: path, hops: flight.errand.hops + 1, foundAt: foundAt)
            robotsFlights[origin] = flight
            if let reply = kept, flight.isServed(by: reply) {
                kept?.origins.append(origin)
            } else if !robotShares.join(place, origin) {
                robotShares.open(place)
                let active = activateHost(host)
                active.key = key
                active.errands.append(flight.errand)
                rest(active, now: now)
            }
        }
        return kept.flatMap { $0.origins.isEmpty ? nil : $0 }
    }

    /// For an errand only: work of its own it has when it had it before, or its robots.txt would be asked for nothing.
    mutating func activateHost(_ host: Int64) -> ActiveOrigin {
        if let active = activeOrigin(host) { return active }
        let workAt = origins[host]?.at
        let active = activate(host)
        active.nextDue = workAt
        active.nextHealthDue = workAt
        return active
    }

    /// The answer stands for those of its origins that are not in `redirected`; `nextRobotsReply` gives them one by one.
    package mutating func conclude(_ reply: RobotsReply, without redirected: [Int64]) {
        var reply = reply
        if !redirected.isEmpty {
            let others = Set(redirected)
            reply.origins = reply.origins.filter { !others.contains($0) }[...]
        }
        if !reply.origins.isEmpty { robotsReplies.append(reply) }
    }

    /// The next answer to judge, for one origin: a thousand may wait for the same one, and each is a row to write.
    package mutating func nextRobotsReply() -> RobotsReply? {
        guard var reply = robotsReplies.popFirst() else { return nil }
        var rest = reply
        guard let origin = rest.origins.popFirst() else { return nil }
        rest.block = nil  // written once
        if !rest.origins.isEmpty { robotsReplies.prepend(rest) }
        reply.origins = [origin]
        return reply
    }

    /// The next hop of a redirect cannot be asked now: robots.txt is asked anew when it is wanted.
    package mutating func dropRobots(of origin: Int64, now: Instant) {
        guard let flight = robotsFlights[origin], flight.asked == nil, !flight.isJudged else { return }
        robotsFlights[origin] = nil
        if flight.isVoid { robots.remove(origin) }
        if let active = activeOrigin(origin) { rest(active, now: now) }
    }

    /// robots.txt is no longer obeyed: nothing is asked for it any more.
    mutating func dropErrands() {
        robotShares = RobotsShares()
        robotsReplies = []
        robotsWishes = [:]
        robotsFlights = robotsFlights.filter { $0.value.asked != nil || $0.value.isJudged }
        for slot in origins.values { slot.active?.errands = [] }
    }
}
