/// Whether many fail at once, as part of `GET /v1/status`.
package struct GuardsRecord: Codable, Sendable, Hashable {
    package enum Offline: String, Codable, Sendable {
        /// Watching.
        case on
        /// Nothing can be reached: only probes are sent.
        case offline
        /// Fewer than `domainsNeeded` domains are known to be good: nobody can tell.
        case off
    }

    package var offline: Offline
    @OrNull package var offlineSince: String?
    /// Registrable domains that gave a good answer in the last 24 h, or had when they began to fail.
    package var domainsKnown: Int
    /// Open ones.
    package var storms: [Storm]

    package struct Storm: Codable, Sendable, Hashable {
        package var edge: String
        package var incident: String
        package var since: String
        /// Over at the latest.
        package var until: String
        /// Domains that fail and are asked by sample only.
        package var domains: Int

        package init(edge: String, incident: String, since: String, until: String, domains: Int) {
            self.edge = edge
            self.incident = incident
            self.since = since
            self.until = until
            self.domains = domains
        }
    }

    package static let domainsNeeded = 5

    package init() {
        offline = .off
        domainsKnown = 0
        storms = []
        _offlineSince = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case offline, storms
        case offlineSince = "offline_since"
        case domainsKnown = "domains_known"
    }
}
