import DequeModule

/// Suspects as far as requests go. Each place that sends a request asks `mayAsk` before; a suspect whose turn it is not
/// is put into the `SuspectLine`, and is leased or served again when its turn has come.
extension Scheduler {
    /// A request for the ticket may go out now, or is no matter of suspects. `probeAt`: when it was due, of health traffic.
    /// `errand`: of a robots.txt that is asked for at another origin.
    mutating func mayAsk(
        _ ticket: Int64, probeAt: Instant? = nil, errand: SuspectLine.Errand? = nil, _ now: Instant
    ) -> Bool {
        guard suspects.isSuspect(ticket) else { return true }
        if suspects.turn == ticket, inFlight == 0 { return true }
        // All of its origin waits for a robots.txt.
        suspects.wait(ticket, probeAt: URLKey.isRobots(ticket) ? now : probeAt, errand: errand, now: now)
        return false
    }

    /// Nothing but a suspect may be asked now: one is in flight, or the rest ends so that one can be.
    mutating func isStoppedForSuspect(_ now: Instant) -> Bool {
        if suspects.inFlight != nil { return true }
        guard !isPaused, !guards.isOffline else {
            suspects.endStop(now: now)
            return false
        }
        if suspects.turn != nil { return true }
        if suspects.stoppedUntil != nil {
            if suspects.hasRoomInStop(now), nextSuspect(now) != nil { return true }
            suspects.endStop(now: now)
            return false
        }
        return suspects.nextStop <= now && suspects.beginStop(isWanted: nextSuspect(now) != nil, now: now)
    }

    /// What the one whose turn it is wants of the store is on its way.
    var isSuspectLeasing: Bool {
        guard let turn = suspects.turn else { return false }
        return isLeasingApart || activeOrigin(URLKey.origin(of: turn))?.leasing != nil
    }

    /// When `isStoppedForSuspect` or `suspectStep` has something to say again; nil = only after an event.
    mutating func suspectWake() -> Instant? {
        guard !suspects.isIdle, !guards.isOffline, !isSuspectLeasing else { return nil }
        guard inFlight == 0 else { return suspects.queue.isEmpty ? nil : suspects.nextStop }
        return suspects.nextMoment()
    }

    /// The next step of the one whose turn it is, or comes now; nil = there is none. Only while nothing is in flight.
    mutating func suspectStep(_ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard !isPaused, !guards.isOffline else { return nil }
        while let ticket = suspects.turn ?? nextSuspect(now) {
            suspects.turn = ticket
            if isSuspectLeasing { return nil }  // its lease goes on with it
            let turn = URLKey.isRobots(ticket) ? askRobots(ticket, now, &batch) : askURL(ticket, now, &batch)
            switch turn {
            case .need(let need): return need
            case .other(let need):  // it has to come first
                passOver(ticket, until: now, now)
                return need
            case .later(let at): passOver(ticket, until: at, now)
            case .gone: leaveLine(ticket, now)
            }
        }
        return nil
    }

    private enum Turn {
        case need(Need)
        /// The request of another one.
        case other(Need)
        case later(Instant)
        /// There is nothing to ask.
        case gone
    }

    /// Whose turn is next of those that may be asked.
    private mutating func nextSuspect(_ now: Instant) -> Int64? {
        while let ticket = suspects.first(now), let waiting = suspects.queue[ticket] {
            let ready = readyAt(ticket, waiting)
            if ready <= now { return ticket }
            suspects.putOff(ticket, until: ready, now: now)
        }
        return nil
    }

    /// As far as politeness goes.
    private func readyAt(_ ticket: Int64, _ waiting: SuspectQueue.Waiting) -> Instant {
        let asked = waiting.errand?.host ?? URLKey.origin(of: ticket)
        return max(waiting.notBefore, activeOrigin(asked)?.readyAt ?? earliestStart)
    }

    private mutating func passOver(_ ticket: Int64, until: Instant, _ now: Instant) {
        if !suspects.passOver(ticket, until: until, now: now) { leaveLine(ticket, now) }
    }

    /// It waits no more; what it held goes on.
    private mutating func leaveLine(_ ticket: Int64, _ now: Instant) {
        suspects.leave(ticket)
        guard let active = activeOrigin(URLKey.origin(of: ticket)) else { return }
        if active.heldUntil == .distantFuture { active.heldUntil = Instant(ms: .min) }
        rest(active, now: now)
    }

    // MARK: A URL

    private mutating func askURL(_ ticket: Int64, _ now: Instant, _ batch: inout FetchBatch) -> Turn {
        let origin = URLKey.origin(of: ticket)
        if let leased = suspects.leased {
            suspects.leased = nil
            return start(leased, now, &batch)
        }
        let active = activate(origin)
        if active.isHolding {
            active.heldUntil = Instant(ms: .min)
            return served(active, now, &batch)
        }
        guard active.rewriting == 0 else { return .later(now + SuspectLine.retry) }
        var request = LeaseRequest(
            origin: origin, now: now, limit: 0, healthLimit: 0,
            wantsRobots: rules.robots.obeys && robots.peek(origin) == nil && robotsFlights[origin] == nil)
        request.alone = ticket
        // What a redirect asks of it once more need not be due.
        if seconds.isReady(ticket, now) { request.probe = ticket }
        request.wantsHealth = active.health == nil
        return .need(lease(request, for: active))
    }

