/// `GET /v1/status`.
package struct StatusReport: Codable, Sendable, Hashable {
    package var version: String
    package var uptimeSeconds: Int64
    package var paused: Bool
    /// Count by state.
    package var urls: [String: Int]
    package var inFlight: Int
    /// URLs whose time has come, or comes within the minute that has begun. Those that are in flight are due until their
    /// answers are stored, and those that their origin holds stay counted.
    package var dueNow: Int
    /// Answers a second over the last 10 s, and over the last minute; over less where counting began later.
    package var rate10s: Double
    package var rate1m: Double
    /// How long `due_now` would take at `rate_1m`; null = unknown: nothing was answered in that minute.
    @OrNull package var secondsLeft: Int64?
    /// Why due work waits: origins, each counted once, by the first rule that keeps it. Empty = nothing keeps any.
    package var waiting: [WaitingRecord]
    /// Count by outcome since the start.
    package var fetches: [String: Int]
    package var incidentsOpen: Int
    /// Of all that is marked, what is looked at first; null = nothing is marked, or only an operator looks.
    @OrNull package var nextLook: NextLookRecord?
    package var alertsPending: Int
    /// Deliveries that failed for too long, since the frontier was made.
    package var alertsGivenUp: Int
    /// Sitemaps that were asked for and are not read to their ends.
    package var sitemapsOpen: Int
    /// null = nothing is kept of it.
    @OrNull package var results: ResultsReport?
    package var walBytes: Int64
    package var databaseBytes: Int64
    package var workers: Int
    /// The longest call of a worker into libcurl of the last minute or two; 0 = none took 250 ms or more. It is known to
    /// within that.
    package var workerLongestCallMs: Int64
    /// The numbers of workers that do not get on.
    package var workersStuck: [Int]
    package var budget: BudgetRecord
    package var guards: GuardsRecord
    /// null = libcurl looks names up.
    @OrNull package var dns: DNSRecord?
    /// URLs and robots.txts that were in flight when the daemon ended by faults of its own, and are asked alone.
    package var suspects: Int
    /// Of these, the ones that were found out and are not asked for a while.
    package var suspectsPutBack: Int
    /// Origins that cost a worker more than their share, and are asked by a worker for such.
    package var originsApart: Int
    /// Our own machine has no sockets to give; null = it has.
    @OrNull package var localLimit: LocalLimitRecord?
    /// What the last write failed with; null = storage works.
    @OrNull package var storageError: String?
    /// The disk is full since then, and nothing is fetched; null = it has room.
    @OrNull package var storageFullSince: String?

    package init(version: String, uptimeSeconds: Int64 = 0, paused: Bool = false) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.paused = paused
        urls = [:]
        inFlight = 0
        dueNow = 0
        rate10s = 0
        rate1m = 0
        _secondsLeft = OrNull(wrappedValue: nil)
        waiting = []
        fetches = [:]
        incidentsOpen = 0
        _nextLook = OrNull(wrappedValue: nil)
        alertsPending = 0
        alertsGivenUp = 0
        sitemapsOpen = 0
        _results = OrNull(wrappedValue: nil)
        walBytes = 0
        databaseBytes = 0
        workers = 0
        workerLongestCallMs = 0
        workersStuck = []
        budget = BudgetRecord()
        guards = GuardsRecord()
        _dns = OrNull(wrappedValue: nil)
        suspects = 0
        suspectsPutBack = 0
        originsApart = 0
        _localLimit = OrNull(wrappedValue: nil)
        _storageError = OrNull(wrappedValue: nil)
        _storageFullSince = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case version, paused, urls, waiting, fetches, workers, budget, guards, dns, suspects, results
        case workerLongestCallMs = "worker_longest_call_ms"
        case workersStuck = "workers_stuck"
        case suspectsPutBack = "suspects_put_back"
        case originsApart = "origins_apart"
        case uptimeSeconds = "uptime_seconds"
        case inFlight = "in_flight"
        case dueNow = "due_now"
        case rate10s = "rate_10s"
        case rate1m = "rate_1m"
        case secondsLeft = "seconds_left"
        case incidentsOpen = "incidents_open"
        case nextLook = "next_look"
        case alertsPending = "alerts_pending"
        case alertsGivenUp = "alerts_given_up"
        case sitemapsOpen = "sitemaps_open"
        case walBytes = "wal_bytes"
        case databaseBytes = "database_bytes"
        case localLimit = "local_limit"
        case storageError = "storage_error"
        case storageFullSince = "storage_full_since"
    }
}
