/// How names are looked up and for how long what came of it holds; defaults as in the configuration's `dns` section.
package struct NameRules: Sendable, Hashable {
    /// Names are looked up before their origins are asked; false = that is libcurl's matter, as it is through a proxy.
    package var isOwn = false
    /// The least and the longest that addresses hold, whatever their TTL says.
    package var minTTL: Duration = .seconds(60)
    package var maxTTL: Duration = .seconds(86_400)
    /// What the cache of names may take in memory, in bytes.
    package var cacheBytes = 32 << 20

    /// Those who waited for addresses may use them, whatever their TTL says.
    static let leastHold = Duration.seconds(1)
    /// The least and the longest that "there is no such name" holds (RFC 2308 §5 allows hours).
    static let minNegativeTTL = Duration.seconds(10)
    static let maxNegativeTTL = Duration.seconds(3600)
    /// A look-up that failed is not tried again sooner for the sake of ordinary traffic.
    static let failureTTL = Duration.seconds(10)
    /// The same, while addresses of before are used (RFC 8767 §5: no sooner than 30 s).
    static let staleRetry = Duration.seconds(30)
    /// How long addresses are used beyond their time while the servers fail (RFC 8767 §4).
    static let staleFor = Duration.seconds(3600)
    /// Look-ups that may be under way or wait at a time, without the slow ones; and those.
    static let mostWaiting = 4096
    static let mostSlow = 32_768
    /// Origins that may wait in line beyond that: as long as there are fewer, those whose names are known are asked as ever.
    static let mostLined = 16_384

    package init() {}
}
