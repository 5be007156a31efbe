/// Origins with due work that one rule keeps.
package struct WaitingRecord: Codable, Sendable, Hashable {
    /// As in `explain`: `crawl-delay`, `retry-after`, `origin-broken` and so on.
    package var rule: String
    package var origins: Int
    /// When the first of them may be asked again; null = that is not known.
    @OrNull package var nextAt: String?

    package init(rule: String, origins: Int, nextAt: String? = nil) {
        self.rule = rule
        self.origins = origins
        _nextAt = OrNull(wrappedValue: nextAt)
    }

    private enum CodingKeys: String, CodingKey {
        case rule, origins
        case nextAt = "next_at"
    }
}
