/// The queue of URLs as the crawl sees it: batches in, batches out. The embedded store owns every partition of the
/// origin space; another may own some.
///
/// `lease` is called on a lane of its own, the others on the writer's lane; a store serialises the two
/// itself. Everything that returns has been committed; everything that throws has changed nothing.
package protocol Frontier: AnyObject, Sendable {
    /// What a starting crawl has to know; marks the store as in use.
    func opening(now: Instant) throws -> FrontierOpening

    /// What each of the requests wants, in their order; all of it as it was at one moment. Due URLs come in the order in
    /// which they should be asked.
    func lease(_ requests: [LeaseRequest]) throws -> [Lease]

    func enqueue(_ batch: EnqueueBatch, now: Instant) throws -> EnqueueCommit

    /// The places of the batch's entries in the order in which their rows lie: parts cut off it in that order have
    /// little to change in common. Entries of the same URL keep theirs. Changes nothing.
    func order(of batch: EnqueueBatch) throws -> [Int32]

    /// Writes all of it, with incidents and alerts, in one transaction. Throws `RowFault` if that fails for what single
    /// rows are. Of a verdict whose row was removed or revived since the lease nothing counts; one that shares rows with
    /// others which are not what it was judged by comes back in `CompletionCommit.again`.
    func complete(_ completion: Completion, now: Instant) throws -> CompletionCommit

    /// What refuses URLs now. If robots.txt no longer does, what it holds is free and its incidents are withdrawn.
    /// Refused URLs are looked at again by `catchUp`.
    func adopt(_ policy: RefusalPolicy, now: Instant) throws

    /// The number of the origin with that key, a new one if it is unknown; nil = there is no room for another origin.
    func originNumber(_ key: [UInt8]) throws -> Int64?

    /// One step of what was left to be done in steps, however much it is, because others must not wait for it: refused
    /// URLs that new rules no longer refuse are made due, URLs of held origins are counted.
    func catchUp(now: Instant) throws -> CatchUp

    /// Windows observed before now no longer count: the clock jumped. Returns the new timeline.
    func advanceTimeline() throws -> Int

    func setPaused(_ paused: Bool) throws

    /// Commits a change of nothing: whether there is room for a commit.
    func tryCommit() throws

    /// Nothing was written for a while: a moment for one small step of housekeeping that would be in the way otherwise.
    /// What fails is tried again in the next such moment. Returns whether there is more to do.
    func tidy(now: Instant) -> Bool

    /// The last write: the next start need not assume that requests were in flight.
    func closeCleanly(lastRequestAt: Instant?) throws
}

package struct FrontierOpening: Sendable {
    /// Origins that have, or may have, due or future work.
    package var origins: [Int64] = []
    /// Origins whose block has not ended or is not forgiven.
    package var blocks: [(origin: Int64, block: OriginBlock)] = []
    /// The process before this one did not close the store: what was in flight is unknown.
    package var wasUnclean = false
    /// When the process before this one sent its last request; nil = never, or unknown.
    package var lastRequestAt: Instant?
    package var isPaused = false
    package var timeline = 0
    package var spent = BudgetSpent()
    /// How often origins were moved on to another proxy.
    package var rotations: [Int64: Int] = [:]
    /// There is something left for `catchUp`.
    package var isBehind = false
    /// URLs that are sitemaps and have to be fetched to be read.
    package var sitemaps: [Int64] = []
    package var guards = GuardOpening()
    /// What was in flight when the daemon ended by faults of its own.
    package var suspects: [SuspectRow] = []

    package init() {}
}

/// What one step of `catchUp` did.
package struct CatchUp: Sendable {
    /// It may have new work; nil = none has.
    package var origin: Int64?
    /// There may be more to do.
    package var isMore: Bool
    /// Rows that could not be written, for what they are: they stay as they were.
    package var passedOver: [PassedOver] = []

    package struct PassedOver: Sendable, Hashable {
        /// Of the URL.
        package var id: Int64
        package var reason: String

        package init(id: Int64, reason: String) {
            self.id = id
            self.reason = reason
        }
    }

    package init(origin: Int64? = nil, isMore: Bool) {
        self.origin = origin
        self.isMore = isMore
    }
}

