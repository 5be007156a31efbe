import GRDB

/// The tables, and the steps that lead to them. `user_version` counts the steps a database has taken.
enum Schema {
    /// "crwl": tells our files from others'.
    static let applicationID: Int32 = 0x6372_776c

    static var version: Int { steps.count }

    /// `migrate` has something to do.
    static func isBehind(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 < version
    }

    static func migrate(_ db: Database) throws {
        let from = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        for (index, step) in steps.enumerated().dropFirst(from) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: step)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
                if index == 0 { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
                return .commit
            }
        }
    }
}