    /// The answer to a lease that a suspect's turn wanted.
    mutating func leasedAlone(_ lease: Lease, for request: LeaseRequest, _ ticket: Int64, now: Instant) {
        let active = activate(request.origin)
        guard !lease.originKey.isEmpty else { return leaveLine(ticket, now) }
        active.key = lease.originKey
        if request.wantsRobots { learn(lease.robots ?? OriginRobots(), of: active, now: now) }
        if request.wantsHealth { active.health = lease.originHealth ?? OriginHealth() }
        let second = lease.probe.flatMap { seconds.wants($0, now) ? $0 : nil }
        guard let url = lease.alone ?? second, suspects.turn == ticket else { return leaveLine(ticket, now) }
        suspects.leased = GuardProbe(
            url: url, path: Array(lease.arena[clamped: url.pathOffset..<(url.pathOffset + url.pathLength)]))
        rest(active, now: now)
    }

    /// What holds for any URL of the origin holds for it.
    private mutating func start(_ leased: GuardProbe, _ now: Instant, _ batch: inout FetchBatch) -> Turn {
        let url = leased.url
        let active = activate(URLKey.origin(of: url.id))
        guard !active.key.isEmpty, !active.isHolding, flights[url.id] == nil else { return .gone }
        guard active.readyAt <= now else { return .later(active.readyAt) }
        guard !isHeldByStorm(active, now), active.rewriting == 0, active.unsent == 0, active.leasing == nil else {
            return .later(now + SuspectLine.retry)
        }
        let isHealth = url.isHealthTraffic && url.health != nil  // a second request that is not due is none
        guard budget.bar(origin: active.id, isHealth: isHealth) == nil else { return .later(budget.nextDay) }
        guard nameFirst(active, now) != .wait else { return .later(now + SuspectLine.retry) }
        if let turn = robotsBefore(active, now, &batch) { return turn }
        if let refusal = refusal(of: leased.path[...], active) {
            seconds.remove(url.id)
            refuse(url, of: active, refusal, now)
            return .gone
        }
        drop(active, now: now)  // it may be among what is leased, and would be asked once more
        start(url, of: active, path: leased.path[...], now, &batch)
        return .need(.started)
    }

    /// Where URLs have to wait for robots.txt, that is asked before; nil = they do not.
    private mutating func robotsBefore(
        _ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch
    ) -> Turn? {
        guard rules.robots.obeys else { return nil }
        let soon = Turn.later(now + SuspectLine.retry)
        guard let known = robots.use(active.id) else { return soon }
        switch known.step(now) {
        case .go, .refresh: return nil
        case .wait(let until): return .later(until)
        case .fetch:
            guard robotsFlights[active.id] == nil, mayAsk(URLKey.robots(of: active.id), now) else { return soon }
            return askOwnRobots(active, now, &batch) ? .other(.started) : soon
        }
    }

    // MARK: A robots.txt

    private mutating func askRobots(_ ticket: Int64, _ now: Instant, _ batch: inout FetchBatch) -> Turn {
        if let errand = suspects.takeErrand(of: ticket) {
            let host = activateHost(errand.host)
            host.key = errand.key
            host.errands.prepend(errand.request)
            host.isErrandTurn = true
            let turn = served(host, now, &batch)
            // The host serves it when its lease has come, and it waits for its turn again.
            if case .need(.lease(let request)) = turn { return .other(.lease(request)) }
            return turn
        }
        let active = activate(URLKey.origin(of: ticket))
        active.heldUntil = Instant(ms: .min)
        return served(active, now, &batch)
    }

    /// The turn of the origin that the suspect holds, or whose robots.txt it is.
    private mutating func served(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Turn {
        guard active.readyAt <= now else { return .later(active.readyAt) }
        switch serve(active, now, &batch) {
        case .started?: return suspects.inFlight == nil ? .other(.started) : .need(.started)
        case let lease?: return .need(lease)
        case nil: return .later(now + SuspectLine.retry)
        }
    }

    // MARK: What clears it

    /// We have outlived a good answer. A redirect may lead to a second request, whose answer may be what we die of: it
    /// clears once that is answered too, or none can come of it any more.
    mutating func outlived(_ ticket: Int64, _ classification: Classification, _ flight: Flight, _ now: Instant) {
        if classification.outcome == .redirected, flight.asking?.second == nil {
            suspects.clear(ticket, after: now + SecondAsks.lifetime)
        } else {
            suspects.clear(ticket)
        }
    }

    // MARK: Telling

    /// Why the URL waits as a suspect; nil = it is none.
    package func suspectWait(of ticket: Int64, now: Instant) -> SuspectWait? {
        suspects.rows[ticket].map { SuspectWait(ends: $0.ends, until: $0.hold(now)) }
    }

    /// How many suspects there are, and how many of them are put back.
    package func suspectCount(now: Instant) -> (all: Int, putBack: Int) {
        (suspects.rows.count, suspects.rows.values.count { $0.hold(now) != nil })
    }

    /// Suspects that have given a good answer: the store forgets them.
    package mutating func takeCleared() -> [Int64] { suspects.takeCleared() }
}
