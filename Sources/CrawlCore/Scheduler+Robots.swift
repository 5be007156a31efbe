/// A request for a robots.txt, from its start to the commit of what it leads to.
struct RobotsFlight {
    var errand: RobotsErrand
    /// The origin that is asked: another one after a redirect. nil = between an answer and the next hop.
    var asked: ActiveOrigin?
    /// Where the request is counted.
    var address: AddressKey?
    /// What was known when it was sent: the cache may have forgotten it since.
    var known: OriginRobots?
    /// What the last answer has to know of the guards.
    var cover = GuardCover()
    /// Counted in `ActiveOrigin.unsent`.
    var isUnsent = false
    /// The server asked to be left alone.
    var block: (origin: Int64, block: OriginBlock)?
    /// What the origin's record was changed to since by hand: the answer no longer counts.
    var isVoid = false
    /// The answer is known and waits for its commit.
    var isJudged = false
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
            return isAsked ? .stop : .need(.lease(request(active, now)))  // it comes with the URLs
        }
        // Without work nothing is asked, unless the origin is held: then robots.txt decides when that ends.
        let isRecheck = active.recheckAt.map { $0 <= now } ?? false
        guard active.hasOrdinary(now) || active.hasHealth(now) || known.hold(now) != nil || isRecheck else {
            return .go
        }
        switch known.step(now) {
        case .go:
            if isRecheck { active.recheckAt = now + .seconds(3600) }
            return .go
        case .refresh where isAsked:
            if isRecheck { active.recheckAt = nil }  // the answer sets it
            return .go
        case .fetch where isAsked: return .stop
        case .refresh, .fetch:
            guard !active.key.isEmpty else { return .need(.lease(request(active, now))) }
            start(RobotsErrand(origin: active.id, path: Array("/robots.txt".utf8), hops: 0), at: active, now, &batch)
            return .need(.started)
        case .wait(let until):
            hold(active, until: until, now)
            rest(active, now: now)
            return .stop
        }
    }

    mutating func start(_ errand: RobotsErrand, at active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) {
        let known = robotsFlights[errand.origin]?.known ?? robots.peek(errand.origin)
        robotsFlights[errand.origin] = RobotsFlight(
            errand: errand, asked: active, address: active.address, known: known, isUnsent: tellsSending)
        batch.append(
            ticket: URLKey.robots(of: errand.origin), originNumber: active.id, origin: active.key, path: errand.path,
            isLastOfOrigin: false, tellsSending: tellsSending, extra: Self.robotsExtra)
        begin(active, now)
    }

    private static let robotsExtra = FetchExtra(body: .memory(limit: RobotsSettings.bodyLimit))

    /// What the store knows of an origin's robots.txt has come with its URLs.
    mutating func learn(_ known: OriginRobots, of active: ActiveOrigin) {
        guard robotsFlights[active.id] == nil else { return }
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

    /// The request for a robots.txt has ended: its place is free. True if a redirect of it may be followed.
    package mutating func robotsAnswered(_ result: FetchResult, _ classification: Classification, now: Instant) -> Bool
    {
        let origin = URLKey.origin(of: result.ticket)
        guard var flight = robotsFlights[origin], let active = flight.asked else { return false }
        flight.asked = nil
        if flight.isUnsent { active.unsent -= 1 }
        flight.isUnsent = false
        active.outstanding -= 1
        flight.block = ended(result, classification, at: active, address: flight.address, now: now)
            .map { (active.id, $0) }
        let known = robots.peek(origin) ?? flight.known
        flight.cover = guarded(
            result, classification, at: active, failingSince: known?.health?.streakSince, now: now)
        robotsFlights[origin] = flight
        rest(active, now: now)
        return (300..<400).contains(result.status) && classification.outcome == .redirected
            && flight.errand.hops < RobotsSettings.redirectLimit
    }

    /// The next hop of a redirected robots.txt: `host` is the number of the origin that it leads to.
    package mutating func followRobots(of origin: Int64, host: Int64, key: [UInt8], path: [UInt8], now: Instant) {
        guard let flight = robotsFlights[origin], flight.asked == nil, !flight.isJudged else { return }
        let active = activate(host)
        active.key = key
        active.errands.append(
            RobotsErrand(
                origin: origin, path: path, hops: flight.errand.hops + 1,
                foundAt: String(decoding: key + path, as: UTF8.self)))
        rest(active, now: now)
    }

    /// What the last answer for an origin's robots.txt leads to; nil = nothing: it was changed by hand meanwhile.
    package mutating func judgeRobots(
        _ result: FetchResult, _ classification: Classification, now: Instant
    ) -> RobotsChange? {
        let origin = URLKey.origin(of: result.ticket)
        guard let flight = robotsFlights[origin], flight.asked == nil, !flight.isJudged else { return nil }
        let owner = activate(origin)
        var known = robots.peek(origin) ?? flight.known ?? OriginRobots()
        if flight.isVoid {
            robotsFlights[origin] = nil
            robots.remove(origin)
            rest(owner, now: now)
            return nil
        }
        robotsFlights[origin]?.isJudged = true
        let body = Self.wholeLines(result)
        let answer = answer(
            result, classification, body, blockedUntil: flight.block?.block.until,
            hasCopy: known.isCopyUsable(result.completedAt))
        let isAnswer = if case .failure = answer { false } else { true }
        let observation = Observation(
            classification: isAnswer ? Classification(.success) : classification, startedAt: result.startedAt,
            completedAt: result.completedAt, timeline: timeline, cover: flight.cover)
        let (event, incident) = known.note(
            answer, observation, machine: machine, blockedUntil: flight.block?.block.until, using: &random)
        robots.set(known, for: origin)
        owner.askedDelay = known.rules.crawlDelay
        // What it has just said about the gap holds for the gap behind it already.
        owner.nextStart = max(owner.nextStart, result.sentAt + rules.gap(delay(of: owner)))
        owner.heldUntil = Instant(ms: .min)
        noteRecheck(owner)
        rest(owner, now: now)
        var change = RobotsChange(
            origin: origin, version: known.version, at: result.completedAt, outcome: classification.outcome,
            status: result.status)
        if isAnswer, let expiresAt = known.expiresAt {
            let text = if case .rules = answer { body } else { [UInt8]() }
            change.copy = RobotsChange.Copy(text: text, expiresAt: expiresAt, foundAt: flight.errand.foundAt)
        }
        change.hold = known.hold(now)
        change.health = known.health.map(HealthBox.init)
        change.dueAt = known.dueAt
        change.block = flight.block
        change.event = event
        change.incident = incident
        return change
    }

    /// The body of a robots.txt. One that our limit cut ends with its last whole line: half a line says something else.
    private static func wholeLines(_ result: FetchResult) -> [UInt8] {
        let body = result.details?.body ?? []
        guard result.flags.contains(.bodyOverLimit) else { return body }
        let end = body.lastIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? 0
        return Array(body.prefix(end))
    }

    private func answer(
        _ result: FetchResult, _ classification: Classification, _ body: [UInt8], blockedUntil: Instant?, hasCopy: Bool
    ) -> OriginRobots.Answer {
        let lifetime = rules.robots.lifetime(cacheControl: result.details?.cacheControl)
        let isSuccess = (200..<300).contains(result.status)
        switch classification.outcome {
        case .success where isSuccess, .tooLarge where isSuccess:
            return .rules(RobotsRules(parsing: body, productToken: rules.robots.productToken), lifetime: lifetime)
        case .refusedByPolicy, .redirected: return .none(lifetime: lifetime)
        default:
            guard (400..<500).contains(result.status), result.flags.contains(.headersComplete) else { return .failure }
            // A 429 is a 4xx, but the server has not said that there are no rules: a copy is used on, and without one
            // robots.txt is asked again soon.
            guard classification.outcome == .throttled else { return .none(lifetime: lifetime) }
            if hasCopy { return .failure }
            let wait = blockedUntil.map { $0 - result.completedAt } ?? .zero
            return .none(lifetime: max(wait, .zero) + RobotsSettings.shortest)
        }
    }

    /// When robots.txt is asked again although no URL is due: it refuses some that other rules would not.
    mutating func noteRecheck(_ active: ActiveOrigin) {
        guard active.hasRefused, rules.robots.obeys, let known = robots.peek(active.id) else {
            active.recheckAt = nil
            return
        }
        let expiresAt = known.expiresAt ?? .distantFuture
        active.recheckAt = max(expiresAt, known.dueAt ?? expiresAt)
    }

    /// The next hop of a redirect cannot be asked now: robots.txt is asked anew when it is wanted.
    package mutating func dropRobots(of origin: Int64, now: Instant) {
        guard robotsFlights[origin]?.asked == nil else { return }
        robotsFlights[origin] = nil
        if let active = activeOrigin(origin) { rest(active, now: now) }
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
