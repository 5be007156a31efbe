/// A page that a guard wants asked, due or not, on its way from the store to its start.
struct GuardProbe {
    var url: LeasedURL
    var path: [UInt8]
}

/// Storms and being offline, as far as requests go: who is held, and who is asked meanwhile.
///
/// While we are offline the heap of origins is left alone and only probes are sent. In a storm an origin is held when
/// its turn comes and its domain is a member; it comes back when the domain is seen good, or the storm is over.
extension Scheduler {
    func domain(of active: ActiveOrigin) -> UInt64 {
        if let domain = active.domain { return domain }
        let domain = domainKey(active.key)
        active.domain = domain
        return domain
    }

    /// What the answer says of the domain, and what the domain's troubles mean for the answer.
    mutating func guarded(
        _ result: FetchResult, _ classification: Classification, at active: ActiveOrigin, failingSince: Instant?,
        now: Instant
    ) -> GuardCover {
        let domain = domain(of: active)
        let isRobots = URLKey.isRobots(result.ticket)
        let edge = result.flags.contains(.headersComplete) ? Edge(result) : nil
        guard let kind = DomainAnswer.kind(result, classification, isRobots: isRobots) else {
            return guards.cover(domain, edge)
        }
        let answer = DomainAnswer(
            domain: domain, kind: kind, edge: edge, origin: active.id, url: isRobots ? 0 : result.ticket,
            failingSince: failingSince, at: result.completedAt, ray: classification.evidence?.cfRay,
            colo: classification.evidence?.colo)
        // Before and after: an answer that begins or ends a period is part of it.
        let before = guards.cover(domain, edge)
        guards.note(answer, using: &random)
        release(now: now)
        var cover = guards.cover(domain, edge)
        cover.mayMark = cover.mayMark && before.mayMark
        return cover
    }

    // MARK: Holding

    /// The origin's turn passes: a storm is over its domain.
    mutating func isHeldByStorm(_ active: ActiveOrigin, _ now: Instant) -> Bool {
        guard guards.hasStorm, !active.key.isEmpty else { return false }
        let domain = domain(of: active)
        guard let storm = guards.storm(over: domain) else { return false }
        drop(active, now: now)
        active.stormUntil = guards.latestEnd(of: storm)
        stormHeld[domain, default: []].insert(active.id)
        return true
    }

    /// Lets go of what no storm is over any more.
    private mutating func release(now: Instant) {
        let released = guards.takeReleased()
        guard !stormHeld.isEmpty else { return }
        for domain in released.all ? Array(stormHeld.keys) : released.domains {
            guard guards.storm(over: domain) == nil, let origins = stormHeld.removeValue(forKey: domain) else {
                continue
            }
            for origin in origins.sorted() {
                guard let active = activeOrigin(origin) else { continue }
                active.stormUntil = Instant(ms: .min)
                rest(active, now: now)
            }
        }
    }

    /// Why the guards keep an origin from being asked; nil = they do not.
    func guardWait(of origin: Int64) -> OriginWait? {
        if let period = guards.offline.period { return .offline(since: period.began) }
        guard guards.hasStorm, let domain = activeOrigin(origin)?.domain, let storm = guards.storm(over: domain),
            case .storm(let edge) = storm.subject
        else { return nil }
        return .storm(edge, since: storm.began, until: guards.latestEnd(of: storm))
    }

    // MARK: Probes

