internal import CrawlCore

/// How a `Resolver` works; every default is the product's.
package struct ResolverOptions: Sendable {
    /// `fetch.ipv6`.
    package enum IPv6: String, Sendable, CaseIterable {
        /// IPv6 addresses are asked for only if the machine has a global IPv6 route.
        case auto
        case on
        case off
    }

    package var ipv6 = IPv6.auto
    /// `dns.max_in_flight`: most questions at a time, the slow ones apart; at least 1.
    package var maxInFlight = 1024
    /// Most slow questions at a time.
    package var maxSlow = 512
    /// Of each UDP socket, in bytes; the kernel may give less. 0 = its default.
    package var receiveBuffer = 4 << 20
    /// Asked instead of those that `resolverFile` names; nil = the file's.
    package var servers: [ServerAddress]?
    package var resolverFile = "/etc/resolv.conf"
    package var hostsFile = "/etc/hosts"
    package var schedule = RetrySchedule()
    /// The public suffix that a host lies below; the default is its last label.
    package var publicSuffix: @Sendable (String) -> String = { host in
        host.lastIndex(of: ".").map { String(host[host.index(after: $0)...]) } ?? host
    }
    /// For `ipv6: auto`.
    package var hasIPv6Route: @Sendable () -> Bool = IPv6Route.exists
    /// For labels that nobody can foresee.
    package var random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    /// Called on the resolver's queue; has to be quick.
    package var tell: @Sendable (ResolverNotice) -> Void = { _ in }

    package init() {}
}

/// What an operator may want to know of.
package enum ResolverNotice: Sendable, Hashable {
    /// These are asked from now on.
    case servers([ServerAddress])
    /// A `nameserver` line that names an address which cannot be asked: one with a zone, or none at all.
    case ignoredServer(String)
}
