import CrawlCore
import GRDB

/// What was spent of the day's budget: the total as facts, the origins' as rows.
enum SpentTable {
    static func load(_ db: Database) throws -> BudgetSpent {
        var spent = BudgetSpent()
        spent.day = try Fact.count(db, "spent_day") % (1 << 30)
        spent.requests = Int(try Fact.count(db, "spent"))
        let rows = try RawStatement(db, "SELECT origin, requests FROM spent WHERE day = ?")
        rows.bind(spent.day, at: 1)
        defer { rows.reset() }
        while try rows.step() { spent.byOrigin[rows.int(0)] = rows.count(1) }
        return spent
    }

    /// `changes` holds the day's total and the origins whose count is new.
    static func save(_ db: Database, _ changes: BudgetSpent) throws {
        if (try Fact.int(db, "spent_day") ?? 0) != changes.day {
            try RawStatement(db, "DELETE FROM spent").run()
            try Fact.set(db, "spent_day", changes.day)
        }
        if (try Fact.int(db, "spent") ?? 0) != Int64(changes.requests) {
            try Fact.set(db, "spent", Int64(changes.requests))
        }
        for (origin, requests) in changes.byOrigin.sorted(by: { $0.key < $1.key }) {
            let row = try RawStatement(db, "INSERT OR REPLACE INTO spent VALUES (?, ?, ?)")
            row.bind(origin, at: 1)
            row.bind(changes.day, at: 2)
            row.bind(Int64(requests), at: 3)
            try row.run()
        }
    }
}
