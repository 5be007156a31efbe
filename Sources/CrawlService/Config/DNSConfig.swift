import ControlAPI
import CrawlCore

/// `dns`: how names are looked up.
package struct DNSConfig: Hashable, Sendable {
    package enum Resolver: String, CaseIterable, Sendable {
        /// crawld asks the servers of /etc/resolv.conf itself.
        case cAres = "c-ares"
        /// libcurl asks the system, one thread a name: for hosts whose names come from other modules of nsswitch.conf.
        case system
    }

    package var resolver = Resolver.cAres

    /// Questions under way at most, one for each family of a name; it begins with 128.
    package var maxInFlight = 1024

    /// Memory in bytes for names that are known.
    package var cache = 32 << 20

    /// Addresses hold so long at least and at most, whatever their TTL says.
    package var minTTL: Duration = .minutes(1)
    package var maxTTL: Duration = .days(1)

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.choice("resolver", &resolver)
        section.int("max_in_flight", &maxInFlight)
        section.size("cache", &cache)
        section.duration("min_ttl", &minTTL)
        section.duration("max_ttl", &maxTTL)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("dns")
        check.int("max_in_flight", maxInFlight, 16...16_384)
        check.require((1 << 20...1 << 34).contains(cache), "cache", "\(cache)", "must be from 1MiB to 16GiB")
        check.duration("min_ttl", minTTL, .zero...Duration.hours(24))
        check.duration("max_ttl", maxTTL, .seconds(1)...Duration.days(30))
        check.require(minTTL <= maxTTL, "min_ttl", DurationText.text(minTTL), "must be at most dns.max_ttl")
        return check.faults
    }

    var rules: NameRules {
        var rules = NameRules()
        rules.minTTL = minTTL
        rules.maxTTL = maxTTL
        rules.cacheBytes = cache
        return rules
    }
}
