/// `politeness`: how gently each origin is asked.
package struct PolitenessConfig: Hashable, Sendable {
    /// Requests in flight to one origin.
    package var perOriginInFlight = 1

    /// Requests in flight to one address, over all origins that share it; zero means no limit.
    package var perAddressInFlight = 4

    /// The same for the addresses of known edges, and for those in `wideAddresses`: each stands for many servers.
    package var perEdgeAddressInFlight = 64

    /// CIDRs whose addresses stand for many servers each.
    package var wideAddresses: [String] = []

    /// Gap between request starts to one origin; zero means none.
    package var crawlDelay: Duration = .seconds(1)

    /// robots.txt may ask for up to this; origins that ask for more are refused.
    package var maxCrawlDelay: Duration = .seconds(30)

    /// What a server may ask us to wait with Retry-After at most.
    package var maxRetryAfter: Duration = .hours(24)

    /// Gaps and blocks get 0 to this share longer, never shorter.
    package var jitter = 0.1

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.int("per_origin_in_flight", &perOriginInFlight)
        section.int("per_address_in_flight", &perAddressInFlight)
        section.int("per_edge_address_in_flight", &perEdgeAddressInFlight)
        section.strings("wide_addresses", &wideAddresses)
        section.duration("crawl_delay", &crawlDelay)
        section.duration("max_crawl_delay", &maxCrawlDelay)
        section.duration("max_retry_after", &maxRetryAfter)
        section.double("jitter", &jitter)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("politeness")
        check.int("per_origin_in_flight", perOriginInFlight, 1...1000)
        check.int("per_address_in_flight", perAddressInFlight, 0...100_000)
        check.int("per_edge_address_in_flight", perEdgeAddressInFlight, 0...100_000)
        for range in wideAddresses {
            check.require(
                AddressRangeText.isValid(range), "wide_addresses", "[\(range)]",
                "must be ranges such as 192.0.2.0/24 or 2001:db8::/32, with no bit set behind the prefix")
        }
        check.duration("crawl_delay", crawlDelay, .zero...Duration.days(1))
        check.duration("max_crawl_delay", maxCrawlDelay, .zero...Duration.days(1))
        check.duration("max_retry_after", maxRetryAfter, .seconds(1)...Duration.days(365))
        check.require((0...1).contains(jitter), "jitter", "\(jitter)", "must be from 0 to 1")
        return check.faults
    }
}
