/// Requests of the UTC day so far, of every kind, and what all requests went for.
package struct BudgetRecord: Codable, Sendable, Hashable {
    package var spent = 0
    /// `budget.requests_per_day`; 0 = unlimited.
    package var perDay = 0
    /// `budget.requests_per_origin_per_day`; 0 = unlimited.
    package var perOriginPerDay = 0

    /// Requests of all days.
    package var spentTotal: Int64 = 0
    /// Those of them that met a failure.
    package var wastedTotal: Int64 = 0
    /// Requests that marks have made unnecessary.
    package var savedTotal: Int64 = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case spent
        case perDay = "per_day"
        case perOriginPerDay = "per_origin_per_day"
        case spentTotal = "spent_total"
        case wastedTotal = "wasted_total"
        case savedTotal = "saved_total"
    }
}
