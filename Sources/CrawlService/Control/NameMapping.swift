import ControlAPI
import CrawlCore

extension NameRecordMessage {
    init(_ name: NameStatus) {
        self.init(host: name.host, addresses: name.addresses.map(\.description))
        lookedUpAt = name.lookedUpAt?.text
        holdsUntil = name.holdsUntil?.text
        ttlSeconds = name.ttl?.components.seconds
        said = name.said
        failingSince = name.failingSince?.text
        askedAt = name.askedAt?.text
    }
}

extension DNSRecord {
    init(_ names: NameFigures, _ resolver: ResolverFigures?) {
        self.init()
        cacheNames = names.count
        cacheBytes = names.bytes
        unanswered = names.failing
        rate10s = (names.rate * 1000).rounded() / 1000
        guard let resolver else { return }
        servers = resolver.servers
        inFlight = resolver.inFlight
        slow = resolver.slow
        window = resolver.window
        waiting = resolver.waiting
        done = resolver.done
        failed = resolver.failed
    }
}
