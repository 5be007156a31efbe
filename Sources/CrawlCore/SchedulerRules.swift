/// The numbers the scheduler goes by; defaults as in the configuration.
package struct SchedulerRules: Sendable {
    /// Requests in flight in all.
    package var maxInFlight = 1024
    package var perOriginInFlight = 1
    /// Requests in flight to one address, over all origins that share it; 0 = no limit.
    package var perAddressInFlight = 4
    /// The same for the addresses of known edges, and for those in `wideAddresses`: each stands for many servers. Less than
    /// `perAddressInFlight` = as that.
    package var perEdgeAddressInFlight = 64
    package var wideAddresses: [IPNetwork] = []
    /// Between request starts to one origin; zero = none.
    package var crawlDelay: Duration = .seconds(1)
    /// Delays and blocks get 0 to this share longer, never shorter; 0 = exact.
    package var jitter = 0.1
    /// How coarse the clock is: gaps are made so much longer, or they would come out shorter by it.
    package var clockGrain: Duration = .milliseconds(1)
    package var budget = BudgetRules()
    package var robots = RobotsSettings()
    package var names = NameRules()
    /// For URLs enqueued without one.
    package var recrawl: Recrawl = .never
    /// For adaptive ones.
    package var recrawlBounds = RecrawlBounds()
    /// A chain of redirects that comes back to its first URL is followed once more with the cookies it gave, see
    /// `ChainCookies`.
    package var chainCookies = true
    /// What a server may ask us to wait at most.
    package var maxRetryAfter: Duration = .seconds(24 * 3600)
    package var health = HealthRules()
    /// Proxies that the fetcher was made with; read at the start only.
    package var proxies = 0
    package var storm = StormRules()
    package var softBlock = SoftBlockRules()
    /// Verdicts tell what was received, for the result feed; read at the start only.
    package var keepsResults = false
    /// What an archive asks of requests; nil = none is written. Read at the start only.
    package var archive: ArchiveRule?

    /// Rows leased at a time from a lone origin.
    package var leaseLimit = 2000
    /// Rows leased at a time from one origin while others wait.
    package var leasePerOrigin = 20
    /// Rows lying leased in memory, over all origins; beyond it origins lease only what they start at once.
    package var leasedLimit = 20_000

    package init() {}
}
