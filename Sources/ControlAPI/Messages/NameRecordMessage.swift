/// What is known of an origin's name.
package struct NameRecordMessage: Codable, Sendable, Hashable {
    package var host: String
    /// The one that is asked next before the others.
    package var addresses: [String]
    /// null = never.
    @OrNull package var lookedUpAt: String?
    @OrNull package var holdsUntil: String?
    /// As a server said, in seconds; null = none did.
    @OrNull package var ttlSeconds: Int64?
    /// What the last look-up said in place of an address; null = it gave some.
    @OrNull package var said: String?
    /// Since when no look-up was answered; null = the last one was.
    @OrNull package var failingSince: String?
    /// Since when one is under way; null = none is.
    @OrNull package var askedAt: String?

    package init(host: String, addresses: [String]) {
        self.host = host
        self.addresses = addresses
        _lookedUpAt = OrNull(wrappedValue: nil)
        _holdsUntil = OrNull(wrappedValue: nil)
        _ttlSeconds = OrNull(wrappedValue: nil)
        _said = OrNull(wrappedValue: nil)
        _failingSince = OrNull(wrappedValue: nil)
        _askedAt = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case host, addresses, said
        case lookedUpAt = "looked_up_at"
        case holdsUntil = "holds_until"
        case ttlSeconds = "ttl_seconds"
        case failingSince = "failing_since"
        case askedAt = "asked_at"
    }
}
