/// What `POST /v1/urls/revive` did.
package struct RevivedAnswer: Codable, Sendable, Hashable {
    /// URLs that were made due, and the origin itself where something was held against it.
    package var affected: Int
    /// How many of those were in trouble: 0 = nothing was broken.
    package var broken: Int
    /// URLs that were kept from being asked, by what they did or with all of their origin, and go free.
    package var freed: Int
    /// Incidents that were dealt with; null unless they were asked for.
    @OrNull package var incidents: Int?

    package init(affected: Int, broken: Int = 0, freed: Int = 0, incidents: Int? = nil) {
        self.affected = affected
        self.broken = broken
        self.freed = freed
        _incidents = OrNull(wrappedValue: incidents)
    }
}
