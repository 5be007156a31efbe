import CrawlCore
import GRDB

/// Rows of the `rotation` table: origins that were moved on to another proxy.
enum RotationTable {
    static func save(_ db: Database, _ rotations: [Int64: Int]) throws {
        guard !rotations.isEmpty else { return }
        let row = try RawStatement(db, "INSERT OR REPLACE INTO rotation VALUES (?, ?)")
        for (origin, moves) in rotations.sorted(by: { $0.key < $1.key }) {
            row.bind(origin, at: 1)
            row.bind(Int64(moves), at: 2)
            try row.run()
        }
    }

    static func load(_ db: Database) throws -> [Int64: Int] {
        let rows = try RawStatement(db, "SELECT origin, moves FROM rotation")
        defer { rows.reset() }
        var rotations: [Int64: Int] = [:]
        while try rows.step() { rotations[rows.int(0)] = Int(min(max(rows.int(1), 0), 1 << 30)) }
        return rotations
    }
}
