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
