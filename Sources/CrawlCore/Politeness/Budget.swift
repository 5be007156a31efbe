/// What may be spent in a UTC day; 0 = unlimited.
package struct BudgetRules: Sendable, Hashable {
    package var requestsPerDay = 0
    package var requestsPerOriginPerDay = 0
    package init() {}
}

/// Requests of a day as the store keeps them.
package struct BudgetSpent: Sendable, Hashable {
    /// Days since 1970-01-01 UTC.
    package var day: Int64 = 0
    package var requests = 0
    /// Only kept while there is a limit per origin.
    package var byOrigin: [Int64: Int] = [:]
    package init() {}
}

/// Requests per UTC day, in all and per origin. Every request counts: retries, canaries and robots.txt too. Ordinary
/// traffic leaves 5 % of each limit to health traffic.
struct Budget {
    var rules: BudgetRules
    private(set) var spent: BudgetSpent
    /// Origins whose count has changed since `takeChanges`.
    private var changed: Set<Int64> = []

    init(rules: BudgetRules, spent: BudgetSpent) {
        self.rules = rules
        self.spent = spent
    }

    /// The limit that bars the request; nil = it may go.
    enum Bar: Sendable, Hashable {
        case all
        case origin
    }

    /// Starts a new day if it is one. A clock set back to an earlier day goes on with the later one's count.
    mutating func roll(to now: Instant) {
        let day = Self.day(of: now)
        // A day that lies far ahead comes from a clock that was wrong.
        guard day > spent.day || day < spent.day - 1 else { return }
        spent = BudgetSpent()
        spent.day = day
        changed = []
    }

    /// Ordinary traffic has nothing left of the day's budget of all.
    var isSpent: Bool { Self.isSpent(spent.requests, of: rules.requestsPerDay, isHealth: false) }

    func bar(origin: Int64, isHealth: Bool) -> Bar? {
        if Self.isSpent(spent.requests, of: rules.requestsPerDay, isHealth: isHealth) { return .all }
        guard rules.requestsPerOriginPerDay > 0 else { return nil }
        return Self.isSpent(spent.byOrigin[origin] ?? 0, of: rules.requestsPerOriginPerDay, isHealth: isHealth)
            ? .origin : nil
    }

    /// What ordinary traffic to an origin has left of its limit; nil = there is none.
    func ordinary(of origin: Int64) -> OriginPace.Budget? {
        guard rules.requestsPerOriginPerDay > 0 else { return nil }
        let limit = Self.ordinary(rules.requestsPerOriginPerDay)
        return OriginPace.Budget(today: max(0, limit - (spent.byOrigin[origin] ?? 0)), aDay: limit)
    }

    mutating func spend(_ origin: Int64) {
        spent.requests += 1
        guard rules.requestsPerOriginPerDay > 0 else { return }
        spent.byOrigin[origin, default: 0] += 1
        changed.insert(origin)
    }

    /// A request was not sent after all.
    mutating func takeBack(_ origin: Int64) {
        spent.requests = max(0, spent.requests - 1)
        guard let count = spent.byOrigin[origin], count > 0 else { return }
        spent.byOrigin[origin] = count - 1
        changed.insert(origin)
    }

    /// What has to be stored: the day's total and the origins whose count is new.
    mutating func takeChanges() -> BudgetSpent {
        var changes = spent
        changes.byOrigin = [:]
        for origin in changed { changes.byOrigin[origin] = spent.byOrigin[origin] }
        changed = []
        return changes
    }

    /// When the next day begins.
    var nextDay: Instant { Instant(ms: (spent.day + 1) * Self.dayMs) }

    private static let dayMs: Int64 = 86_400_000

    private static func day(of now: Instant) -> Int64 { now.ms / dayMs }

    private static func isSpent(_ spent: Int, of limit: Int, isHealth: Bool) -> Bool {
        limit > 0 && spent >= (isHealth ? limit : ordinary(limit))
    }

    /// Of a limit, without what is kept for health traffic.
    private static func ordinary(_ limit: Int) -> Int { max(1, limit - (limit + 19) / 20) }
}
