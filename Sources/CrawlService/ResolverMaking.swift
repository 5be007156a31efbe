import CrawlCore
import CrawlResolve
import DomainKit
import Logging

extension Config {
    /// nil = libcurl looks names up, or through a proxy that does.
    func resolver(clock: any Clock, logger: Logger) -> Resolver? {
        guard dns.resolver == .cAres else { return nil }
        var options = ResolverOptions()
        options.maxInFlight = dns.maxInFlight
        if !dns.servers.isEmpty { options.servers = dns.servers.compactMap { ServerAddress($0) } }
        options.ipv6 =
            switch fetch.ipv6 {
            case .auto: .auto
            case .on: .on
            case .off: .off
            }
        options.publicSuffix = { RegistrableDomain.publicSuffix(of: $0) }
        options.tell = { notice in
            switch notice {
            case .servers(let servers):
                logger.info(
                    "name servers",
                    metadata: ["servers": "\(servers.map(\.description).joined(separator: ", "))"])
            case .ignoredServer(let text):
                logger.warning("a name server is not asked: it has no address", metadata: ["nameserver": "\(text)"])
            }
        }
        return Resolver(options, clock: clock)
    }
}
