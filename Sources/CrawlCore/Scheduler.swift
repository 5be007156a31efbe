import DequeModule
import HeapModule

/// Decides which origin and which URL is asked next, and what each answer leads to. Pure but for its own memory: the
/// caller passes the time, does the I/O and reports back. `CrawlLoop` is its shell:
///
///     while let need = scheduler.next(now) { lease what it needs, or start what it gives }
///
/// Origins with work wait in a heap by the moment they may be asked; a URL in flight is known here and nowhere else.
///
/// | file | |
/// |---|---|
/// | `Scheduler` | what it keeps, and its step |
/// | `Scheduler+Turns` | whose turn it is |
/// | `Scheduler+Lease` | what is asked of the store, and when |
/// | `Scheduler+Serve` | which request an origin that may be asked sends |
/// | `Scheduler+Route` | by which way it goes |
/// | `Scheduler+Names` | names are looked up before |
/// | `Scheduler+Sent` | the moment from which a gap counts |
/// | `Scheduler+Moved` | requests that go on to another address |
/// | `Scheduler+Conditional` | which requests carry validators |
/// | `Scheduler+Judge` | what its answer leads to |
/// | `Scheduler+Breaker` | who of an origin in trouble is asked, and what that means for its other URLs |
/// | `Scheduler+Again` | answers that are judged again, because what they share has changed |
/// | `Scheduler+PutBack` | answers that cannot be stored |
/// | `Scheduler+Robots` | robots.txt, and what it holds |
/// | `Scheduler+Errands` | its requests and redirects, over hosts |
/// | `Scheduler+SoftBlock` | proofs that only our own request is turned away |
/// | `Scheduler+Guards` | storms and being offline |
/// | `Scheduler+SecondAsk` | URLs that are asked once more because of their redirect |
/// | `Scheduler+Quarantine` | who is asked apart from all others |
/// | `Scheduler+LocalLimit` | what our own machine has no socket for |
/// | `Scheduler+Suspects` | what may have ended the daemon is asked alone |
/// | `Scheduler+Wait`, `Scheduler+Waits` | why due URLs of an origin wait, and how many origins wait for what |
/// | `Scheduler+Change` | new rules, the operator's hand, a clock that was set |
package struct Scheduler {
    package internal(set) var rules: SchedulerRules {
        didSet {
            machine.rules = rules.health
            guards.rules = rules.storm
        }
    }
    package var isPaused = false
    /// See `Observation.timeline`.
    package internal(set) var timeline = 0
    package var sitemaps = SitemapDocuments()

    var machine: HealthMachine
    var random: any RandomNumberGenerator
    var flights: [Int64: Flight] = [:]
    var addresses: AddressLimit
    /// Of origins that are not active: however seldom each is asked, those that share an address share its limit.
    private var knownAddresses: [Int64: AddressKey] = [:]
    /// Of origins without work, for the case that they get some: so many at most, then they are forgotten together.
    private var drainedAddresses: [Int64: AddressKey] = [:]
    private static let drainedLimit = 16_384
    var budget: Budget
    var proxies: ProxyPool
    /// Not yet in the store.
    var rotations: [Int64: Int] = [:]
    var robots: RobotsCache
    /// Requests for a robots.txt, by the origin whose it is.
    var robotsFlights: [Int64: RobotsFlight] = [:]
    /// Origins whose robots.txt is wanted though no URL of theirs may be due, since when.
    var robotsWishes: [Int64: Instant] = [:]
    var robotShares = RobotsShares()
    /// Answers that are to be judged.
    var robotsReplies: Deque<RobotsReply> = []
    var guards: CrawlGuards
    var localLimit = LocalLimit()
    var names: NameBook
    var families = FamilyWatch()
    /// Look-ups of these origins' names count only if they begin then or later: an operator wants to know.
    var nameFloors: [Int64: Instant] = [:]
    /// Results of requests that were not sent, because their names have no address.
    var unasked: [FetchResult] = []
    /// From an origin's key to that of its registrable domain.
    let domainKey: @Sendable ([UInt8]) -> UInt64
    /// Origins that a storm holds, by domain.
    var stormHeld: [UInt64: Set<Int64>] = [:]
    /// Leased for a guard, to be started next.
    var guardProbe: GuardProbe?
    /// Its name is looked up first.
    var isProbeNaming = false
    var seconds = SecondAsks()
    var chains: ChainCookies
    var quarantine = Quarantine()
    /// See `asksAgain`.
    var askedAgain = AskedAgain()
    /// What may have ended the daemon.
    var suspects: SuspectLine
    /// Answers that could not be stored, the first to be asked again first.
    var putBacks: Deque<PutBack> = []
    /// Verdicts on URLs that a rule refused unasked.
    var refused: [Verdict] = []
    /// No origin is asked before: what was in flight at the last stop is unknown, or was just sent.
    var earliestStart: Instant
    /// What `earliestStart` counts from; nil = nothing was sent before.
    var startedAfter: Instant?

    /// Origins with due work that wait, and those of them that are not active; see `Scheduler+Waits`.
    var waits = WaitSums()
    var asleep: [Int64: WaitRule] = [:]
    var blockEnds = BlockEnds()

    /// The first to have their turn: what they wanted of the store, or of a name server, has come. They can go at once
    /// if there is room.
    var line: Deque<Wake> = []
    var heap = Heap<Wake>()
    /// Those of them whose moment has come without their being asked, as far as that was noticed.
    var ready = Heap<Wake>()
    var origins: [Int64: Slot] = [:]
    var turns: UInt64 = 0
    private var drained: [Int64] = []

    package internal(set) var inFlight = 0
    package internal(set) var leasedRows = 0
    var leasesUnderWay = 0
    var lastLease = 0
    /// For a guard, or a suspect.
    var isLeasingApart = false
    package internal(set) var lastStartAt: Instant?
    /// What the next process counts its first delay from; nil = nothing was ever sent.
    package var lastRequestAt: Instant? { lastStartAt ?? startedAfter }

    struct Wake: Comparable {
        var at: Instant
        /// Origins that are ready at the same moment take turns.
        var turn: UInt64
        var origin: Int64
        static func < (a: Wake, b: Wake) -> Bool { a.at != b.at ? a.at < b.at : a.turn < b.turn }
    }

    struct Slot {
        /// The turn of the origin's one valid entry in the heap, or in line; 0 = it has none.
        var turn: UInt64 = 0
        var isInLine = false
        var at: Instant = .distantFuture
        var active: ActiveOrigin?
    }

    /// A URL on its way. A reference, so that no step of the way copies it; confined to the scheduler that owns it.
    final class Flight {
        var url: LeasedURL
        let origin: ActiveOrigin
        /// `ActiveOrigin.disturbances` at the start: a row of the origin may have been changed by hand since.
        var disturbances: Int
        var place: AddressPlace
        /// nil = libcurl finds the way.
        let sentTo: Destinations?
        var role: Role
        /// Asked by the control profile, for a proof.
        let isControl: Bool
        /// Counted in `ActiveOrigin.unsent`.
        var isUnsent: Bool
        var isJudged: Bool
        /// Kept while its verdict may have to be judged again; nil = it shares nothing, or was not judged yet.
        var answered: Answered?
        /// nil = asked as its URL is written, for its own sake.
        let asking: Asking?

        init(
            _ url: LeasedURL, of origin: ActiveOrigin, place: AddressPlace = AddressPlace(),
            sentTo: Destinations? = nil,
            role: Role, isControl: Bool = false, isUnsent: Bool = false, isJudged: Bool = false, asking: Asking? = nil
        ) {
            self.url = url
            self.origin = origin
            disturbances = origin.disturbances
            self.place = place
            self.sentTo = sentTo
            self.role = role
            self.isControl = isControl
            self.isUnsent = isUnsent
            self.isJudged = isJudged
            self.asking = asking
        }
    }

    /// What few requests are asked with, or for.
    final class Asking: Sendable {
        /// Path and query that were sent in place of the URL's own; nil = those.
        let askedAs: String?
        let second: SecondAsk?

        init(askedAs: String?, second: SecondAsk?) {
            self.askedAs = askedAs
            self.second = second
        }
    }

    /// What the shell has to do next.
    package enum Need {
        /// Lease and call `leased`.
        case lease(LeaseRequest)
        /// The batch has grown by one request.
        case started
    }

    package init(
        rules: SchedulerRules, opening: FrontierOpening, now: Instant,
        domainKey: @escaping @Sendable ([UInt8]) -> UInt64 = DomainKey.ofHost,
        isPublicSuffix: @escaping @Sendable ([UInt8]) -> Bool = DomainKey.isLabel,
        allowsAddress: @escaping @Sendable (IPAddress) -> Bool = { _ in true },
        random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.rules = rules
        self.domainKey = domainKey
        chains = ChainCookies(isPublicSuffix: isPublicSuffix)
        self.random = random
        machine = HealthMachine(rules: rules.health)
        names = NameBook(rules: rules.names, allows: allowsAddress)
        addresses = AddressLimit(limit: rules.perAddressInFlight)
        addresses.wideLimit = rules.perEdgeAddressInFlight
        robots = RobotsCache(limit: rules.robots.cacheBytes)
        proxies = ProxyPool(count: rules.proxies, rotations: opening.rotations)
        budget = Budget(rules: rules.budget, spent: opening.spent)
        budget.roll(to: now)
        isPaused = opening.isPaused
        timeline = opening.timeline
        sitemaps.add(opening.sitemaps)
        suspects = SuspectLine(opening.suspects)
        // What was in flight at an unclean stop is unknown: every origin waits one full delay. A last request in the
        // future means that the clock was set back: one delay is enough then, too.
        startedAfter = opening.wasUnclean ? now : opening.lastRequestAt.map { min($0, now) }
        guards = CrawlGuards(rules: rules.storm, opening: opening.guards, lastSentAt: startedAfter, now: now)
        earliestStart = startedAfter.map { $0 + rules.gap(rules.crawlDelay) } ?? now
        for origin in opening.origins { noteWork(origin: origin, dueAt: now, reorders: false, now: now) }
        let setBack = opening.lastRequestAt.map { min(now - $0, .zero) } ?? .zero
        for (origin, block) in opening.blocks {
            let active = activate(origin)
            setBlock(active, ActiveOrigin.Block(block.moved(by: setBack).bounded(at: now, rules), since: nil), now)
            wake(origin, at: active.readyAt)
        }
    }

    // MARK: The step

    /// When `next` has something to say again; nil = only after an event.
    package mutating func nextWake() -> Instant? {
        let step: Instant? =
            switch localLimit.start(Instant(ms: .min)) {
            case .now: nextStep()
            case .at(let until): nextStep().map { max($0, until) }
            case .afterAnswer: nil
            }
        guard let end = localLimit.expiresAt else { return step }
        return min(step ?? end, end)
    }

    private mutating func nextStep() -> Instant? {
        guard !isPaused, suspects.inFlight == nil else { return nil }
        if isSuspectLeasing { return nil }
        guard inFlight < rules.maxInFlight else {
            return suspects.turn == nil && suspects.stoppedUntil == nil ? nextTurn() : nil
        }
        if let until = suspects.stoppedUntil { return until }
        let step =
            isLeasingApart ? nil : guardProbe == nil ? guards.nextStepAt : isProbeNaming ? nil : Instant(ms: .min)
        return [nextTurn(), step, suspectWake(), suspects.nextClearing, putBacks.first?.until].compactMap { $0 }.min()
    }

    /// The next step; nil = nothing may be done before `nextWake`, a result or new work.
    package mutating func next(_ now: Instant, into batch: inout FetchBatch) -> Need? {
        budget.roll(to: now)
        suspects.clearDue(now)
        localLimit.expire(now)
        guard localLimit.start(now) == .now else { return nil }
        if !suspects.isIdle, isStoppedForSuspect(now) {
            guard inFlight == 0 else { return nil }
            if let need = suspectStep(now, &batch) { return need }
            if isSuspectLeasing { return nil }
            suspects.endStop(now: now)  // there was nobody to ask
        }
        takeBack(now)
        if !isPaused, let need = guardStep(now, &batch) { return need }
        while refused.count < Self.refusalsPerStep, let at = nextTurn(), at <= now, let top = takeTurn() {
            origins[top.origin]?.turn = 0
            origins[top.origin]?.isInLine = false
            let active = activate(top.origin)
            guard inFlight < rules.maxInFlight || wouldLease(active, now) else {
                wakeFirst(top.origin)
                continue
            }
            let need = serve(active, now, &batch)
            if case .lease = need { return need }
            if active.offered != nil { passOn(active, now: now) }
            if let need { return need }
        }
        return suspects.isIdle || inFlight > 0 ? nil : suspectStep(now, &batch)
    }

    func activeOrigin(_ origin: Int64) -> ActiveOrigin? { origins[origin]?.active }

    mutating func activate(_ origin: Int64) -> ActiveOrigin {
        if let active = origins[origin]?.active { return active }
        let active = ActiveOrigin(id: origin, nextStart: earliestStart)
        active.nextDue = Instant(ms: .min)  // unknown: a lease tells
        active.nextHealthDue = Instant(ms: .min)
        active.address =
            knownAddresses.removeValue(forKey: origin) ?? drainedAddresses.removeValue(forKey: origin)
        active.askedDelay = robots.peek(origin)?.rules.crawlDelay
        noteAwake(active)
        origins[origin, default: Slot()].active = active
        return active
    }

    /// Puts the origin into the heap for its next moment, or lets go of it when there is none.
    mutating func rest(_ active: ActiveOrigin, now: Instant) {
        let work = active.nextWork(now)
        noteWait(active, work: work, now)
        if active.isForgettable(now), robotsFlights[active.id] == nil, (work ?? .distantFuture) > now {
            noteAsleep(active)
            origins[active.id]?.active = nil
            if let work {
                if rules.perAddressInFlight > 0 { knownAddresses[active.id] = active.address }
                wake(active.id, at: work, anew: true)
            } else {
                origins.removeValue(forKey: active.id)
                drained.append(active.id)
                guard rules.perAddressInFlight > 0, let address = active.address else { return }
                if drainedAddresses.count >= Self.drainedLimit { drainedAddresses = [:] }
                drainedAddresses[active.id] = address
            }
            return
        }
        guard active.leasing == nil else { return }  // its lease wakes it
        if let offered = active.offered, max(work ?? .distantFuture, active.readyAt) > now {
            active.offered = nil
            offer(offered, now: now)
        }
        guard active.inFlight < quarantine.room(active.id, now, most: rules.perOriginInFlight), active.unsent == 0
        else { return }
        if let work {
            // What is due only later, but before it may be asked, is looked at when it is: it waits from then on.
            let isLater = work > now && work < active.readyAt
            let at = isLater ? work : max(work, active.readyAt)
            wake(active.id, at: at, anew: true, staysInLine: at <= now)
        } else if active.outstanding == 0, active.leasedRows == 0, robotsFlights[active.id] == nil {
            // Only to be let go of; what else keeps it is no matter of time, and its end wakes the origin.
            wake(active.id, at: max(active.readyAt, active.block?.block.forgottenAt ?? now), anew: true)
        }
    }

    /// Origins found to have no due work since the last call.
    package mutating func takeDrained() -> [Int64] {
        defer { drained = [] }
        return drained
    }

    // MARK: What is on its way

    /// In flight, or judged and not yet committed, or a suspect that waits for its turn.
    package func isOutstanding(_ id: Int64) -> Bool { flights[id] != nil || suspects.isWaiting(id) }

    /// On its way right now, as users see it.
    package func isInFlight(_ id: Int64) -> Bool { flights[id].map { !$0.isJudged } ?? false }

    /// Requests of this UTC day.
    package var spentToday: Int { budget.spent.requests }
    /// Those to one origin; nil = there is no budget for an origin.
    package func spentToday(on origin: Int64) -> Int? {
        rules.budget.requestsPerOriginPerDay > 0 ? budget.spent.byOrigin[origin] ?? 0 : nil
    }

    /// Up to `limit` of what is on its way, by number, from the one after `after` on.
    package func inFlight(after: Int64, limit: Int) -> [Int64] {
        Array(flights.lazy.filter { !$0.value.isJudged && $0.key > after }.map(\.key).sorted().prefix(limit))
    }
}
