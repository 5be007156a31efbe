import CrawlCore
import GRDB

/// Rows of the `hold` table: origins none of whose URLs may be asked, whatever their due times. A hold begins and ends
/// with one row and writes none of the URLs.
///
/// How many of them wait (state `scheduled`) is counted once, over indexes, when the hold begins. From then on `Tally`
/// adds what every commit changes; the sum over all holds is the fact `held_urls`.
///
/// An origin may be held for several reasons at a time. Each kind of hold owns some of the bits in `reasons` and sets
/// no others; the row goes with the last bit.
struct HoldTable {
    let db: Database

    /// Stored; values never change.
    struct Reasons: OptionSet, Sendable {
        let rawValue: Int64
        static let robotsUnreachable = Reasons(rawValue: 1)
        static let originBroken = Reasons(rawValue: 2)
        /// What an origin's robots.txt decides.
        static let robots: Reasons = [.robotsUnreachable, .originBroken]

        /// What an origin's breaker decides.
        static let suspect = Reasons(rawValue: 4)
        static let broken = Reasons(rawValue: 8)
        static let softBlocked = Reasons(rawValue: 16)
        static let breaker: Reasons = [.suspect, .broken, .softBlocked]

        init(rawValue: Int64) { self.rawValue = rawValue }

        /// Of a robots.txt.
        init(_ hold: OriginRobots.Hold?) {
            self =
                switch hold {
                case .robotsUnreachable: .robotsUnreachable
                case .originBroken: .originBroken
                case .originSuspect, .softBlocked, nil: []
                }
        }

        /// What users are told; the heavier reason goes first.
        var hold: OriginRobots.Hold? {
            if !isDisjoint(with: [.originBroken, .broken]) { return .originBroken }
            if contains(.softBlocked) { return .softBlocked }
            return contains(.robotsUnreachable) ? .robotsUnreachable : contains(.suspect) ? .originSuspect : nil
        }
    }

    func reasons(of origin: Int64) throws -> Reasons { try row(origin)?.reasons ?? [] }

    /// Waiting URLs of the origin; 0 if it is not held.
    func urls(of origin: Int64) throws -> Int { Int(clamping: try row(origin)?.urls ?? 0) }

    /// Held origins with URLs that wait, from the one after `after` on.
    func held(after: Int64, limit: Int) throws -> [Int64] {
        let rows = try RawStatement(
            db, "SELECT origin FROM hold WHERE urls > 0 AND origin > ? ORDER BY origin LIMIT ?")
        rows.bind(after, at: 1)
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var origins: [Int64] = []
        while try rows.step() { origins.append(rows.int(0)) }
        return origins
    }

    /// Some of the origins that are held by reasons of that kind.
    func held(by kind: Reasons, limit: Int) throws -> [Int64] {
        let rows = try RawStatement(db, "SELECT origin FROM hold WHERE reasons & ? <> 0 LIMIT ?")
        rows.bind(kind.rawValue, at: 1)
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var origins: [Int64] = []
        while try rows.step() { origins.append(rows.int(0)) }
        return origins
    }

    /// Of the bits in `kind` those in `reasons` hold the origin from now on. A hold that begins counts rows as they are:
    /// what this transaction has changed so far must be in the tally already.
    func set(_ reasons: Reasons, of kind: Reasons, _ origin: Int64) throws {
        let before = try row(origin)
        let after = (before?.reasons ?? []).subtracting(kind).union(reasons.intersection(kind))
        guard after != before?.reasons ?? [] else { return }
        if after.isEmpty {
            let end = try RawStatement(db, "DELETE FROM hold WHERE origin = ?")
            end.bind(origin, at: 1)
            try end.run()
            return try addToSum(-(before?.urls ?? 0))
        }
        let urls = try before?.urls ?? count(origin)
        let save = try RawStatement(db, "INSERT OR REPLACE INTO hold (origin, reasons, urls) VALUES (?, ?, ?)")
        save.bind(origin, at: 1)
        save.bind(after.rawValue, at: 2)
        save.bind(urls, at: 3)
        try save.run()
        if before == nil { try addToSum(urls) }
    }

    /// Waiting URLs have become more, or fewer.
    func add(_ changes: [(origin: Int64, urls: Int64)]) throws {
        guard !changes.isEmpty, try hasAny() else { return }
        let update = try RawStatement(db, "UPDATE hold SET urls = urls + ? WHERE origin = ?")
        var sum: Int64 = 0
        for change in changes where change.urls != 0 {
            update.bind(change.urls, at: 1)
            update.bind(change.origin, at: 2)
            if try update.run() == 1 { sum += change.urls }
        }
        try addToSum(sum)
    }

    static func sum(_ db: Database) throws -> Int { Int(clamping: max(0, try Fact.int(db, fact) ?? 0)) }

    private static let fact = "held_urls"

    private func addToSum(_ urls: Int64) throws {
        guard urls != 0 else { return }
        try Fact.set(db, Self.fact, (try Fact.int(db, Self.fact) ?? 0) &+ urls)
    }

    private func hasAny() throws -> Bool {
        let row = try RawStatement(db, "SELECT 1 FROM hold LIMIT 1")
        defer { row.reset() }
        return try row.step()
    }

    private func row(_ origin: Int64) throws -> (reasons: Reasons, urls: Int64)? {
        let row = try RawStatement(db, "SELECT reasons, urls FROM hold WHERE origin = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        // A count of an edited row is kept small enough to count on.
        return try row.step() ? (Reasons(rawValue: row.int(0)), min(max(row.int(1), -1 << 50), 1 << 50)) : nil
    }

    /// Rows with a due time are in an index by origin; so are those of them in another state, which are few. What waits
    /// for health traffic alone has none, and is few too.
    private func count(_ origin: Int64) throws -> Int64 {
        let row = try RawStatement(
            db,
            """
            SELECT (SELECT count(*) FROM url WHERE id >> 40 = ?1 AND due_at IS NOT NULL)
                - (SELECT count(*) FROM url WHERE id >> 40 = ?1 AND due_at IS NOT NULL AND state <> 1)
                + (SELECT count(*) FROM health h JOIN url u USING (id)
                    WHERE h.phase IN (1, 2) AND h.id >= ?1 << 40 AND h.id < (?1 + 1) << 40
                        AND u.state = 1 AND u.due_at IS NULL)
            """)
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }
}
