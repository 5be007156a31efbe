package import CrawlCore

/// `robots`: how robots.txt is obeyed (RFC 9309).
package struct RobotsConfig: Hashable, Sendable {
    package var obey = true

    /// The name that a robots.txt's groups are looked up by; should be part of `fetch.user_agent`.
    package var productToken = "crawld"

    /// A copy is used for so long at most; `Cache-Control` may shorten it.
    package var ttl: Duration = .hours(24)

    /// What a challenge in place of robots.txt means.
    package var challenge = RobotsSettings.OnChallenge.hold

    /// Memory in bytes for the rules of origins in use.
    package var cache = 64 << 20

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.bool("obey", &obey)
        section.string("product_token", &productToken)
        section.duration("ttl", &ttl)
        section.choice("challenge", &challenge)
        section.size("cache", &cache)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("robots")
        let isToken =
            !productToken.isEmpty && productToken.utf8.count <= 64
            && productToken.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
        check.require(isToken, "product_token", productToken, "must be letters, - and _ (RFC 9309 2.2.1), at most 64")
        check.duration("ttl", ttl, .minutes(1)...Duration.hours(24))
        check.require(
            (1 << 20...1 << 34).contains(cache), "cache", "\(cache)", "must be from 1MiB to 16GiB")
        return check.faults
    }
}
