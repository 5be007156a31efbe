/// A request for a robots.txt, from its start to the commit of what it leads to.
struct RobotsFlight {
    var errand: RobotsErrand
    /// When the origin itself was asked, before all redirects.
    var startedAt: Instant
    /// When that was sent; nil = it was not, or is not known yet.
    var ownSentAt: Instant?
    /// The origin that is asked: another one after a redirect. nil = it waits for its turn there, or for an answer that
    /// others wait for too.
    var asked: ActiveOrigin?
    var place = AddressPlace()
    /// nil = libcurl finds the way.
    var sentTo: Destinations?
    /// What was known when it was sent: the cache may have forgotten it since.
    var known: OriginRobots?
    /// Counted in `ActiveOrigin.unsent`.
    var isUnsent = false
    /// Requests so far, redirects too.
    var requests = 0
    /// Repeats over HTTP/1.1.
    var repeats = 0
    /// Asked by the control profile, because ours is turned away.
    var isControl = false
    /// The origin's record was changed by hand since: the answer no longer counts.
    var isVoid = false
    /// The answer is known and waits for its commit.
    var isJudged = false

    /// An answer from before the question is no news to an origin in trouble.
    func isServed(by reply: RobotsReply) -> Bool {
        known?.health == nil || reply.result.completedAt >= startedAt
    }
}

extension Scheduler {
    enum RobotsStep {
        /// URLs may be asked.
        case go
        /// Nothing now: an answer, a commit or the heap wakes the origin.
        case stop
        case need(Need)
    }

