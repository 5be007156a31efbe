/// Requests of the UTC day so far, of every kind.
package struct BudgetRecord: Codable, Sendable, Hashable {
    package var spent = 0
    /// `budget.requests_per_day`; 0 = unlimited.
    package var perDay = 0
    /// `budget.requests_per_origin_per_day`; 0 = unlimited.
    package var perOriginPerDay = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case spent
        case perDay = "per_day"
        case perOriginPerDay = "per_origin_per_day"
    }
}
