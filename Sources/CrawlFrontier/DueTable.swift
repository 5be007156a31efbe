import CrawlCore
import GRDB

/// Rows of `due`: how many URLs become due in each minute since 1970, of ordinary and of health traffic. Written by
/// `DueChanges` alone, in the transaction that changes the rows themselves.
enum DueTable {
    /// What is due in 2100 or later shares a row, and so does what was due before 1970.
    private static let last: Int64 = 68_374_080

    static func minute(of ms: Int64) -> Int64 { min(max(ms, 0) / 60_000, last) }

    /// URLs that are due now or become due within the minute that has begun. What is on its way is due until its answer
    /// is stored; what its origin holds is due all the same.
    static func urls(_ db: Database, dueBy now: Instant) throws -> Int {
        // Numbers of a damaged row are kept small enough to be added.
        let row = try RawStatement(
            db, "SELECT coalesce(sum(min(max(urls, 0), 1 << 40)), 0) FROM due WHERE minute <= ?")
        row.bind(minute(of: now.ms), at: 1)
        defer { row.reset() }
        return try row.step() ? row.count(0) : 0
    }

    /// One statement a minute, two where it was the last of its minute.
    static func add(_ db: Database, _ changes: [Int64: Int64]) throws {
        let more = try RawStatement(
            db, "INSERT INTO due VALUES (?1, ?2) ON CONFLICT (minute) DO UPDATE SET urls = urls + excluded.urls")
        let fewer = try RawStatement(db, "UPDATE due SET urls = urls + ?2 WHERE minute = ?1 RETURNING urls")
        let empty = try RawStatement(db, "DELETE FROM due WHERE minute = ?")
        for (minute, urls) in changes.sorted(by: { $0.key < $1.key }) where urls != 0 {
            guard urls < 0 else {
                more.bind(minute, at: 1)
                more.bind(urls, at: 2)
                try more.run()
                continue
            }
            fewer.bind(minute, at: 1)
            fewer.bind(urls, at: 2)
            let isEmpty = try fewer.step() && fewer.int(0) <= 0
            fewer.reset()
            guard isEmpty else { continue }
            empty.bind(minute, at: 1)
            try empty.run()
        }
    }
}
