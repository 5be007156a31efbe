import CrawlCore
import GRDB

/// Whether the counts of held origins are those of their rows. An origin may have millions, and a start must not wait for
/// them: `rowsLookedAt` rows are, in all, and what goes beyond that is taken at its word.
struct HoldCheck {
    let db: Database

    /// In all; some tenths of a second where they have to be read from the disk.
    static let rowsLookedAt: Int64 = 300_000

    private struct Row {
        var origin: Int64
        var urls: Int64
        var counted: Int64
    }

    func faults() throws -> [SharedFault] {
        var found = try rows().filter { $0.urls != $0.counted }.map { fault($0.origin) }
        if try sum() != Int64(HoldTable.sum(db)) { found.append(sumFault) }
        if try origins() != HoldTable.origins(db) { found.append(originsFault) }
        return found
    }

    /// Returns what was wrong.
    func mend() throws -> [SharedFault] {
        var found: [SharedFault] = []
        let set = try RawStatement(db, "UPDATE hold SET urls = ? WHERE origin = ?")
        for row in try rows() where row.urls != row.counted {
            set.bind(row.counted, at: 1)
            set.bind(row.origin, at: 2)
            try set.run()
            found.append(fault(row.origin))
        }
        let origins = try origins()
        if try origins != HoldTable.origins(db) {
            try HoldTable.setOrigins(db, origins)
            found.append(originsFault)
        }
        let sum = try sum()
        guard try sum != Int64(HoldTable.sum(db)) else { return found }
        try HoldTable.setSum(db, sum)
        if found.isEmpty { found.append(sumFault) }
        return found
    }

    /// Those that are counted to their end, as far as the rows to be looked at go.
    private func rows() throws -> [Row] {
        let holds = try RawStatement(
            db,
            """
            SELECT h.origin, h.urls, o.urls FROM hold h JOIN origin o ON o.id = h.origin
            WHERE h.counted_to IS NULL LIMIT 100000
            """)
        let count = try RawStatement(
            db, "SELECT count(*) FROM url WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 AND state = 1")
        defer {
            holds.reset()
            count.reset()
        }
        var found: [Row] = []
        var looked: Int64 = 0
        while try holds.step() {
            let rows = min(max(holds.int(2), 0), 1 << 40) + 1
            guard looked + rows <= Self.rowsLookedAt else { continue }
            looked += rows
            count.reset()
            count.bind(holds.int(0), at: 1)
            guard try count.step() else { continue }
            found.append(Row(origin: holds.int(0), urls: holds.int(1), counted: count.int(0)))
        }
        return found
    }

    /// As short as the origins in trouble are few; the sum is of the same rows.
    private func origins() throws -> [OriginRobots.Hold: Int] {
        let rows = try RawStatement(db, "SELECT reasons, count(*) FROM hold GROUP BY reasons")
        defer { rows.reset() }
        var origins: [OriginRobots.Hold: Int] = [:]
        while try rows.step() {
            guard let hold = HoldTable.Reasons(rawValue: rows.int(0)).hold else { continue }
            origins[hold, default: 0] += rows.count(1)
        }
        return origins
    }

    private func sum() throws -> Int64 {
        let row = try RawStatement(db, "SELECT coalesce(sum(min(max(urls, 0), 1 << 40)), 0) FROM hold")
        defer { row.reset() }
        return try row.step() ? max(row.int(0), 0) : 0
    }

    private func fault(_ origin: Int64) -> SharedFault {
        SharedFault(kind: .miscounted, subject: "\(origin)", number: origin)
    }

    private var originsFault: SharedFault {
        SharedFault(kind: .miscounted, subject: "held origins", number: nil)
    }

    private var sumFault: SharedFault { SharedFault(kind: .miscounted, subject: "held URLs", number: nil) }
}
