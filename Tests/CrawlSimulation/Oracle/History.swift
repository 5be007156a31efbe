import CrawlCore

/// What has happened so far, as origins and receivers of alerts can know it. The invariants read it.
struct History: Sendable {
    let plan: WorldPlan
    /// Steady time.
    var now: Int64 = 0
    /// As the daemon's clock has it, at the last rest.
    var wall = Instant(ms: 0)
    var timeline = 0
    var life = 0
    /// Of each URL since its last good one, oldest first.
    private(set) var answers: [Target: [Answer]] = [:]
    private(set) var lastGood: [Target: Answer] = [:]
    private(set) var episodes: [String: Episode] = [:]
    /// Numbers of the open ones, by origin.
    private(set) var openOf: [Int: [String]] = [:]
    private(set) var domains: [Domain]
    /// The last HTTP answer of any origin, the start, or the last time the clock was set.
    private(set) var lastHTTPAt = Int64.min
    private(set) var jumpedAt = Int64.min
    /// When an incident of the origin was last closed.
    private(set) var lastClosed: [Int: Int64] = [:]
    private(set) var softBlocks = SoftBlocks()
    /// Origins at which an operator was at work: what their requests show is not all that has happened to them.
    private(set) var handled: Set<Int> = []
    /// What the look-ups of origins' names have said, in the present life.
    var names: [Int: KnownName] = [:]
    /// Where the request of an origin is that is in flight.
    var stays: [Int: AddressStay] = [:]

    /// An origin as the guards see it; each is a registrable domain of its own.
    struct Domain: Sendable {
        /// The last request.
        var lastAskedAt = Int64.min
        /// The same, or an attempt that was none, as its name had no address.
        var lastTriedAt = Int64.min
        var inFlight = 0
        var lastHTTPAt = Int64.min
        /// Of a page.
        var lastGoodAt: Int64?
        /// The same, or to the control profile.
        var lastServedAt: Int64?
        /// First answer 5xx of the edge since the last good page, of those that say something of the domain.
        var badSince: Int64?
        /// The last one, whether it was a look or not.
        var lastBadAt: Int64?
        /// First answer of any bad kind since the last good page.
        var failingSince: Int64?
        /// The last request that ended without any HTTP answer.
        var lastSilenceAt: Int64?
        /// The same, and it says something of the domain, whatever was a look and whatever was not.
        var lastSureSilenceAt: Int64?
        /// First failing answer of each page since the origin's last good page.
        var firstFailures: [Int: Int64] = [:]
        var failuresSinceGood = 0
        var blockedUntil = Int64.min
        /// When storms and offline periods over it were over: no window goes on from before.
        var guardEnds: [Instant] = []
        /// The last answer that came while a guard was over it.
        var guardedAt: Int64?
        var isCrowded = false
        /// Its URLs failed together, some still do, and none was good since.
        var wasTripped = false
    }

    init(plan: WorldPlan) {
        self.plan = plan
        domains = plan.origins.map { _ in Domain() }
    }

    // MARK: What happens

    mutating func note(_ asked: Asked) {
        domains[asked.target.origin].lastTriedAt = max(asked.steady, now)
        domains[asked.target.origin].inFlight += 1
        guard !asked.isUnsent else { return }
        domains[asked.target.origin].lastAskedAt = asked.steady
        noteStay(asked)
    }

