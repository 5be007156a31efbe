/// `GET /v1/origins?origin=…`: what an origin is asked by.
package struct OriginRecord: Codable, Sendable, Hashable {
    package var origin: String
    /// `robots-unreachable`, `origin-suspect`, `origin-broken` or `soft-blocked`: all of its URLs are held; null = they are not.
    @OrNull package var hold: String?
    /// What makes its URLs wait now, beyond the crawl delay; null = nothing.
    @OrNull package var waitsBecause: String?
    /// The gap between request starts that is kept.
    package var crawlDelay: String
    /// A server asked for quiet until then; null = none did.
    @OrNull package var blockedUntil: String?
    /// Blocks that doubled so far.
    package var blockLevel: Int
    /// The open incident of the whole origin.
    @OrNull package var incident: String?
    /// Requests to it on this UTC day; null = there is no budget for an origin, and they are not counted.
    @OrNull package var spentToday: Int?
    /// null = its name was not looked up, or is libcurl's or a proxy's matter.
    @OrNull package var name: NameRecordMessage?
    /// null = robots.txt was never asked for.
    @OrNull package var robots: RobotsRecord?

    package init(origin: String, crawlDelay: String) {
        self.origin = origin
        self.crawlDelay = crawlDelay
        blockLevel = 0
        _hold = OrNull(wrappedValue: nil)
        _waitsBecause = OrNull(wrappedValue: nil)
        _blockedUntil = OrNull(wrappedValue: nil)
        _incident = OrNull(wrappedValue: nil)
        _spentToday = OrNull(wrappedValue: nil)
        _name = OrNull(wrappedValue: nil)
        _robots = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case origin, hold, incident, name, robots
        case waitsBecause = "waits_because"
        case crawlDelay = "crawl_delay"
        case blockedUntil = "blocked_until"
        case blockLevel = "block_level"
        case spentToday = "spent_today"
    }
}

/// What is known of an origin's robots.txt.
package struct RobotsRecord: Codable, Sendable, Hashable {
    package var askedAt: String
    package var lastOutcome: String
    /// HTTP status; null = no answer.
    @OrNull package var lastStatus: Int?
    /// `cut`: the copy in use lacks its end, or the last answer did; `challenge`, `unreadable` or `partial`: the last answer
    /// was not the file; null = nothing is wrong with it.
    @OrNull package var fault: String?
    /// When the copy in use was fetched; null = there is none.
    @OrNull package var fetchedAt: String?
    @OrNull package var expiresAt: String?
    /// Where redirects led; null = none.
    @OrNull package var foundAt: String?
    package var bytes: Int
    /// What it asks for; null = nothing.
    @OrNull package var crawlDelay: String?
    /// Its `Sitemap:` lines.
    package var sitemaps: [String]

    package init(askedAt: String, lastOutcome: String, bytes: Int, sitemaps: [String]) {
        self.askedAt = askedAt
        self.lastOutcome = lastOutcome
        self.bytes = bytes
        self.sitemaps = sitemaps
        _lastStatus = OrNull(wrappedValue: nil)
        _fault = OrNull(wrappedValue: nil)
        _fetchedAt = OrNull(wrappedValue: nil)
        _expiresAt = OrNull(wrappedValue: nil)
        _foundAt = OrNull(wrappedValue: nil)
        _crawlDelay = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case bytes, sitemaps, fault
        case askedAt = "asked_at"
        case lastOutcome = "last_outcome"
        case lastStatus = "last_status"
        case fetchedAt = "fetched_at"
        case expiresAt = "expires_at"
        case foundAt = "found_at"
        case crawlDelay = "crawl_delay"
    }
}
