import ControlAPI
import CrawlCore
import CrawlResolve

/// `dns`: how names are looked up.
package struct DNSConfig: Hashable, Sendable {
    package enum Resolver: String, CaseIterable, Sendable {
        /// crawld asks name servers itself.
        case cAres = "c-ares"
        /// libcurl asks the system, one thread a name: for hosts whose names come from other modules of nsswitch.conf.
        case system
    }

    package var resolver = Resolver.cAres

    /// Asked instead of those of /etc/resolv.conf, each `ADDRESS` or `ADDRESS:PORT`; empty = the file's, with `c-ares` only.
    package var servers: [String] = []

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
        section.strings("servers", &servers)
        section.int("max_in_flight", &maxInFlight)
        section.size("cache", &cache)
        section.duration("min_ttl", &minTTL)
        section.duration("max_ttl", &maxTTL)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("dns")
        let text = "[\(servers.joined(separator: ", "))]"
        let wrong = servers.first { ServerAddress($0) == nil }
        check.require(
            wrong == nil, "servers", text,
            "must be addresses, each with or without a port, such as `192.0.2.53` or `[2001:db8::53]:5353`; "
                + "`\(wrong ?? "")` is none")
        let most = ResolverConfiguration.mostServers
        check.require(servers.count <= most, "servers", text, "must be at most \(most)")
        check.require(
            servers.isEmpty || resolver == .cAres, "servers", text,
            "needs `dns.resolver: c-ares`: the system asks the servers of /etc/resolv.conf")
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