    mutating func note(_ answer: Answer) {
        let target = answer.asked.target
        let origin = target.origin
        stays[origin] = nil
        // What the control profile is given as robots.txt are the site's rules.
        if answer.asked.isProof, target.page != nil || answer.nature != .good { return note(proof: answer) }
        softBlocks.note(own: answer, after: answers[target]?.last)
        var answer = answer
        answer.mayBeLook = isTripped(origin)
        domains[origin].wasTripped = answer.mayBeLook && !openRuns(origin).isEmpty
        let failing = openRuns(origin).count
        if failing >= RulesText.slots { domains[origin].isCrowded = true }
        if failing == 0 { domains[origin].isCrowded = false }
        answer.mayWait = domains[origin].isCrowded
        answer.isGuarded = isGuarded(origin)
        if answer.isGuarded { domains[origin].guardedAt = answer.steady }
        // A 412 is no answer of the page's, nor of its origin's, and it is asked again at once.
        if answer.fault == .preconditionFailed {
            domains[origin].inFlight -= 1
            noteHTTP(answer)
            lastGood[target] = nil
            answers[target] = nil
            return
        }
        noteEpisodes(answer)
        domains[origin].inFlight -= 1
        noteHTTP(answer)
        if answer.nature == .good {
            lastGood[target] = answer
            answers[target] = nil
            guard target.page != nil else { return }
            domains[origin].lastGoodAt = answer.steady
            domains[origin].lastServedAt = answer.steady
            domains[origin].badSince = nil
            domains[origin].failingSince = nil
            domains[origin].firstFailures = [:]
            domains[origin].failuresSinceGood = 0
            domains[origin].wasTripped = false
            return
        }
        settle(target, by: answer)
        answers[target, default: []].append(answer)
        if case .throttled(let wait) = answer.nature {
            domains[origin].blockedUntil = max(domains[origin].blockedUntil, answer.steady + wait.ms)
        }
        guard answer.nature.isBad else { return }
        noteRelapse(target)
        domains[origin].failuresSinceGood += 1
        if let page = target.page, domains[origin].firstFailures[page] == nil {
            domains[origin].firstFailures[page] = answer.steady
        }
    }

    /// Of an answer to a request with validators the next plain one decides: of the same kind, it counts; of another, it
    /// never was.
    private mutating func settle(_ target: Target, by answer: Answer) {
        guard answer.nature.isBad, let list = answers[target] else { return }
        let bad = list.indices.filter { list[$0].nature.isBad }
        guard bad.count == 1, list[bad[0]].isHeldBack else {
            // Only a streak's first request is conditional: what came before was not recorded.
            if answer.isHeldBack { answers[target] = nil }
            return
        }
        if answer.isHeldBack || list[bad[0]].nature != answer.nature {
            answers[target] = nil
        } else if answer.mayWait {
            answers[target]?[bad[0]].mayWait = true
        }
    }

    /// No answer of the URL's own; of its domain it is.
    private mutating func note(proof answer: Answer) {
        let target = answer.asked.target
        domains[target.origin].inFlight -= 1
        noteHTTP(answer)
        softBlocks.note(control: answer, after: answers[target]?.last)
        if answer.nature == .good {
            domains[target.origin].lastServedAt = answer.steady
            domains[target.origin].badSince = nil
            domains[target.origin].failingSince = nil
        }
        if case .throttled(let wait) = answer.nature {
            domains[target.origin].blockedUntil = max(domains[target.origin].blockedUntil, answer.steady + wait.ms)
        }
    }

    /// What was asked as we ask is over; where the control profile asks from now on, its answers begin anew.
    mutating func softBlocked(_ block: SoftBlocks.Block, _ incident: String) {
        softBlocks.note(block, incident, isSwitched: plan.softBlocks == .switch)
        guard plan.softBlocks == .switch else { return }
        for target in answers.keys where block.covers(target) {
            answers[target] = nil
            lastGood[target] = nil
        }
        if block.isWhole { domains[block.target.origin].firstFailures = [:] }
    }

    /// An hour of a run that began within `resolve_hold` of a resolve goes on with the incident, and nothing is told of
    /// it: its window may have been restarted since.
    private mutating func noteRelapse(_ target: Target) {
        guard !isCovered(target), window(target)?.isHour ?? false else { return }
        let relapsed = episodes.values.filter { episode in
            guard let closed = episode.closedAt, episode.target?.origin == target.origin else { return false }
            return (episode.scope == .origin || episode.target == target) && hasFailed(target, soonAfter: closed)
        }
        for episode in relapsed {
            episodes[episode.id]?.closedAt = nil
            episodes[episode.id]?.mayHaveRelapsed = true
            if episode.scope == .origin, target.page != nil {
                // As that page's, until it shows as its origin's again.
                episodes[episode.id]?.scope = .url
                episodes[episode.id]?.target = target
                episodes[episode.id]?.isByRobots = false
            }
            openOf[target.origin, default: []].append(episode.id)
        }
    }

