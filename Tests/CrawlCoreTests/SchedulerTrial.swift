import CrawlTesting

@testable import CrawlCore

/// A scheduler with its frontier, a world of servers and a clock that moves when nothing is left to do.
struct SchedulerTrial {
    struct Start: Equatable {
        var origin: Int64
        var id: Int64
        var at: Instant
        var route = FetchRoute()
    }

    /// What a server does with a request: how long it takes and what it comes to.
    struct Reply {
        var after: Duration = .milliseconds(100)
        /// From the hand-over to the request's real start.
        var handOver: Duration = .zero
        var classification = Classification(.success)
        var flags: FetchResult.Flags = []
        /// A stream of HTTP/2 ended without an answer.
        var isHTTP2Failure = false

        init(_ outcome: Outcome = .success, after: Duration = .milliseconds(100), retryAfter: Duration? = nil) {
            self.after = after
            classification = Classification(outcome)
            classification.retryAfter = retryAfter
        }
    }

    private struct Event {
        enum What {
            case sending(FetchResult)
            case answer(FetchResult, Classification)
            case commit(Verdict)
            /// nil = it is read only when it comes.
            case leased(LeaseRequest, Lease?)
        }
        var at: Instant
        var what: What
    }

    var rules: SchedulerRules
    var frontier = MemoryFrontier()
    var scheduler: Scheduler
    var now = at(0)
    var server: (_ id: Int64, _ now: Instant) -> Reply = { _, _ in Reply() }
    /// As the loop does before it judges an answer.
    var asksAgain = false
    /// From an answer to the commit of its verdict.
    var commitDelay: Duration = .milliseconds(30)

    /// How long the store takes for a lease, and whether what it reads is of the end of that or of its beginning.
    var store: (_ request: LeaseRequest) -> (takes: Duration, readsLate: Bool) = { _ in (.zero, false) }
    private(set) var mostLeasesUnderWay = 0
    private var leasesUnderWay = 0

    private(set) var starts: [Start] = []
    private(set) var verdicts: [Verdict] = []
    /// What the store took, void ones too.
    private(set) var committed: [Verdict] = []
    /// An operator has acted between the answer and the commit: the store gives it back.
    var isDisturbed: (Verdict) -> Bool = { _ in false }
    private(set) var drained: [Int64] = []
    /// Origins of URLs refused unasked, each with the number of requests started before.
    private(set) var refusals: [(origin: Int64, starts: Int)] = []
    private(set) var nextCalls = 0
    private(set) var faults: [String] = []
    private(set) var mostInFlight = 0
    /// Where an origin's answers come from; nil = it cannot be told.
    var address: (_ origin: Int64, _ now: Instant) -> IPAddress? = { _, _ in nil }
    /// Requests in flight at one address, of origins that had an answer from there before they sent them.
    private(set) var mostKnownAtAddress = 0
    private var isKnown: Set<Int64> = []
    private var known: Set<Int64> = []
    private var events: [Event] = []
    private var inFlight: [Int64: Int64] = [:]
    /// Of the last request for a URL.
    private var routes: [Int64: FetchRoute] = [:]

    init(
        opening: FrontierOpening = FrontierOpening(), seed: UInt64 = 1,
        _ adjust: (inout SchedulerRules) -> Void = { _ in }
    ) {
        rules = SchedulerRules()
        rules.health.jitter = 0
        rules.jitter = 0
        rules.clockGrain = .zero
        rules.robots.obeys = false
        rules.perAddressInFlight = 0
        adjust(&rules)
        scheduler = Scheduler(rules: rules, opening: opening, now: at(0), random: SeededRandom(seed: seed))
    }

    // MARK: The outside

    /// Writes a row and tells the scheduler, as an enqueue does.
    mutating func enqueue(_ origin: Int64, _ n: Int, due: Instant? = nil, priority: Int = 0, reorders: Bool = false) {
        let id = MemoryFrontier.id(origin, n)
        var row = frontier[id] ?? MemoryFrontier.Row()
        row.due = due ?? now
        row.priority = priority
        frontier[id] = row
        scheduler.noteWork(origin: origin, dueAt: due ?? now, reorders: reorders, now: now)
    }

    /// A row with an open run whose next probe is due.
    mutating func put(pending origin: Int64, _ n: Int, due: Instant) {
        var record = HealthRecord(streakSince: at(-1000))
        record.phase = .pending
        record.run = HealthRecord.Run(
            outcome: .unknownOriginError, since: at(-1000), lastAt: at(-1000), burstAttempts: 0, timeline: 0)
        frontier[MemoryFrontier.id(origin, n)] = MemoryFrontier.Row(healthDue: due, record: record)
        scheduler.reconsider(origin: origin, now: now)
    }

    func starts(of origin: Int64) -> [Double] {
        starts.filter { $0.origin == origin }.map { Double(($0.at - at(0)).ms) / 1000 }
    }

    // MARK: Time

    /// Lets the world go on up to `end`, with everything that happens at it.
    mutating func run(until end: Instant) {
        pump()
        while let next = [scheduler.nextWake(), events.map(\.at).min()].compactMap({ $0 }).min(), next <= end {
            now = max(now, next)
            let due = events.filter { $0.at <= now }
            events.removeAll { $0.at <= now }
            for event in due {
                switch event.what {
                case .sending(let result): scheduler.sent(result, now: now)
                case .answer(let result, let classification): answer(result, classification)
                case .commit(let verdict): commit(verdict)
                case .leased(let request, let lease): leased(request, lease)
                }
            }
            pump()
            if nextCalls > 40 * (starts.count + 100) + 2000 {
                faults.append("\(nextCalls) calls of next for \(starts.count) starts")
                return
            }
        }
        now = max(now, end)
    }

