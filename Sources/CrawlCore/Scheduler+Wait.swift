extension Scheduler {
    /// What makes the due URLs of an origin wait; nil = nothing that this scheduler knows of.
    package func wait(of origin: Int64, now: Instant) -> OriginWait? {
        if let wait = guardWait(of: origin) { return wait }
        if let wait = suspectRobotsWait(of: origin, now: now) { return wait }
        if let pause = localLimit.pause, localLimit.start(now) != .now { return .localLimit(pause) }
        let active = activeOrigin(origin)
        if let block = active?.block?.block, block.until > now {
            return .blocked(until: block.until, code: block.edge?.code)
        }
        switch budget.bar(origin: origin, isHealth: false) {
        case .all: return .budget(limit: budget.rules.requestsPerDay, until: budget.nextDay)
        case .origin: return .originBudget(limit: budget.rules.requestsPerOriginPerDay, until: budget.nextDay)
        case nil: break
        }
        if let wait = robotsWait(of: origin, now: now) { return wait }
        if let active, active.isNaming, case .name(let record)? = active.host {
            return .name(since: record.askedAt, isSlow: record.isSlow)
        }
        if let active, let address = active.address, addresses.isWaiting(origin, for: address) {
            return .address(inFlight: addresses.count(at: address), active.remoteAddress)
        }
        if let active, active.inFlight >= quarantine.room(active.id, now, most: rules.perOriginInFlight) {
            return .origin(inFlight: active.inFlight)
        }
        let ready = active?.nextStart ?? earliestStart
        if ready > now {
            let delay = rules.delay(active?.askedDelay)
            return .crawlDelay(until: ready, delay, isAsked: delay > rules.crawlDelay)
        }
        return inFlight >= rules.maxInFlight ? .all(inFlight: inFlight) : nil
    }

    /// How fast the origin's URLs are asked from now on, as far as this scheduler knows.
    package func pace(of origin: Int64, now: Instant) -> OriginPace {
        let active = activeOrigin(origin)
        let delay = rules.gap(rules.delay(active?.askedDelay ?? robots.peek(origin)?.rules.crawlDelay))
        // Jitter lengthens by half its share on the average.
        var gap = delay + .milliseconds(Int64(Double(delay.ms) * rules.jitter / 2))
        if let pace = active?.health?.breaker.pace(now: now, spread: rules.health.resolveSpread) {
            gap = max(gap, pace)
        }
        var pace = OriginPace(readyAt: max(active?.readyAt ?? earliestStart, now), gap: gap, nextDay: budget.nextDay)
        pace.budget = budget.ordinary(of: origin)
        pace.isCrowded = inFlight >= rules.maxInFlight || !addresses.hasRoom(at: active?.address)
        pace.picks = Int(active?.picks ?? 0)
        return pace
    }

    /// robots.txt has to come first, and is a suspect.
    private func suspectRobotsWait(of origin: Int64, now: Instant) -> OriginWait? {
        let ticket = URLKey.robots(of: origin)
        guard rules.robots.obeys, suspects.isWaiting(ticket), let wait = suspectWait(of: ticket, now: now),
            (robots.peek(origin) ?? robotsFlights[origin]?.known ?? OriginRobots()).step(now) == .fetch
        else { return nil }
        return .suspect(wait)
    }

    /// The answer for robots.txt has to come first.
    private func robotsWait(of origin: Int64, now: Instant) -> OriginWait? {
        guard rules.robots.obeys, let flight = robotsFlights[origin] else { return nil }
        let known = robots.peek(origin) ?? flight.known ?? OriginRobots()
        guard known.step(now) == .fetch else { return nil }
        return .robots(isFirst: known.copyAt == nil)
    }
}
