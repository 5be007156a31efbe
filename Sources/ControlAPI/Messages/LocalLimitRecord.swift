/// Nothing new is fetched because our own machine has no sockets to give, as part of `GET /v1/status`.
package struct LocalLimitRecord: Codable, Sendable, Hashable {
    package var since: String
    /// What the last socket failed with: `EMFILE: …`.
    package var error: String
    /// Nothing is started before; null = a few requests try whether sockets can be had again.
    @OrNull package var until: String?

    package init(since: String, error: String, until: String?) {
        self.since = since
        self.error = error
        _until = OrNull(wrappedValue: until)
    }
}
