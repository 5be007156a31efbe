extension Scheduler {
    /// Verdicts on refused URLs that one step may leave for the store.
    static let refusalsPerStep = 2_000

    /// The request that an origin sends now, or what has to be leased for it; nil = none, and the origin has its next
    /// moment in the heap or is woken by an answer.
    mutating func serve(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard active.leasing == nil else { return nil }  // its lease wakes it
        // Its next answer wakes it.
        guard active.inFlight < quarantine.room(active.id, now, most: rules.perOriginInFlight) else { return nil }
        guard active.unsent == 0 else { return nil }  // its being sent wakes it
        guard active.readyAt <= now, !isHeldByStorm(active, now) else { return rested(active, now) }
        let name = nameFirst(active, now)
        guard name != .wait else { return nil }  // its reply wakes it
        // Until the first answer tells the address, nobody can say whether there is room for a second request.
        guard
            name == .unasked || active.address != nil || active.inFlight == 0 || addresses.limit == 0
                || !proxies.isEmpty
        else {
            noteAddressWait(active, now)
            return nil
        }
        guard name == .unasked || addresses.hasRoom(at: active.address) else {
            let wasOffered = active.offered
            active.offered = nil
            addresses.wait(
                active.id, for: active.address, active.remoteAddress, first: wasOffered == active.address)
            noteAddressWait(active, now)
            if wasOffered != active.address { offer(wasOffered, now: now) }
            return nil  // the next answer from the address wakes it
        }
        let isSpent = isSpent(active, now)
        // Errands and the origin's own requests take turns.
        if active.isErrandTurn || active.heldUntil > now, let need = serveErrand(active, now, &batch) { return need }
        guard !isSpent, active.heldUntil <= now else { return rested(active, now) }
        return serveOwn(active, now, &batch) ?? serveErrand(active, now, &batch)
    }

    private mutating func serveOwn(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        switch robotsFirst(active, now, &batch) {
        case .go:
            guard active.rewriting == 0 else { return stopped(active, now) }  // its commit wakes it
            guard active.health != nil else { return lease(request(active, now), for: active) }
            if active.isHolding { return serveLook(active, now, &batch) }
            return serveSecond(active, now, &batch) ?? serveURL(active, now, &batch)
        case .stop: return stopped(active, now)
        case .need(let need): return need
        }
    }

    /// An event wakes it.
    private mutating func stopped(_ active: ActiveOrigin, _ now: Instant) -> Need? {
        noteWait(active, work: active.nextWork(now), now)
        return nil
    }

    private mutating func rested(_ active: ActiveOrigin, _ now: Instant) -> Need? {
        rest(active, now: now)
        return nil
    }

    /// Health traffic has every second turn while other URLs are due.
    private mutating func serveURL(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        while refused.count < Self.refusalsPerStep {
            let hasOrdinary = active.hasOrdinary(now)
            let hasHealth = active.hasHealth(now)
            guard hasOrdinary || hasHealth else { return rested(active, now) }
            let isHealth = hasHealth && (active.isHealthTurn || !hasOrdinary)
            guard let url = counting(active, { isHealth ? $0.takeHealth() : $0.takeOrdinary() }) else {
                return lease(request(active, now), for: active)
            }
            let arena = isHealth ? active.healthArena : active.arena
            // What the store gave is read, not trusted: an offset outside the arena is an empty path.
            let path = arena[clamped: url.pathOffset..<(url.pathOffset + url.pathLength)]
            if let refusal = refusal(of: path, active) {
                refuse(url, of: active, refusal, now)
                continue
            }
            guard mayAsk(url.id, probeAt: isHealth ? url.dueAt : nil, now) else { continue }
            active.isHealthTurn = !isHealth
            active.refusedInARow = 0
            start(url, of: active, path: path, now, &batch)
            return .started
        }
        wake(active.id, at: now, anew: true)
        return nil
    }

    /// The day's budget bars the origin, or its ordinary traffic: the next day begins at midnight UTC.
    private mutating func isSpent(_ active: ActiveOrigin, _ now: Instant) -> Bool {
        guard budget.bar(origin: active.id, isHealth: false) != nil else { return false }
        active.ordinaryFrom = budget.nextDay
        counting(active) { $0.leaveOrdinary(now: now) }
        guard budget.bar(origin: active.id, isHealth: true) != nil else { return false }
        hold(active, until: budget.nextDay, now)
        return true
    }

    /// Nothing of the origin is asked before; what is leased of it need not lie in memory.
    mutating func hold(_ active: ActiveOrigin, until: Instant, _ now: Instant) {
        drop(active, now: now)
        active.heldUntil = until
    }

    mutating func drop(_ active: ActiveOrigin, now: Instant) {
        counting(active) { $0.dropLeased(now: now) }
    }

    /// Runs what changes the rows that lie in memory for the origin, and keeps their sum.
    mutating func counting<T>(_ active: ActiveOrigin, _ body: (ActiveOrigin) -> T) -> T {
        let before = active.leasedRows
        defer { leasedRows += active.leasedRows - before }
        return body(active)
    }

    // MARK: Starting

    mutating func start(
        _ url: LeasedURL, of active: ActiveOrigin, path: ArraySlice<UInt8>, role: Role = .url, isProbe: Bool = false,
        _ now: Instant, _ batch: inout FetchBatch
    ) {
        let profile = profile(of: url, active)
        let isControl = profile?.isForProof ?? false
        let route = route(to: active, of: url.id, url.health?.record, profile: profile?.number, now)
        let asking = asking(url, path, isPlain: role != .url || isControl, now)
        let extra =
            isControl
            ? nil : sitemaps.extra(for: url.id) ?? validators(of: url, at: active, role, isProbe: isProbe, now)
        let isSent = active.unasked == nil
        flights[url.id] = Flight(
            url, of: active, place: AddressPlace(isSent ? active.address : nil),
            sentTo: isSent ? active.sendsTo : nil, role: role, isControl: isControl, isUnsent: isSent && tellsSending,
            asking: asking)
        suspects.begin(url.id, now: now)
        if answerUnasked(url.id, dueAt: url.dueAt, active, now) { return }
        batch.append(
            ticket: url.id, originNumber: active.id, origin: active.key,
            path: asking?.askedAs.map { Array($0.utf8)[...] } ?? path,
            isLastOfOrigin: active.leasedCount == 0 && active.leasedHealthCount == 0 && active.nextDue == nil,
            tellsSending: tellsSending, route: route, sendsTo: active.sendsTo,
            extra: asking?.second?.cookies.map { (extra ?? FetchExtra()).with(cookies: $0) } ?? extra)
        begin(active, now)
        localLimit.started(url.id)
    }

    /// A request to the origin goes out: whatever it is for, it counts.
    mutating func begin(_ active: ActiveOrigin, _ now: Instant) {
        let unused = active.offered == active.address ? nil : active.offered
        active.offered = nil
        active.inFlight += 1
        if tellsSending { active.unsent += 1 }
        active.outstanding += 1
        inFlight += 1
        addresses.begin(at: active.address)
        budget.spend(active.id)
        lastStartAt = now
        active.isErrandTurn = true
        active.nextStart = now + gap(of: active)
        if let pace = active.health?.breaker.pace(now: now, spread: rules.health.resolveSpread) {
            active.nextStart = max(active.nextStart, now + pace)
        }
        offer(unused, now: now)
        rest(active, now: now)
    }

    /// From one request start to the next.
    private mutating func gap(of active: ActiveOrigin) -> Duration {
        Backoff.jittered(rules.gap(delay(of: active)), share: rules.jitter, using: &random)
    }

    /// The crawl delay in force: ours, or robots.txt's if that is longer.
    func delay(of active: ActiveOrigin) -> Duration { rules.delay(active.askedDelay) }

    // MARK: Addresses

    /// A request has ended: an origin that waits for its place may have it.
    mutating func end(at place: AddressPlace, now: Instant) {
        addresses.end(at: place)
        offer(place.address, now: now)
        offer(place.held, now: now)
    }

    mutating func offer(_ address: AddressKey?, now: Instant) {
        while let next = addresses.nextWaiting(at: address) {
            guard let waiting = activeOrigin(next), waiting.offered == nil else { continue }
            noteWait(waiting, work: waiting.nextWork(now), now)
            guard waiting.address == address else {
                wake(next, at: now)  // it has moved meanwhile, and may have to wait elsewhere
                continue
            }
            waiting.offered = address
            return wake(next, at: now)
        }
    }

    /// An origin that did not use the place it was offered leaves it to the next one.
    mutating func passOn(_ active: ActiveOrigin, now: Instant) {
        let unused = active.offered
        active.offered = nil
        offer(unused, now: now)
        rest(active, now: now)
    }
}

extension SchedulerRules {
    /// The crawl delay of an origin whose robots.txt asks for `asked`.
    func delay(_ asked: Duration?) -> Duration {
        guard robots.obeys, let asked else { return crawlDelay }
        return max(crawlDelay, min(asked, robots.maxCrawlDelay))
    }

    /// What has to lie between two starts for `delay` to be kept; zero stays zero.
    func gap(_ delay: Duration) -> Duration {
        guard delay > .zero else { return .zero }
        return delay + clockGrain
    }
}

extension Array {
    /// The part of the range that exists.
    subscript(clamped range: Range<Int>) -> ArraySlice<Element> { self[range.clamped(to: indices)] }
}