/// What one commit writes.
package struct Completion: Sendable {
    package var verdicts: [Verdict] = []
    package var robots: [RobotsChange] = []
    /// Origins that were found to have nothing due.
    package var drained: [Int64] = []
    package var spent = BudgetSpent()
    /// `RefusalPolicy.stamp` of what its refusals were judged by; nil = not all by the same.
    package var judgedBy: String?
    /// How often origins were moved on to another proxy by now; only those that were.
    package var rotations: [Int64: Int] = [:]
    package var guards = GuardChanges()
    /// Tickets that are suspects no more.
    package var cleared: [Int64] = []
    /// The last record of each file of the archive that records of this commit went to, whatever they are of. The
    /// places of `Verdict.archived` count without being here.
    package var archive: [ArchivePlace] = []

    package init(verdicts: [Verdict] = [], robots: [RobotsChange] = [], drained: [Int64] = []) {
        self.verdicts = verdicts
        self.robots = robots
        self.drained = drained
    }
}

/// What a commit made that the crawl has to know of.
package struct CompletionCommit: Sendable {
    /// Origins that redirects gave new URLs.
    package var touched: [EnqueueCommit.Touched] = []
    /// There is something for `catchUp` to do.
    package var leavesWork = false
    /// URLs that are sitemaps in the place of those that were redirected to them.
    package var sitemaps: [Int64] = []
    /// A message that was held back may go, or the other way round; an event of a verdict changes the outbox anyway.
    package var changesOutbox = false
    /// Verdicts of which nothing was written, in their order: what they share was changed since they were judged.
    package var again: [Again] = []
    /// The number of the result feed's last row; nil = it has no new one.
    package var lastResult: Int64?

    /// What an answer has to be judged by now.
    package struct Again: Sendable {
        /// Of the URL.
        package var id: Int64
        package var origin: OriginHealth
        package var state = URLState.scheduled
        /// What is remembered of the URL; nil = nothing.
        package var record: HealthBox?

        package init(id: Int64, origin: OriginHealth) {
            self.id = id
            self.origin = origin
        }
    }

    package init() {}
}

package struct LeaseRequest: Sendable {
    package var origin: Int64
    package var now: Instant
    /// Of all leases of this process, by which the answer is known; 0 = none was given.
    package var number = 0
    /// URLs of the origin that are not wanted, due or not.
    package var without: Set<Int64> = []
    /// At most so many ordinary URLs; 0 = none are wanted.
    package var limit: Int
    /// At most so many URLs of health traffic; 0 = none are wanted.
    package var healthLimit: Int
    /// What is known of the origin's robots.txt is wanted.
    package var wantsRobots: Bool
    /// So is what is known of its failing URLs.
    package var wantsHealth = false
    /// URLs that wait for a slot and get one now, at most.
    package var freeSlots = 0
    /// Nothing but canary and scout is wanted; nil = the origin is asked as ever.
    package var look: Look?

    package struct Look: Sendable, Hashable {
        package var canary: Int64
        /// Preferred as scout; nil = any other URL of the origin: best one that was good, else one never tried.
        package var scout: Int64?
        package var wantsScout: Bool

        package init(canary: Int64, scout: Int64?, wantsScout: Bool) {
            self.canary = canary
            self.scout = scout
            self.wantsScout = wantsScout
        }
    }
    /// A URL that is wanted whether it is due or not; nil = none.
    package var probe: Int64?
    /// It is wanted to be asked once more because of its redirect, and not by a guard.
    package var isSecond = false
    /// A URL that is wanted with nothing else, if it is due; nil = none.
    package var alone: Int64?
    /// Wanted by a guard, or by the turn of a suspect: one at a time.
    var isApart: Bool { alone != nil || probe != nil && !isSecond }

    package init(
        origin: Int64, now: Instant, limit: Int, healthLimit: Int, wantsRobots: Bool = false, probe: Int64? = nil
    ) {
        self.origin = origin
        self.now = now
        self.limit = limit
        self.healthLimit = healthLimit
        self.wantsRobots = wantsRobots
        self.probe = probe
    }
}

