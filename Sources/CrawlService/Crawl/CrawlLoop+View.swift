package import CrawlCore

// What is asked of the loop, from any thread; the answers come on its lane.

extension CrawlLoop {
    /// What the loop tells of itself.
    package struct Snapshot: Sendable {
        package var inFlight = 0
        package var isPaused = false
        /// Fetches since the start, by `Outcome.rawValue`.
        package var outcomes = [Int](repeating: 0, count: 32)
        /// Why the last commit or lease failed; nil = storage works.
        package var storageError: String?
        /// The disk is full since then, and nothing is fetched; nil = it has room.
        package var storageFullSince: Instant?
        /// Answers a second, over the last 10 and 60 seconds.
        package var rate10s = 0.0
        package var rate1m = 0.0
        /// Why due work waits.
        package var waits = DueWaits()
        /// For URLs enqueued without an interval.
        package var defaultRecrawl = Recrawl.never
        package var crawlDelay = Duration.zero
        /// Requests of this UTC day, and how many it may have; 0 = unlimited.
        package var spentToday = 0
        package var budget = BudgetRules()
        package var guards = GuardStatus()
        /// nil = sockets can be had.
        package var localPause: LocalLimit.Pause?
        /// Tickets that may have ended the daemon, and how many of them are put back.
        package var suspects = 0
        package var suspectsPutBack = 0
        /// Origins that are asked apart, see `Quarantine`.
        package var originsApart = 0
        /// nil = libcurl looks names up.
        package var names: NameFigures?
        package var busiestAddress: BusyAddress?

        /// Why nothing can be stored; nil = storage works.
        package var storage: StorageWait? {
            storageFullSince.map { .full(since: $0) } ?? storageError.map { .failed($0) }
        }
    }

    package func snapshot(_ answer: @escaping @Sendable (Snapshot) -> Void) {
        lane.async { [self] in
            let now = clock.now()
            snapshotValue.inFlight = scheduler?.inFlight ?? 0
            snapshotValue.rate10s = rate.perSecond(over: 10, at: now)
            snapshotValue.rate1m = rate.perSecond(over: 60, at: now)
            snapshotValue.waits = scheduler?.dueWaits(now) ?? DueWaits()
            snapshotValue.defaultRecrawl = settings.rules.recrawl
            snapshotValue.spentToday = scheduler?.spentToday ?? 0
            snapshotValue.budget = settings.rules.budget
            snapshotValue.guards = scheduler?.guardStatus(now: now) ?? GuardStatus()
            snapshotValue.localPause = scheduler?.localPause
            snapshotValue.crawlDelay = settings.rules.crawlDelay
            let suspects = scheduler?.suspectCount(now: now)
            snapshotValue.suspects = suspects?.all ?? 0
            snapshotValue.suspectsPutBack = suspects?.putBack ?? 0
            snapshotValue.originsApart = scheduler?.apartCount(now: now) ?? 0
            snapshotValue.names = scheduler?.nameFigures(now: now)
            snapshotValue.names?.rate = lookUps.perSecond(over: 10, at: now)
            snapshotValue.busiestAddress = scheduler?.busiestAddress
            answer(snapshotValue)
        }
    }

    package func inFlight(after: Int64, limit: Int, _ answer: @escaping @Sendable ([Int64]) -> Void) {
        lane.async { [self] in answer(scheduler?.inFlight(after: after, limit: limit) ?? []) }
    }

    /// What the loop knows of some URLs.
    package struct View: Sendable {
        /// On their way right now.
        package var inFlight: Set<Int64> = []
        /// Why their origins wait, by origin.
        package var waits: [Int64: OriginWait] = [:]
        /// How fast they are asked, by origin.
        package var paces: [Int64: OriginPace] = [:]
        /// Requests to them on this UTC day, by origin; only those that have a budget.
        package var spent: [Int64: Int] = [:]
        /// Those that may have ended the daemon.
        package var suspects: [Int64: SuspectWait] = [:]
        /// When those are asked again whose answers could not be stored; robots.txt by their tickets.
        package var putBack: [Int64: Instant] = [:]
        /// Those that are asked apart, by origin.
        package var apart: [Int64: Quarantine.Stay] = [:]
        /// What is known of the name that was asked for; nil = nothing, or it is not looked up here.
        package var name: NameStatus?
        package var isPaused = false
        /// nil = storage works.
        package var storage: StorageWait?
        /// Which profile asks beside ours to prove a soft block, by name; "" = none, or it has no name.
        package var controlProfile = ""
        /// When what is marked is looked at again.
        package var health = HealthRules()
        package var now: Instant
    }

    /// `key`: of the origin whose name is told of; empty = of none.
    package func view(of ids: [Int64], key: [UInt8] = [], _ answer: @escaping @Sendable (View) -> Void) {
        lane.async { [self] in
            var view = View(now: clock.now())
            view.inFlight = Set(ids.filter { scheduler?.isInFlight($0) ?? false })
            view.isPaused = scheduler?.isPaused ?? false
            view.storage = snapshotValue.storage
            view.controlProfile = scheduler?.rules.softBlock.name ?? ""
            view.name = key.isEmpty ? nil : scheduler?.nameStatus(of: key)
            view.health = scheduler?.rules.health ?? settings.rules.health
            for id in ids { view.suspects[id] = scheduler?.suspectWait(of: id, now: view.now) }
            for id in ids { view.putBack[id] = scheduler?.putBackUntil(id) }
            for origin in Set(ids.map(URLKey.origin)) {
                view.putBack[URLKey.robots(of: origin)] = scheduler?.putBackUntil(URLKey.robots(of: origin))
                view.waits[origin] = scheduler?.wait(of: origin, now: view.now)
                view.paces[origin] = scheduler?.pace(of: origin, now: view.now)
                view.apart[origin] = scheduler?.stayApart(of: origin, now: view.now)
                view.spent[origin] = scheduler?.spentToday(on: origin)
            }
            answer(view)
        }
    }
}
