/// The queue of URLs as the crawl sees it: batches in, batches out. The embedded store owns every partition of the
/// origin space; another may own some.
///
/// `opening` and `lease` are called on the loop's lane, the others on the writer's lane; a store serialises the two
/// itself. Everything that returns has been committed; everything that throws has changed nothing.
package protocol Frontier: AnyObject, Sendable {
    /// What a starting crawl has to know; marks the store as in use.
    func opening(now: Instant) throws -> FrontierOpening

    /// Due URLs of one origin in the order they should be asked, without those for which `isOutstanding` holds.
    func lease(_ request: LeaseRequest, isOutstanding: (Int64) -> Bool) throws -> Lease

    func enqueue(_ batch: EnqueueBatch, now: Instant) throws -> EnqueueCommit

    /// Writes verdicts, incidents and alerts in one transaction. `drained` are origins that were found to have nothing due.
    func complete(_ verdicts: [Verdict], drained: [Int64], now: Instant) throws

    /// Windows observed before now no longer count: the clock jumped. Returns the new timeline.
    func advanceTimeline() throws -> Int

    func setPaused(_ paused: Bool) throws

    /// Nothing was written for a while: a moment for housekeeping that would be in the way otherwise. What fails is
    /// tried again in the next such moment.
    func tidy()

    /// The last write: the next start need not assume that requests were in flight.
    func closeCleanly(lastRequestAt: Instant?) throws
}

package struct FrontierOpening: Sendable {
    /// Origins that have, or may have, due or future work.
    package var origins: [Int64] = []
    /// Origins whose block has not ended.
    package var blocks: [(origin: Int64, block: OriginBlock)] = []
    /// The process before this one did not close the store: what was in flight is unknown.
    package var wasUnclean = false
    /// When the process before this one sent its last request; nil = never, or unknown.
    package var lastRequestAt: Instant?
    package var isPaused = false
    package var timeline = 0

    package init() {}
}

package struct LeaseRequest: Sendable {
    package var origin: Int64
    package var now: Instant
    /// At most so many ordinary URLs; 0 = none are wanted.
    package var limit: Int
    /// At most so many URLs of health traffic; 0 = none are wanted.
    package var healthLimit: Int

    package init(origin: Int64, now: Instant, limit: Int, healthLimit: Int) {
        self.origin = origin
        self.now = now
        self.limit = limit
        self.healthLimit = healthLimit
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

    package init(
        id: Int64, generation: Int64, pathOffset: Int, pathLength: Int, dueAt: Instant, recrawl: Recrawl?,
        state: URLState, isHealthTraffic: Bool, health: HealthBox?
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
    }
}

package struct Lease: Sendable {
    /// `scheme://host[:port]`; empty if the origin is unknown.
    package var originKey: [UInt8] = []
    /// The paths, one after another.
    package var arena: [UInt8] = []
    package var urls: [LeasedURL] = []
    package var health: [LeasedURL] = []
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
