/// How names are looked up: part of `status`.
package struct DNSRecord: Codable, Sendable, Hashable {
    /// The servers that are asked.
    package var servers: [String]
    /// Questions under way, one for each of A and AAAA, and of these the ones that take longer than a second.
    package var inFlight: Int
    package var slow: Int
    /// Questions that may be under way at a time now, the slow ones apart.
    package var window: Int
    /// Names that wait to be asked for.
    package var waiting: Int
    /// Look-ups that ended a second, over the last 10 s.
    package var rate10s: Double
    /// Look-ups that ended since the start, and of these the ones that gave no address.
    package var done: Int
    package var failed: Int
    /// Names that are known, and what they take in memory.
    package var cacheNames: Int
    package var cacheBytes: Int
    /// Names that had no answer for an hour and more, which cannot be told from our resolver's fault.
    package var unanswered: Int

    package init() {
        servers = []
        inFlight = 0
        slow = 0
        window = 0
        waiting = 0
        rate10s = 0
        done = 0
        failed = 0
        cacheNames = 0
        cacheBytes = 0
        unanswered = 0
    }

    private enum CodingKeys: String, CodingKey {
        case servers, slow, window, waiting, done, failed, unanswered
        case inFlight = "in_flight"
        case rate10s = "rate_10s"
        case cacheNames = "cache_names"
        case cacheBytes = "cache_bytes"
    }
}

/// What is known of an origin's name.
package struct NameRecordMessage: Codable, Sendable, Hashable {
    package var host: String
    /// The one that is asked next before the others.
    package var addresses: [String]
    /// null = never.
    @OrNull package var lookedUpAt: String?
    @OrNull package var holdsUntil: String?
    /// As a server said, in seconds; null = none did.
    @OrNull package var ttlSeconds: Int64?
    /// What the last look-up said in place of an address; null = it gave some.
    @OrNull package var said: String?
    /// Since when no look-up was answered; null = the last one was.
    @OrNull package var failingSince: String?
    /// Since when one is under way; null = none is.
    @OrNull package var askedAt: String?

    package init(host: String, addresses: [String]) {
        self.host = host
        self.addresses = addresses
        _lookedUpAt = OrNull(wrappedValue: nil)
        _holdsUntil = OrNull(wrappedValue: nil)
        _ttlSeconds = OrNull(wrappedValue: nil)
        _said = OrNull(wrappedValue: nil)
        _failingSince = OrNull(wrappedValue: nil)
        _askedAt = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case host, addresses, said
        case lookedUpAt = "looked_up_at"
        case holdsUntil = "holds_until"
        case ttlSeconds = "ttl_seconds"
        case failingSince = "failing_since"
        case askedAt = "asked_at"
    }
}