    /// robots.txt goes before the origin's first URL, and again before it expires.
    mutating func robotsFirst(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> RobotsStep {
        guard rules.robots.obeys else { return .go }
        let isAsked = robotsFlights[active.id] != nil
        guard let known = robots.use(active.id) else {
            // It comes with the URLs; a commit that changes others' rows wakes the origin.
            return isAsked || active.rewriting > 0 ? .stop : .need(lease(request(active, now), for: active))
        }
        // Without work nothing is asked, unless the origin is held: then robots.txt decides when that ends.
        let isRecheck = active.recheckAt.map { $0 <= now } ?? false
        guard active.hasOrdinary(now) || active.hasHealth(now) || known.hold(now) != nil || isRecheck else {
            return .go
        }
        switch known.step(now) {
        case .go:
            if isRecheck { active.recheckAt = now + .seconds(3600) }
            robotsWishes[active.id] = nil  // there is a copy
            return .go
        case .refresh where isAsked:
            if isRecheck { active.recheckAt = nil }  // the answer sets it
            return .go
        case .refresh where active.isHolding:
            // Canary and scout go by the copy: they tell how the origin is, and it is not asked for more meanwhile.
            if isRecheck { active.recheckAt = now + .seconds(3600) }
            return .go
        case .fetch where isAsked: return .stop
        case .fetch where active.health?.breaker.phase == .parked:
            if isRecheck { active.recheckAt = now + .seconds(3600) }  // nobody is asked
            return .go
        case .refresh, .fetch:
            guard mayAsk(URLKey.robots(of: active.id), now) else {
                if known.step(now) == .refresh {
                    if isRecheck { active.recheckAt = now + .seconds(3600) }
                    return .go
                }
                hold(active, until: .distantFuture, now)  // its turn ends it
                rest(active, now: now)
                return .stop
            }
            // The origin's health tells as whom to ask.
            guard !active.key.isEmpty, active.health != nil || rules.softBlock.control == nil else {
                return .need(lease(request(active, now), for: active))
            }
            if askOwnRobots(active, now, &batch) { return .need(.started) }
            return known.step(now) == .refresh ? .go : .stop
        case .wait(let until):
            hold(active, until: until, now)
            rest(active, now: now)
            return .stop
        }
    }

    /// What the store knows of an origin's robots.txt has come with its URLs.
    mutating func learn(_ known: OriginRobots, of active: ActiveOrigin, now: Instant) {
        guard robotsFlights[active.id] == nil else { return }
        var known = known
        known.setBack(to: now, rules)
        robots.set(known, for: active.id)
        // After a restart the origin waits for the delay that it asked for itself.
        active.askedDelay = known.rules.crawlDelay
        guard let startedAfter, active.nextStart == earliestStart else { return }
        active.nextStart = max(active.nextStart, startedAfter + rules.gap(delay(of: active)))
    }

    /// The rule that refuses a URL before it is asked; nil = none does.
    func refusal(of path: ArraySlice<UInt8>, _ active: ActiveOrigin) -> Refusal? {
        guard rules.robots.obeys, let known = robots.peek(active.id) else { return nil }
        return known.rules.refusal(of: path, maxCrawlDelay: rules.robots.maxCrawlDelay)
    }

    // MARK: Answers

    /// What an answer leads to for its first origin; nil = nothing: it was changed by hand meanwhile.
    package mutating func judgeRobots(_ reply: RobotsReply, now: Instant) -> RobotsChange? {
        guard let origin = reply.origins.first, let flight = robotsFlights[origin], flight.asked == nil,
            !flight.isJudged
        else { return nil }
        let owner = activate(origin)
        let at = reply.result.completedAt
        var known = robots.peek(origin) ?? flight.known ?? OriginRobots()
        var change = RobotsChange(
            origin: origin, version: known.version, at: at, outcome: reply.classification.outcome,
            status: reply.result.status)
        change.fault = reply.fault
        // What met a limit of our own machine is no answer: it is still wished.
        change.wasWished = !reply.result.metLocalLimit && robotsWishes.removeValue(forKey: origin) != nil
        change.block = reply.block
        change.requests = flight.requests
        change.repeats = flight.repeats
        robotsFlights[origin]?.isJudged = true
        if flight.isVoid {
            change.isVoid = true  // it was sent all the same
            return change
        }
        if reply.classification.kind == .good { suspects.clear(URLKey.robots(of: origin)) }
        let answer = answer(reply, known, at)
        let isAnswer = if case .failure = answer { false } else { true }
        let isControlInVain = flight.isControl && !isAnswer
        var observation = Observation(
            classification: isAnswer ? Classification(.success) : reply.classification,
            startedAt: reply.result.startedAt, completedAt: at, timeline: timeline, cover: reply.cover)
        observation.wish = isAnswer ? nil : wish(reply.classification)
        observation.isUnasked = reply.result.metLocalLimit
        if isControlInVain {
            known.noteControlFailed(observation, machine: machine, blockedUntil: reply.blockedUntil, using: &random)
            change.incident = known.health?.mark?.incident
        } else {
            (change.event, change.incident) = known.note(
                answer, observation, machine: machine, blockedUntil: reply.blockedUntil, using: &random)
        }
        if wantsControl(known, owner) { known.dueAt = at }
        robots.set(known, for: origin)
        note(
            known, of: owner, sentAt: flight.ownSentAt ?? (reply.result.isUnresolved ? nil : reply.result.sentAt),
            now: now)
        if isAnswer, let expiresAt = known.expiresAt {
            change.copy = RobotsChange.Copy(
                text: reply.text, expiresAt: expiresAt, foundAt: flight.errand.foundAt)
            change.copy?.isCut = known.isCut
        }
        change.hold = known.hold(now)
        change.health = known.health.map(HealthBox.init)
        change.dueAt = known.dueAt
        if change.event == .marked {
            change.savedRate = SavedRate(probes: rules.health, delay: delay(of: owner))
            change.challenger = known.health?.run?.isOnlyChallenges ?? false ? Edge(challenging: reply.result) : nil
        }
        return change
    }

    /// What robots.txt has just said about the gap holds for the gap behind the request for it already.
    private mutating func note(_ known: OriginRobots, of owner: ActiveOrigin, sentAt: Instant?, now: Instant) {
        owner.askedDelay = known.rules.crawlDelay
        if let sentAt { owner.nextStart = max(owner.nextStart, sentAt + rules.gap(delay(of: owner))) }
        owner.heldUntil = Instant(ms: .min)
        noteRecheck(owner)
        rest(owner, now: now)
        // Its connection stands: a page that may be asked at once goes before origins that have none.
        if known.health == nil, owner.readyAt <= now, owner.nextWork(now) ?? .distantFuture <= now {
            wakeFirst(owner.id)
        }
    }

    private func answer(_ reply: RobotsReply, _ known: OriginRobots, _ at: Instant) -> OriginRobots.Answer {
        let result = reply.result
        let lifetime = rules.robots.lifetime(cacheControl: result.details?.cacheControl)
        switch reply.fault {
        case .challenge where rules.robots.challenge == .allow && result.status < 500: return .none(lifetime: lifetime)
        case .challenge, .unreadable, .partial: return .failure(reply.failure)
        case .cut:
            guard let new = reply.rules, !known.isWholeCopyUsable(at) else { return .failure(reply.failure) }
            return .cut(new)
        case nil: break
        }
        if let new = reply.rules { return .rules(new, lifetime: lifetime) }
        switch reply.classification.outcome {
        case .refusedByPolicy, .redirected: return .none(lifetime: lifetime)
        default:
            guard (400..<500).contains(result.status), result.flags.contains(.headersComplete),
                reply.classification.kind != .failing
            else { return .failure(reply.failure) }
            // A 429 is a 4xx, but the server has not said that there are no rules: a copy is used on, and without one
            // robots.txt is asked again soon.
            guard reply.classification.outcome == .throttled else { return .none(lifetime: lifetime) }
            if known.isCopyUsable(at) { return .failure(reply.failure) }
            let wait = reply.blockedUntil.map { $0 - result.completedAt } ?? .zero
            return .none(lifetime: max(wait, .zero) + RobotsSettings.shortest)
        }
    }

    /// The origin's robots.txt is wanted although no URL of it may be due: it is asked when the origin's turn comes, by
    /// its delay and its budget, and once. `RobotsChange.wasWished` tells of the answer. False = it will not be asked.
    package mutating func wishRobots(of origin: Int64, now: Instant) -> Bool {
        guard rules.robots.obeys else { return false }
        robotsWishes[origin] = now
        if let active = activeOrigin(origin) {
            active.recheckAt = now
            rest(active, now: now)
        } else {
            wake(origin, at: max(now, earliestStart))
        }
        return true
    }

    /// When robots.txt is asked again although no URL is due: it refuses some that other rules would not, or it holds
    /// the origin and only its answer ends that.
    func noteRecheck(_ active: ActiveOrigin) {
        active.recheckAt = robotsWishes[active.id]
        guard rules.robots.obeys, let known = robots.peek(active.id), active.recheckAt == nil else { return }
        if known.isHolding {
            guard active.hasRefused || active.nextDue != nil || active.leasedCount > 0 else { return }
            active.recheckAt = known.dueAt.flatMap { $0 < .distantFuture ? $0 : nil }
        } else if active.hasRefused {
            let expiresAt = known.expiresAt ?? .distantFuture
            active.recheckAt = max(expiresAt, known.dueAt ?? expiresAt)
        }
    }

    /// What answers for robots.txt led to is in the store.
    package mutating func committed(_ changes: [RobotsChange], now: Instant) {
        for change in changes {
            let isVoid = robotsFlights.removeValue(forKey: change.origin)?.isVoid ?? false
            if isVoid { robots.remove(change.origin) }
            if let active = activeOrigin(change.origin) { rest(active, now: now) }
        }
    }
}

extension RobotsRules {
    /// The rule that refuses a path, or all of the origin; nil = it may be asked.
    package func refusal(of path: ArraySlice<UInt8>, maxCrawlDelay: Duration) -> Refusal? {
        if let crawlDelay, crawlDelay > maxCrawlDelay {
            return Refusal(.crawlDelay, "robots.txt asks for \(crawlDelay), allowed are \(maxCrawlDelay)")
        }
        switch path.withUnsafeBufferPointer({ verdict(path: $0) }) {
        case .allowed: return nil
        case .disallowed(let line, let text): return Refusal(.robots, "line \(line): \(text)")
        }
    }
}
