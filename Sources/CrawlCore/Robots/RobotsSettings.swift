/// How robots.txt is obeyed; defaults as in the configuration.
package struct RobotsSettings: Sendable, Hashable {
    package var obeys = true
    /// The name that groups are looked up by (RFC 9309 §2.2.1).
    package var productToken = "crawld"
    /// A copy is used for so long at most (§2.4); `Cache-Control` may shorten it.
    package var lifetime: Duration = .seconds(24 * 3600)
    /// A longer Crawl-delay is not waited for: the origin's URLs are refused.
    package var maxCrawlDelay: Duration = .seconds(30)
    /// What a challenge in place of robots.txt means.
    package var challenge = OnChallenge.hold
    /// Memory for rules that are in use; the rest is in the store.
    package var cacheBytes = 64 << 20

    package init() {}

    package enum OnChallenge: String, Sendable, CaseIterable {
        /// robots.txt is unreachable: the copy is used on, and without one the origin's URLs are held.
        case hold
        /// There are no rules. Only where the status alone would not say otherwise: a challenge at a 5xx holds all the
        /// same (RFC 9309 §2.3.1.4).
        case allow
    }

    /// Bytes of a robots.txt that are read; RFC 9309 §2.5 asks for 500 KiB at least.
    package static let bodyLimit = 512 << 10
    /// Redirects that are followed, over hosts too (§2.3.1.2).
    package static let redirectLimit = 5
    /// A copy may go on being used for so long while robots.txt cannot be had (§2.4).
    package static let staleLimit = Duration.seconds(30 * 86400)
    /// A copy that lacks its end is used for so long.
    package static let cutLifetime = Duration.seconds(3600)
    /// How long a copy is used at most.
    package static func longest(isCut: Bool) -> Duration { isCut ? cutLifetime : staleLimit }
    /// `Cache-Control` cannot make us ask more often.
    package static let shortest = Duration.seconds(5 * 60)

    /// What `Cache-Control` (RFC 9111 §5.2.2) makes of the lifetime; nil = no header.
    package func lifetime(cacheControl: String?) -> Duration {
        guard let cacheControl else { return lifetime }
        let least = min(Self.shortest, lifetime)
        for directive in cacheControl.lowercased().split(separator: ",") {
            let text = directive.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            if text == "no-store" || text == "no-cache" { return least }
            if text.hasPrefix("max-age="), let seconds = Int64(text.dropFirst(8)), seconds >= 0 {
                return max(least, min(lifetime, .seconds(min(seconds, 366 * 86400))))
            }
        }
        return lifetime
    }
}