    /// What the guards have to do before any origin gets its turn; nil = nothing now.
    mutating func guardStep(_ now: Instant, _ batch: inout FetchBatch) -> Need? {
        guard guards.nextStepAt.map({ $0 <= now }) ?? false || guardProbe != nil else { return nil }
        guards.step(now: now, using: &random)
        release(now: now)
        if let probe = guardProbe {
            guard !isNamed(probe, now) else { return nil }
            guardProbe = nil
            if start(probe, now, &batch) {
                guards.noteStarted(now: now)
                return .started
            }
        }
        guard !isLeasingApart else { return nil }  // its lease wakes it
        let targets = guards.targets(now: now)
        guard inFlight < rules.maxInFlight else { return nil }
        guard let target = targets.first(where: { isReady($0.url, now) }) else {
            guards.noteNoneAsked(now: now)
            return nil
        }
        guards.noteAsked(target, now: now)
        let origin = URLKey.origin(of: target.url)
        var request = LeaseRequest(
            origin: origin, now: now, limit: 0, healthLimit: 0,
            wantsRobots: rules.robots.obeys && robots.peek(origin) == nil, probe: target.url)
        let active = activate(origin)
        request.wantsHealth = active.health == nil
        return lease(request, for: active)
    }

    /// A request may go out to the URL's origin now, as far as politeness and budgets go.
    private func isReady(_ url: Int64, _ now: Instant) -> Bool {
        let origin = URLKey.origin(of: url)
        guard !isOutstanding(url), !suspects.isSuspect(url), !suspects.isSuspect(URLKey.robots(of: origin)),
            robotsFlights[origin] == nil, budget.bar(origin: origin, isHealth: true) == nil
        else { return false }
        guard let active = activeOrigin(origin) else { return earliestStart <= now }
        return active.leasing == nil && active.inFlight < quarantine.room(active.id, now, most: rules.perOriginInFlight)
            && active.unsent == 0
            && active.rewriting == 0
            && active.politeAt <= now
            && addresses.hasRoom(at: active.address)
    }

    /// The answer to a lease that a probe wanted.
    mutating func leasedProbe(_ lease: Lease, for request: LeaseRequest, now: Instant) {
        let active = activate(request.origin)
        defer { rest(active, now: now) }
        guard !lease.originKey.isEmpty else { return }
        guard let url = lease.probe else {
            guards.noteGone(domainKey(lease.originKey))
            return release(now: now)
        }
        active.key = lease.originKey
        if request.wantsRobots { learn(lease.robots ?? OriginRobots(), of: active, now: now) }
        if request.wantsHealth { active.health = lease.originHealth ?? OriginHealth() }
        guardProbe = GuardProbe(
            url: url, path: Array(lease.arena[clamped: url.pathOffset..<(url.pathOffset + url.pathLength)]))
    }

    /// Its origin's name has to be looked up first.
    private mutating func isNamed(_ probe: GuardProbe, _ now: Instant) -> Bool {
        guard isReady(probe.url.id, now) else { return false }
        isProbeNaming = nameFirst(activate(URLKey.origin(of: probe.url.id)), now) == .wait
        return isProbeNaming
    }

    /// Where URLs have to wait for robots.txt, that is asked in their place. False if neither may be asked.
    private mutating func start(_ probe: GuardProbe, _ now: Instant, _ batch: inout FetchBatch) -> Bool {
        let origin = URLKey.origin(of: probe.url.id)
        guard isReady(probe.url.id, now) else { return false }
        let active = activate(origin)
        guard !active.key.isEmpty else { return false }
        if rules.robots.obeys {
            guard let known = robots.peek(origin) else { return false }
            if known.hold(now) != nil || known.copyAt == nil {
                start(RobotsErrand(origin: origin, path: Array("/robots.txt".utf8), hops: 0), at: active, now, &batch)
                return true
            }
            guard refusal(of: probe.path[...], active) == nil else { return false }
        }
        drop(active, now: now)  // it may be among what is leased, and would be asked once more
        start(probe.url, of: active, path: probe.path[...], isProbe: true, now, &batch)
        return true
    }

    // MARK: The store

    /// A period has begun or ended, and the store has to be told.
    package var hasGuardPeriods: Bool { guards.hasPeriods }

    package mutating func takeGuardChanges() -> GuardChanges { guards.takeChanges() }

    package mutating func guardStatus(now: Instant) -> GuardStatus { guards.status(now: now) }
}
