/// `budget`: requests per UTC day, of every kind.
package struct BudgetConfig: Hashable, Sendable {
    /// In all; zero means unlimited.
    package var requestsPerDay = 0

    /// To one origin; zero means unlimited.
    package var requestsPerOriginPerDay = 0

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.int("requests_per_day", &requestsPerDay)
        section.int("requests_per_origin_per_day", &requestsPerOriginPerDay)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("budget")
        check.int("requests_per_day", requestsPerDay, 0...1_000_000_000_000)
        check.int("requests_per_origin_per_day", requestsPerOriginPerDay, 0...1_000_000_000_000)
        return check.faults
    }
}