    private mutating func pump() {
        var batch = FetchBatch()
        nextCalls += 1
        while let need = scheduler.next(now, into: &batch) {
            nextCalls += 1
            if case .lease(let request) = need {
                lease(request)
            }
        }
        for request in batch.requests { start(request) }
        if inFlight.count != scheduler.inFlight { faults.append("in flight: \(inFlight.count), \(scheduler.inFlight)") }
        drained += scheduler.takeDrained()
        let refused = scheduler.takeRefused()
        refusals += refused.map { (URLKey.origin(of: $0.id), starts.count) }
        for verdict in refused { events.append(Event(at: now + commitDelay, what: .commit(verdict))) }
        if !refused.isEmpty { return pump() }  // a step stops at so many
        if let wake = scheduler.nextWake(), wake <= now { faults.append("\(wake) is passed over at \(now)") }
    }

    private mutating func lease(_ request: LeaseRequest) {
        var requests = [request]
        scheduler.exclude(from: &requests)
        let store = store(request)
        leasesUnderWay += 1
        mostLeasesUnderWay = max(mostLeasesUnderWay, leasesUnderWay)
        let lease = store.readsLate ? nil : frontier.lease(requests[0])
        guard store.takes > .zero else { return leased(requests[0], lease) }
        events.append(Event(at: now + store.takes, what: .leased(requests[0], lease)))
    }

    private mutating func leased(_ request: LeaseRequest, _ lease: Lease?) {
        leasesUnderWay -= 1
        scheduler.leased(lease ?? frontier.lease(request), for: request, now: now)
    }

    private mutating func start(_ request: FetchRequest) {
        let id = request.ticket
        if inFlight[id] != nil { faults.append("\(id) is in flight twice at \(now)") }
        if scheduler.isPaused { faults.append("\(id) started in a pause at \(now)") }
        if let last = starts.last(where: { $0.origin == request.origin }), now - last.at < rules.crawlDelay {
            faults.append("origin \(request.origin) asked at \(now), \(now - last.at) after the one before")
        }
        inFlight[id] = request.origin
        if inFlight.contains(where: {
            $0.value == request.origin && $0.key != id && routes[$0.key]?.isApart != request.route.isApart
        }) {
            faults.append("two workers ask origin \(request.origin) at \(now)")
        }
        routes[id] = request.route
        starts.append(Start(origin: request.origin, id: id, at: now, route: request.route))
        let ofOrigin = inFlight.values.filter { $0 == request.origin }.count
        if request.route.isAlone, ofOrigin > 1 { faults.append("\(id) is said to be alone at \(now)") }
        if ofOrigin > rules.perOriginInFlight { faults.append("\(ofOrigin) in flight at origin \(request.origin)") }
        if inFlight.count > rules.maxInFlight { faults.append("\(inFlight.count) in flight") }
        mostInFlight = max(mostInFlight, inFlight.count)
        if isKnown.contains(request.origin) { known.insert(id) }
        mostKnownAtAddress = max(mostKnownAtAddress, known.count)
        let reply = server(id, now)
        var result = FetchResult(
            ticket: id, startedAt: now + reply.handOver, completedAt: now + reply.handOver + reply.after)
        result.flags = reply.flags
        result.route = request.route
        if reply.isHTTP2Failure {
            result.httpVersion = .http2
            result.curlCode = 56
        }
        result.remoteAddress = address(request.origin, now)
        if request.tellsSending {
            let sent = FetchResult(ticket: id, startedAt: result.startedAt, completedAt: result.startedAt)
            events.append(Event(at: sent.startedAt, what: .sending(sent)))
        }
        events.append(Event(at: result.completedAt, what: .answer(result, reply.classification)))
    }

    private mutating func answer(_ result: FetchResult, _ classification: Classification) {
        inFlight[result.ticket] = nil
        known.remove(result.ticket)
        if result.remoteAddress != nil { isKnown.insert(URLKey.origin(of: result.ticket)) }
        if asksAgain, scheduler.asksAgain(result, now: now) { return }
        guard let verdict = scheduler.judge(result, classification, now: now) else {
            faults.append("nothing is known of \(result.ticket)")
            return
        }
        if !scheduler.isOutstanding(verdict.id) { faults.append("\(verdict.id) judged and forgotten") }
        if scheduler.isInFlight(verdict.id) { faults.append("\(verdict.id) judged and in flight") }
        verdicts.append(verdict)
        events.append(Event(at: now + commitDelay, what: .commit(verdict)))
    }

    private mutating func commit(_ verdict: Verdict) {
        if verdict.generation >= 0, isDisturbed(verdict) {
            var again = CompletionCommit.Again(id: verdict.id, origin: OriginHealth())
            again.record = frontier[verdict.id]?.record.map(HealthBox.init)
            for verdict in scheduler.committed([verdict], again: [again], now: now) {
                events.append(Event(at: now + commitDelay, what: .commit(verdict)))
            }
            return
        }
        committed.append(verdict)
        frontier.complete(verdict)
        scheduler.committed([verdict], now: now)
        if scheduler.isOutstanding(verdict.id) { faults.append("\(verdict.id) committed and outstanding") }
    }
}