    /// Within `resolve_hold`, and not good since.
    func hasFailed(_ target: Target, soonAfter closed: Int64) -> Bool {
        (answers[target] ?? []).contains {
            $0.nature.isBad && $0.steady >= closed && $0.steady <= closed + RulesText.resolveHold
        }
    }

    private mutating func noteEpisodes(_ answer: Answer) {
        let target = answer.asked.target
        for id in openOf[target.origin] ?? [] {
            guard let episode = episodes[id], episode.covers(target), episode.isByRobots == (target.page == nil) else {
                continue
            }
            if answer.nature == .good { episodes[id]?.good += 1 } else if answer.nature.isBad { episodes[id]?.good = 0 }
            guard episode.scope == .origin else { continue }
            if answer.nature == .good {
                episodes[id]?.wasGood = true
            } else if answer.nature.isBad, episodes[id]?.wasGood ?? false {
                episodes[id]?.mayBeNarrow = true
            }
        }
    }

    /// A page that failed when another of its domain was good says nothing of the domain; a robots.txt always does.
    /// `isSure`: what may have been a look, which is no failure of the page's, is taken for one.
    private func isNews(_ target: Target, isSure: Bool) -> Bool {
        let list = answers[target] ?? []
        guard target.page != nil, let good = domains[target.origin].lastGoodAt,
            let first = list.first(where: { $0.nature.isBad && (isSure || !$0.mayBeLook) })
        else { return true }
        return first.steady >= good
    }

    private mutating func noteHTTP(_ answer: Answer) {
        let origin = answer.asked.target.origin
        let isNews = isNews(answer.asked.target, isSure: false)
        if isNews, answer.nature.isBad { domains[origin].failingSince = domains[origin].failingSince ?? answer.steady }
        // Nobody was asked.
        if answer.fault == .noSocket { return }
        guard answer.fault.isHTTP else {
            if isNews { domains[origin].lastSilenceAt = answer.steady }
            // Where an operator was at work, what failed before is forgotten here, and may be known there.
            if isNews, !handled.contains(origin), self.isNews(answer.asked.target, isSure: true) {
                domains[origin].lastSureSilenceAt = answer.steady
            }
            return
        }
        lastHTTPAt = answer.steady
        domains[origin].lastHTTPAt = answer.steady
        guard answer.fault.isServerError, plan.origins[origin].isBehindEdge else { return }
        domains[origin].lastBadAt = answer.steady
        guard isNews else { return }
        domains[origin].badSince = domains[origin].badSince ?? answer.steady
    }

    /// The process is gone: what was in flight is never recorded, and what came last may not be.
    mutating func killed() {
        for origin in domains.indices { domains[origin].inFlight = 0 }
        forgetNames()
        for target in answers.keys {
            guard var list = answers[target], let last = list.last, last.steady > now - RulesText.slack else {
                continue
            }
            for index in list.indices where list[index].steady > now - RulesText.slack {
                list[index].isUncertain = true
            }
            answers[target] = list
        }
        for (target, good) in lastGood where good.steady > now - RulesText.slack {
            lastGood[target]?.isUncertain = true
        }
        life += 1
    }

    /// The wall clock was set: what was seen before says nothing of how long it lasted.
    mutating func jumped() {
        timeline += 1
        lastHTTPAt = now
        jumpedAt = now
        stays = [:]
    }

    /// Nobody who was not asked has been silent: that we are offline shows after a window of asking.
    mutating func started() {
        lastHTTPAt = now
        forgetNames()
    }

    /// An operator removes, revives or enqueues URLs of the origin: what was seen of them may be forgotten.
    mutating func hand(at origin: Int) {
        handled.insert(origin)
        for target in answers.keys where target.origin == origin { answers[target] = nil }
        for target in lastGood.keys where target.origin == origin { lastGood[target] = nil }
    }

    mutating func open(_ episode: Episode) {
        episodes[episode.id] = episode
        openOf[episode.target?.origin ?? -1, default: []].append(episode.id)
        if episode.isGuard { guardLatest() }
    }

