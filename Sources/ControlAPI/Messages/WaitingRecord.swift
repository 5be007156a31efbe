/// Origins with due work that one rule keeps.
package struct WaitingRecord: Codable, Sendable, Hashable {
    /// As in `explain`: `crawl-delay`, `retry-after`, `origin-broken` and so on.
    package var rule: String
    package var origins: Int
    /// When the first of them may be asked again; null = that is not known.
    @OrNull package var nextAt: String?

    /// Of `per-address`: the address that most of them wait for, how many do, and what is in flight there; null = not known.
    @OrNull package var busiest: Busiest?

    package struct Busiest: Codable, Sendable, Hashable {
        package var address: String
        package var origins: Int
        package var inFlight: Int

        package init(address: String, origins: Int, inFlight: Int) {
            self.address = address
            self.origins = origins
            self.inFlight = inFlight
        }

        private enum CodingKeys: String, CodingKey {
            case address, origins
            case inFlight = "in_flight"
        }
    }

    package init(rule: String, origins: Int, nextAt: String? = nil) {
        self.rule = rule
        self.origins = origins
        _nextAt = OrNull(wrappedValue: nextAt)
        _busiest = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case rule, origins, busiest
        case nextAt = "next_at"
    }
}
