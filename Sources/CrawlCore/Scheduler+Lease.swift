import DequeModule

/// What lies in memory of the store for an origin is asked for in time, and comes as an event: an origin whose lease is
/// under way sends nothing, the others go on.
///
///     serve ─► .lease(request) ─► the store, many origins a read ─► leased ─► serve
///
/// An origin that has its turn while as much is in flight as may be is leased ahead and stands in line, until those that
/// can go at once are twice as many as those in flight.
extension Scheduler {
    /// In line, or to be soon, whatever is in flight.
    private static let leastStock = 128

    /// Fewer origins can go at once than may be needed before the store answers.
    var wantsStock: Bool { line.count + leasesUnderWay < max(Self.leastStock, 2 * inFlight) }

    // MARK: Asking

    mutating func request(_ active: ActiveOrigin, _ now: Instant) -> LeaseRequest {
        let room = max(1, quarantine.room(active.id, now, most: rules.perOriginInFlight) - active.inFlight)
        var limit =
            hasOthersReady(now) ? max(rules.leasePerOrigin, 2 * rules.perOriginInFlight) : rules.leaseLimit
        // Rows that are all refused are not kept: larger and larger steps get through them.
        limit = max(limit, min(2 * active.refusedInARow, rules.leaseLimit))
        if leasedRows + limit > rules.leasedLimit { limit = room }
        if active.ordinaryFrom > now { limit = 0 }  // only what is kept for health traffic may be asked
        var request = LeaseRequest(
            origin: active.id, now: now, limit: active.leasedCount == 0 ? limit : 0,
            healthLimit: active.leasedHealthCount == 0 ? rules.leasePerOrigin : 0,
            wantsRobots: rules.robots.obeys && robots.peek(active.id) == nil && robotsFlights[active.id] == nil)
        request.wantsHealth = active.health == nil
        request.freeSlots = active.health?.freeSlots(rules.health) ?? 0
        request.look = active.health?.breaker.look
        return request
    }

    /// Every lease begins here, and ends with `leased` or `notLeased`.
    mutating func lease(_ request: LeaseRequest, for active: ActiveOrigin) -> Need {
        lastLease += 1
        var request = request
        request.number = lastLease
        active.leasing = PendingLease(number: lastLease)
        leasesUnderWay += 1
        if request.isApart { isLeasingApart = true }
        return .lease(request)
    }

    /// The origin has its turn, and all that it would do with it is to lease ordinary URLs.
    func wouldLease(_ active: ActiveOrigin, _ now: Instant) -> Bool {
        guard active.leasing == nil, active.leasedCount == 0, active.leasedHealthCount == 0, active.readyAt <= now,
            active.heldUntil <= now, active.errands.isEmpty, !active.hasSecond, !active.isHolding,
            active.unasked == nil, robotsFlights[active.id] == nil
        else { return false }
        guard rules.robots.obeys else { return true }
        guard let known = robots.peek(active.id) else { return true }
        return known.step(now) == .go
    }

    /// Tells each request what of its origin is not to be leased: in flight, or judged and not yet committed, or a
    /// suspect that waits for its turn. Nothing of an origin is started while a lease of it is under way, so that it stays
    /// true until the answer.
    package func exclude(from requests: inout [LeaseRequest]) {
        var places: [Int64: Int] = [:]
        for index in requests.indices {
            let origin = requests[index].origin
            guard activeOrigin(origin)?.outstanding ?? 0 > 0 || !suspects.queue.isEmpty else { continue }
            places[origin] = index
        }
        guard !places.isEmpty else { return }
        for id in flights.keys {
            if let place = places[URLKey.origin(of: id)] { requests[place].without.insert(id) }
        }
        for id in suspects.queue.tickets {
            if let place = places[URLKey.origin(of: id)] { requests[place].without.insert(id) }
        }
    }

    // MARK: The answer

    /// The answer to `.lease`, whenever it comes.
    package mutating func leased(_ lease: Lease, for request: LeaseRequest, now: Instant) {
        guard let (active, pending) = ended(request) else { return }
        if pending.isVoid || isOutdated(request, active) {
            if request.isSecond, let id = request.probe { active.seconds.prepend(id) }
        } else if let ticket = request.alone {
            return leasedAlone(lease, for: request, ticket, now: now)
        } else if request.isSecond {
            leasedSecond(lease, for: request, active, now: now)
        } else if request.probe != nil {
            return leasedProbe(lease, for: request, now: now)
        } else {
            take(lease, for: request, active, pending, now: now)
        }
        rest(active, now: now)
        // Its turn goes on: were others leased between, more rules than the cache holds would drive each other out for
        // ever.
        if activeOrigin(active.id) != nil, active.readyAt <= now, active.nextWork(now).map({ $0 <= now }) ?? false {
            wakeFirst(active.id)
        }
    }

    /// The store could not be read: the origin is looked at again.
    package mutating func notLeased(_ request: LeaseRequest, now: Instant) {
        guard let (active, _) = ended(request) else { return }
        if request.isSecond, let id = request.probe { active.seconds.prepend(id) }
        reconsider(origin: active.id, now: now)
    }

    /// nil = nobody waits for it any more.
    private mutating func ended(_ request: LeaseRequest) -> (ActiveOrigin, PendingLease)? {
        guard let active = activeOrigin(request.origin), let pending = active.leasing,
            pending.number == request.number
        else { return nil }
        active.leasing = nil
        leasesUnderWay -= 1
        if request.isApart { isLeasingApart = false }
        return (active, pending)
    }

    /// The origin's trouble is another than the lease was asked by.
    private func isOutdated(_ request: LeaseRequest, _ active: ActiveOrigin) -> Bool {
        if active.rewriting > 0 { return true }
        guard let health = active.health else { return !request.wantsHealth && !request.isApart && !request.isSecond }
        if request.wantsHealth { return true }
        guard !request.isApart, !request.isSecond else { return false }
        return request.look != health.breaker.look || health.freeSlots(rules.health) < request.freeSlots
    }

    private mutating func take(
        _ lease: Lease, for request: LeaseRequest, _ active: ActiveOrigin, _ pending: PendingLease, now: Instant
    ) {
        active.voidsInARow = 0
        active.key = lease.originKey
        if lease.originKey.isEmpty { robotsWishes[active.id] = nil }  // whom nobody knows nobody asks
        counting(active) { $0.take(lease, for: request) }
        if let hasRefused = lease.hasRefused { active.hasRefused = hasRefused }
        if request.wantsRobots { learn(lease.robots ?? OriginRobots(), of: active, now: now) }
        noteRecheck(active)
        if let due = pending.due { active.noteDue(due) }
        if let due = pending.healthDue { active.noteHealthDue(due) }
        if active.leasedCount > 0, pending.priority > active.lowestPriority { drop(active, now: now) }
        if request.wantsHealth, active.health?.freeSlots(rules.health) ?? 0 > 0 { active.noteHealthDue(now) }
    }
}
