package import CrawlCore
package import CrawlOutput
import Synchronization

/// The scheduler's shell: one lane, the clock's timers, a frontier and a fetcher. It sleeps until the next moment that
/// the scheduler names, a result, or new work; it never polls.
///
///     lease ─► Scheduler ─► Fetcher ─► results ─► judge ─► verdicts ─► one commit for many ─► committed
///
/// With an archive the records of a commit's answers are on the disk before it begins.
///
/// `@unchecked Sendable`: all state is touched on `lane` only, and every entry checks that.
package final class CrawlLoop: @unchecked Sendable {
    package struct Settings: Sendable {
        package var rules = SchedulerRules()
        package var classifier = OutcomeClassifier()
        /// Verdicts collect for so long, or until there are `commitRows`, and share a commit. What a commit costs are
        /// the pages it changes, and an origin's URLs share pages: with 1,000 origins that take turns, a window in
        /// which each comes four times writes a third as much as one in which each comes once. A crash repeats at most
        /// the fetches of one window.
        package var commitWindow: Duration = .milliseconds(200)
        package var commitRows = 4_000
        /// Verdicts that may wait for the disk before fetching stops.
        package var uncommittedLimit = 20_000
        /// After a failed commit.
        package var retryCommit: Duration = .seconds(1)
        /// What refuses URLs.
        package var policy = RefusalPolicy()
        /// Where a redirect points, in canonical form; nil = no URL that can be crawled.
        package var canonicalize: @Sendable (String) -> CrawlURL? = { text in
            var text = text
            return text.withUTF8 { bytes in
                CanonicalForm.originLength(bytes).map { CrawlURL(canonical: bytes, originLength: $0) }
            }
        }
        /// From an origin's key to that of its registrable domain.
        package var domainKey: @Sendable ([UInt8]) -> UInt64 = DomainKey.ofHost
        /// Nobody may set cookies for all hosts under it.
        package var isPublicSuffix: @Sendable ([UInt8]) -> Bool = DomainKey.isLabel
        /// An address may be connected to.
        package var allowsAddress: @Sendable (IPAddress) -> Bool = { _ in true }
        /// What jitter is drawn from; a simulation passes a seeded one.
        package var random: @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
        /// Where sitemaps are kept until they are read; "" = they are fetched as any page.
        package var sitemapFolder = ""

        package init() {}
    }

    enum Phase {
        case idle
        case running
        case stopping
        case stopped
    }

    let lane: any Lane
    let clock: any Clock
    let writer: FrontierWriter
    let fetcher: any Fetcher
    /// nil = names are the fetcher's matter.
    let resolver: (any NameResolver)?
    /// Told of each request; nil = nobody is.
    private let inFlightFile: InFlightFile?
    /// nil = pages are not kept.
    let archivist: Archivist?
    private(set) var settings: Settings
    /// That of the rules in force, for the threads that fetch.
    private let productToken: Mutex<String>
    let leases: LeaseLane
    /// After each commit that opened or closed an incident; on the loop's lane.
    let onIncident: @Sendable () -> Void
    /// After each commit that settled sitemaps, or has a robots.txt that was wanted; on the loop's lane.
    let onSitemaps: @Sendable ([Int64]) -> Void
    /// Storage has begun to fail; on the loop's lane. It is tried again until it works or the loop is stopped.
    let onTrouble: @Sendable (any Error) -> Void
    /// An answer could not be stored, for what its row is; on the loop's lane. Not more often than an operator can read.
    let onUnstored: @Sendable (Unstored) -> Void
    /// Our own machine has no sockets to give, or has them again; on the loop's lane.
    let onLocalLimit: @Sendable (LocalLimit.News) -> Void
    /// Requests that are answered without being sent, as their names have no address; on the loop's lane.
    let onUnasked: @Sendable ([FetchResult]) -> Void
    /// The disk has room again, after having been full since then; on the loop's lane.
    let onRoom: @Sendable (Instant) -> Void
    /// The archive takes nothing; nil = it works again. On the loop's lane.
    let onArchive: @Sendable (ArchiveFailure?) -> Void
    /// After each commit that has results, with the number of the last; on the loop's lane.
    let onResults: @Sendable (Int64) -> Void
    /// What a fault of the frontier means.
    let fault: @Sendable (any Error) -> StorageFault
    /// The disk takes more than the smallest commit; asked on the writer's lane.
    let hasRoom: @Sendable () -> Bool

    var scheduler: Scheduler?
    var phase = Phase.idle
    /// Set by `stop` at once, before the lane knows of it.
    let stopAsked = Atomic<Bool>(false)
    /// The disk is full; for those that stop beside the loop.
    let isFull = Atomic<Bool>(false)
    /// It is the archive that takes nothing.
    var isArchiveFailing = false
    /// It is looked, or will be, whether storage works again.
    var isLooking = false
    var wakeTimer: (any LaneTimer)?
    private var wakeAt: Instant?
    /// Judged, and waiting for the next commit.
    var pending = Completion()
    /// Of the texts in it.
    var pendingRobotsBytes = 0
    /// What was judged and goes to the archive with the next commit.
    var exchanges = JudgedExchanges()
    /// Of bodies in memory whose records are being written.
    var recordingBytes = 0
    /// Stamp of the policy that the scheduler refuses by.
    var judgedBy: String
    /// In the commit that is under way; nil = none is.
    var committing: Completion?
    /// What is committed after that: parts of a commit that failed for what its rows are.
    var parts: [Completion] = []
    var unstoredLines = LineQuota(lines: 10, per: .seconds(60))
    var flushTimer: (any LaneTimer)?
    /// Steps of what the frontier left for later are under way.
    var isCatchingUp = false
    var certificates = CertificateGuard()
    private var jumpsSeen = ClockJumps()
    var snapshotValue = Snapshot()
    var rate = RequestRate()
    /// Look-ups of names that ended.
    var lookUps = RequestRate()
    var stopDone: (@Sendable ((any Error)?) -> Void)?
    var stopDeadline = Instant.distantFuture
    /// A stop does not wait for what is in flight, because the disk is full.
    var isHurried = false
    /// In flight at workers that do not come back.
    var leftBehind: [Int64] = []

    package init(
        writer: FrontierWriter, fetcher: any Fetcher, clock: any Clock, settings: Settings,
        resolver: (any NameResolver)? = nil, inFlightFile: InFlightFile? = nil, archivist: Archivist? = nil,
        onIncident: @escaping @Sendable () -> Void = {},
        onSitemaps: @escaping @Sendable ([Int64]) -> Void = { _ in },
        onTrouble: @escaping @Sendable (any Error) -> Void = { _ in },
        onUnstored: @escaping @Sendable (Unstored) -> Void = { _ in },
        onLocalLimit: @escaping @Sendable (LocalLimit.News) -> Void = { _ in },
        onUnasked: @escaping @Sendable ([FetchResult]) -> Void = { _ in },
        onRoom: @escaping @Sendable (Instant) -> Void = { _ in },
        onArchive: @escaping @Sendable (ArchiveFailure?) -> Void = { _ in },
        onResults: @escaping @Sendable (Int64) -> Void = { _ in },
        fault: @escaping @Sendable (any Error) -> StorageFault = { _ in .passing },
        hasRoom: @escaping @Sendable () -> Bool = { true }
    ) {
        self.writer = writer
        self.fetcher = fetcher
        self.clock = clock
        self.settings = settings
        productToken = Mutex(settings.rules.robots.productToken)
        self.settings.rules.names.isOwn = resolver != nil
        self.resolver = resolver
        self.inFlightFile = inFlightFile
        self.archivist = archivist
        self.onIncident = onIncident
        self.onSitemaps = onSitemaps
        self.onTrouble = onTrouble
        self.onUnstored = onUnstored
        self.onLocalLimit = onLocalLimit
        self.onUnasked = onUnasked
        self.onRoom = onRoom
        self.onArchive = onArchive
        self.onResults = onResults
        self.fault = fault
        self.hasRoom = hasRoom
        leases = LeaseLane(writer.frontier, clock: clock)
        judgedBy = settings.policy.stamp
        pending.judgedBy = judgedBy
        lane = clock.lane("crawld.service.loop")
        writer.whenFailed { [weak self] in self?.noteTrouble($0) }
    }

    // MARK: Start

    /// Reads what a starting crawl has to know, then begins. `ready` is called on the loop's lane.
    package func start(ready: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        do {
            try fetcher.start { [weak self] results in
                guard let self else { return }
                let results = read(results)
                guard let archivist else { return lane.async { self.received(results) } }
                archivist.intake(results) { results, exchanges in
                    self.lane.async { self.received(results, exchanges) }
                }
            }
            try resolver?.start { [weak self] replies in
                guard let self else { return }
                lane.async { self.named(replies) }
            }
        } catch {
            return lane.async { ready(.failure(error)) }
        }
        writer.perform({ [clock, policy = settings.policy] frontier in
            try frontier.adopt(policy, now: clock.now())
            return try frontier.opening(now: clock.now())
        }) { [self] opening in
            lane.async {
                ready(
                    opening.map { opening in
                        self.jumpsSeen = self.clock.jumps()
                        self.scheduler = Scheduler(
                            rules: self.settings.rules, opening: opening, now: self.clock.now(),
                            domainKey: self.settings.domainKey, isPublicSuffix: self.settings.isPublicSuffix,
                            allowsAddress: self.settings.allowsAddress, random: self.settings.random())
                        self.scheduler?.sitemaps.folder = self.settings.sitemapFolder
                        self.snapshotValue.isPaused = opening.isPaused
                        self.phase = .running
                        if opening.isBehind { self.catchUp() }
                        self.step()
                    })
            }
        }
    }

    // MARK: From other threads

    /// On the thread that fetched them: each robots.txt is read there.
    private func read(_ results: [FetchResult]) -> [FetchResult] {
        guard results.contains(where: { URLKey.isRobots($0.ticket) }) else { return results }
        let productToken = productToken.withLock { $0 }
        return results.map { result in
            var result = result
            result.readRobots(productToken: productToken)
            return result
        }
    }

    /// New numbers, in force at once. `maxInFlight`, `proxies` and `softBlock` stay: the workers were made for them.
    package func apply(_ rules: SchedulerRules, _ classifier: OutcomeClassifier, _ policy: RefusalPolicy) {
        lane.async { [self] in
            var rules = rules
            var policy = policy
            policy.guards = settings.policy.guards  // the workers keep theirs until the next start
            settings.policy = policy
            rules.maxInFlight = settings.rules.maxInFlight
            rules.proxies = settings.rules.proxies
            rules.names.isOwn = settings.rules.names.isOwn
            rules.softBlock = settings.rules.softBlock
            rules.archive = settings.rules.archive
            rules.keepsResults = settings.rules.keepsResults
            settings.rules = rules
            productToken.withLock { $0 = rules.robots.productToken }
            settings.classifier = classifier
            // First the store: what it leases is read by the rules it knows.
            writer.perform({ [clock, policy] in try $0.adopt(policy, now: clock.now()) }) {
                [self, rules, policy] result in
                lane.async { [self] in
                    scheduler?.apply(rules, now: clock.now())
                    judge(by: policy)
                    adopted(result)
                    onIncident()  // it may have ended some
                    step()
                }
            }
        }
    }

    // MARK: The step

    private static let requestsPerBatch = 128

    func step() {
        lane.check()
        guard phase == .running, snapshotValue.storageError == nil, !isFullOfExchanges,
            pending.count + (committing?.count ?? 0) + parts.reduce(0, { $0 + $1.count }) < settings.uncommittedLimit
        else { return }
        noticeJump()
        let now = clock.now()
        var batch = FetchBatch()
        var wanted: [LeaseRequest] = []
        var taken = 0
        while let need = scheduler?.next(now, into: &batch) {
            switch need {
            case .started:
                // What its name has answered is not on its way.
                guard batch.requests.count > taken, let ticket = batch.requests.last?.ticket else { break }
                inFlightFile?.begin(ticket)
                taken = batch.requests.count
                if batch.requests.count == Self.requestsPerBatch {
                    fetcher.fetch(batch)
                    batch = FetchBatch()
                    taken = 0
                }
            case .lease(let request):
                wanted.append(request)
                if wanted.count == LeaseLane.batch {
                    lease(wanted)
                    wanted = []
                }
            }
        }
        lease(wanted)
        if !batch.isEmpty { fetcher.fetch(batch) }
        lookUp()
        if let refused = scheduler?.takeRefused(), !refused.isEmpty {
            pending.verdicts += refused
            flushSoon(now)
        }
        if scheduler?.hasGuardPeriods ?? false {
            collectGuards()
            flushSoon(now)
        }
        writer.isFetching = scheduler?.inFlight ?? 0 > 0
        sleep()
    }

    /// A timer costs more than a step does: one that is set for an earlier moment stays, and its step sets the next.
    private func sleep() {
        guard let next = scheduler?.nextWake() else { return }
        // One whose moment has passed, by a clock that was set, goes off late.
        if let wakeAt, wakeAt <= next, wakeAt > clock.now() { return }
        wakeTimer?.cancel()
        wakeAt = next
        wakeTimer = lane.at(next) { [self] in
            wakeAt = nil
            step()
        }
    }

    /// A stepped clock voids all open windows: evidence must not come out of a jump.
    func noticeJump() {
        let jumps = clock.jumps()
        guard jumps != jumpsSeen else { return }
        scheduler?.clockJumped(now: clock.now(), by: jumps.total - jumpsSeen.total)
        jumpsSeen = jumps
        writer.perform({ try $0.advanceTimeline() }) { _ in }
    }

    // MARK: Answers

    /// `exchanges`: what is known of them beside, by ticket, if pages are archived.
    func received(_ results: [FetchResult], _ exchanges: [Int64: Exchange] = [:]) {
        lane.check()
        noticeJump()
        let now = clock.now()
        for result in results {
            if result.isNews {
                scheduler?.heard(result, now: now)
                continue
            }
            // Last: what is done with the answer may be what we die of.
            defer { inFlightFile?.end(result.ticket) }
            if phase == .stopping, result.flags.contains(.cancelled) {
                scheduler?.abandon(result.ticket)  // still due in the frontier
                continue
            }
            if isLost(result) {
                scheduler?.forsake(result.ticket, now: now)
                continue
            }
            if scheduler?.asksAgain(result, now: now) ?? false { continue }
            let own = exchanges.isEmpty ? nil : scheduler?.archived(of: result.ticket)
            let classification = certificates.judge(
                settings.classifier.classify(result), result, origin: URLKey.origin(of: result.ticket))
            snapshotValue.outcomes[Int(classification.outcome.rawValue)] += 1
            if !result.isUnresolved { rate.note(at: now) }
            if URLKey.isRobots(result.ticket) {
                keep(exchanges[result.ticket], result, classification, for: .robots)
                judgeRobots(result, classification, now)
            } else if let verdict = scheduler?.judge(
                result, classification, redirect: redirect(result, classification), now: now)
            {
                pending.verdicts.append(verdict)
                keep(
                    exchanges[result.ticket], result, classification, for: verdict.sitemap == nil ? .page : .sitemap,
                    own: own)
            }
        }
        tellLocalLimit()
        flushSoon(now)
        if phase == .stopping { finishStop() } else { step() }
    }

    private func tellLocalLimit() {
        for news in scheduler?.takeLocalNews() ?? [] {
            // What is kept for later is worth less than what is needed now.
            if case .began = news { fetcher.dropIdle() }
            onLocalLimit(news)
        }
    }
}