package struct LeasedURL: Sendable {
    package var id: Int64
    package var generation: Int64
    package var pathOffset: Int
    package var pathLength: Int
    package var dueAt: Instant
    /// nil = the configured default.
    package var recrawl: Recrawl?
    package var state: URLState
    package var isHealthTraffic: Bool
    package var health: HealthBox?
    /// What the page was at its last success; nil = it had none.
    package var content: ContentBox?
    /// False: asked although nothing of it is due, as a scout may be; `dueAt` means nothing then.
    package var isDue = true
    /// It waited for a slot, and its turn has come.
    package var hasTurn = false

    package init(
        id: Int64, generation: Int64, pathOffset: Int, pathLength: Int, dueAt: Instant, recrawl: Recrawl?,
        state: URLState, isHealthTraffic: Bool, health: HealthBox?, content: ContentBox? = nil
    ) {
        self.id = id
        self.generation = generation
        self.pathOffset = pathOffset
        self.pathLength = pathLength
        self.dueAt = dueAt
        self.recrawl = recrawl
        self.state = state
        self.isHealthTraffic = isHealthTraffic
        self.health = health
        self.content = content
    }
}

package struct Lease: Sendable {
    /// `scheme://host[:port]`; empty if the origin is unknown.
    package var originKey: [UInt8] = []
    /// The paths, one after another.
    package var arena: [UInt8] = []
    package var urls: [LeasedURL] = []
    package var health: [LeasedURL] = []
    /// nil = not wanted, or there is no such URL that may be asked.
    package var probe: LeasedURL?
    /// nil = not wanted, gone, or not due.
    package var alone: LeasedURL?
    /// Those that are due for longest, whatever their priority; empty if `urls` has them in that order anyway.
    package var oldest: [LeasedURL] = []
    /// nil = not wanted.
    package var robots: OriginRobots?
    /// nil = not wanted.
    package var originHealth: OriginHealth?
    /// Wanted with `look`: the canary, due at `dueAt`; nil = it is gone.
    package var canary: LeasedURL?
    /// nil = the origin has no other URL.
    package var scout: LeasedURL?
    /// URLs of the origin are refused by its robots.txt; known if `robots` was wanted, or no URL is due.
    package var hasRefused: Bool?
    /// Of the last of `urls`.
    package var lowestPriority = 0
    /// When more ordinary work is due: now or past if the limit cut the list, nil if there is none.
    package var nextDueAt: Instant?
    package var nextHealthDueAt: Instant?

    package init() {}
}

package struct EnqueueCommit: Sendable {
    package var receipt = EnqueueReceipt()
    package var touched: [Touched] = []
    /// URLs that are sitemaps and have to be fetched to be read.
    package var sitemaps: [Int64] = []
    /// Origins whose robots.txt is wanted, because it may name a sitemap of another host.
    package var sitemapRobots: [Int64] = []
    /// The document was read, but for pages that wait for robots.txt: its file is needed once more.
    package var awaitsSitemapRobots = false

    /// An origin that has new work.
    package struct Touched: Sendable {
        package var origin: Int64
        package var dueAt: Instant
        /// The highest of what is new.
        package var priority: Int
        /// What was leased of the origin may no longer be the best to ask next.
        package var reorders: Bool

        package init(origin: Int64, dueAt: Instant, priority: Int = 0, reorders: Bool) {
            self.origin = origin
            self.dueAt = dueAt
            self.priority = priority
            self.reorders = reorders
        }
    }

    package init() {}
}
