import CrawlTesting
import Testing

@testable import CrawlCore

/// Requests of a UTC day: limits, the share kept for health traffic, and what is stored.
struct BudgetTests {
    struct Limit: CustomTestStringConvertible, Sendable {
        var limit: Int
        var ordinary: Int
        var testDescription: String { "\(limit) a day" }
    }

    @Test(
        "ordinary traffic leaves 5 % of a limit, rounded up, but has at least one request",
        arguments: [
            Limit(limit: 1, ordinary: 1), Limit(limit: 2, ordinary: 1), Limit(limit: 10, ordinary: 9),
            Limit(limit: 20, ordinary: 19), Limit(limit: 21, ordinary: 19), Limit(limit: 100, ordinary: 95),
            Limit(limit: 1_000_000, ordinary: 950_000),
        ])
    func share(_ entry: Limit) {
        for isPerOrigin in [false, true] {
            var rules = BudgetRules()
            if isPerOrigin { rules.requestsPerOriginPerDay = entry.limit } else { rules.requestsPerDay = entry.limit }
            var spent = BudgetSpent()
            spent.requests = entry.ordinary - 1
            spent.byOrigin[1] = entry.ordinary - 1
            var budget = Budget(rules: rules, spent: spent)
            let bar: Budget.Bar = isPerOrigin ? .origin : .all
            #expect(budget.bar(origin: 1, isHealth: false) == nil)
            budget.spend(1)
            #expect(budget.bar(origin: 1, isHealth: false) == bar)
            for _ in entry.ordinary..<entry.limit {
                #expect(budget.bar(origin: 1, isHealth: true) == nil)
                if entry.limit > 100 { break }
                budget.spend(1)
            }
            if entry.limit <= 100 { #expect(budget.bar(origin: 1, isHealth: true) == bar) }
            #expect(isPerOrigin == (budget.bar(origin: 2, isHealth: false) == nil))
        }
    }

    @Test("zero is no limit")
    func unlimited() {
        var budget = Budget(rules: BudgetRules(), spent: BudgetSpent())
        for _ in 0..<1000 { budget.spend(1) }
        #expect(budget.bar(origin: 1, isHealth: false) == nil)
        #expect(budget.spent.requests == 1000)
    }

    @Test("a new day begins at midnight UTC; a clock set back does not begin an old one again")
    func days() {
        var rules = BudgetRules()
        rules.requestsPerDay = 1
        var budget = Budget(rules: rules, spent: BudgetSpent())
        let day = Instant(ms: 20_000 * 86_400_000)
        budget.roll(to: day + .seconds(50))
        budget.spend(1)
        #expect(budget.nextDay == day + .seconds(86_400))
        budget.roll(to: day + .seconds(86_399))
        #expect(budget.bar(origin: 1, isHealth: true) == .all)
        budget.roll(to: day - .seconds(1))
        #expect(budget.bar(origin: 1, isHealth: true) == .all)
        budget.roll(to: day + .seconds(86_400))
        #expect(budget.bar(origin: 1, isHealth: true) == nil)
        #expect(budget.spent.requests == 0)
    }

    @Test("what has changed is told once")
    func changes() {
        var rules = BudgetRules()
        rules.requestsPerOriginPerDay = 5
        var budget = Budget(rules: rules, spent: BudgetSpent())
        budget.spend(1)
        budget.spend(1)
        budget.spend(2)
        #expect(budget.takeChanges().byOrigin == [1: 2, 2: 1])
        budget.spend(2)
        #expect(budget.takeChanges().byOrigin == [2: 2])
        #expect(budget.takeChanges().byOrigin.isEmpty)
        #expect(budget.takeChanges().requests == 4)
    }
}