    /// A guard is on from the answer that opened it, and its alert comes with the commit.
    private mutating func guardLatest() {
        for (target, list) in answers where isGuarded(target.origin) {
            for index in list.indices where list[index].steady > now - RulesText.slack {
                answers[target]?[index].isGuarded = true
            }
        }
    }

    /// A URL's has become its origin's; nil = it is not known.
    mutating func widen(_ id: String, isByRobots: Bool) -> Episode? {
        guard var episode = episodes[id], let origin = episode.target?.origin else { return nil }
        episode.scope = .origin
        episode.isWidened = true
        episode.target = Target(origin: origin, page: nil)
        episode.isByRobots = isByRobots
        episode.good = 0
        episode.wasGood = false
        episode.mayBeNarrow = false
        episodes[id] = episode
        return episode
    }

    /// `at`: when it ended by its own account.
    mutating func close(_ id: String, at: Instant) {
        guard let episode = episodes[id] else { return }
        if episode.isGuard {
            for origin in domains.indices where episode.scope == .offline || plan.origins[origin].isBehindEdge {
                domains[origin].guardEnds.append(at)
            }
        }
        episodes[id]?.closedAt = now
        openOf[episode.target?.origin ?? -1]?.removeAll { $0 == id }
        if let origin = episode.target?.origin { lastClosed[origin] = now }
    }

    // MARK: What follows

    func window(_ target: Target, withUncertain: Bool = true) -> HourWindow? {
        HourWindow(
            answers[target] ?? [], breaks: domains[target.origin].guardEnds, withUncertain: withUncertain)
    }

    /// Origins of which URLs have open incidents of their own, and these.
    var openURLs: [(origin: Int, incidents: [String])] {
        openOf.compactMap { origin, ids in
            let own = ids.filter { episodes[$0]?.scope == .url }
            return origin < 0 || own.isEmpty ? nil : (origin, own.sorted())
        }
        .sorted { $0.origin < $1.origin }
    }

    func open(at origin: Int) -> [Episode] { (openOf[origin] ?? []).compactMap { episodes[$0] } }
    func open(_ scope: Episode.Scope, at origin: Int) -> [Episode] { open(at: origin).filter { $0.scope == scope } }
    func isCovered(_ target: Target) -> Bool { open(at: target.origin).contains { $0.covers(target) } }

    /// A guard is on that bears on the origin.
    func isGuarded(_ origin: Int) -> Bool {
        open(at: -1).contains { $0.scope == .offline || $0.scope == .edge && plan.origins[origin].isBehindEdge }
    }

    /// Pages of the origin whose last observation is of a class that the hour counts, by class.
    func openRuns(_ origin: Int) -> [Target: Answer] {
        var runs: [Target: Answer] = [:]
        for page in 0..<plan.origins[origin].pages {
            let target = Target(origin: origin, page: page)
            guard !softBlocks.isParked(target),
                let last = answers[target]?.last(where: { !$0.nature.isNeutral }), case .failing = last.nature
            else { continue }
            runs[target] = last
        }
        return runs
    }

    /// Three distinct URLs have an open run of one class, or one that is marked and another, and none was good since: two
    /// URLs of the origin may be asked out of turn, until one is good or none fails any more, whatever class the others
    /// turn to.
    func isTripped(_ origin: Int) -> Bool {
        if domains[origin].wasTripped { return true }
        let marked = open(.url, at: origin)
        let parked = softBlocks.parkedPages(of: origin)
        let pages = Set(marked.compactMap(\.target?.page)).union(parked.keys)
        let runs = openRuns(origin).filter { $0.key.page.map { !pages.contains($0) } ?? false }
        let isOfOneClass = Dictionary(grouping: runs.values, by: \.nature).contains { nature, runs in
            let same =
                marked.count { nature == .failing($0.cause) } + parked.values.count { nature == .failing($0) }
            return runs.count + 2 * same >= RulesText.trip
        }
        let failing = domains[origin].firstFailures.keys.reduce(0) { $0 + (pages.contains($1) ? 2 : 1) }
        return isOfOneClass && failing >= RulesText.trip
    }
}
