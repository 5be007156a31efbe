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

    /// Of the bits in `kind` those in `reasons` hold the origin from now on. A hold that begins counts rows as they are,
    /// at most `chunk` of them, the others later (`countOn`): what this transaction has changed so far must be in the
    /// tally already.
    func set(_ reasons: Reasons, of kind: Reasons, _ origin: Int64) throws {
        let before = try row(origin)
        let after = (before?.reasons ?? []).subtracting(kind).union(reasons.intersection(kind))
        guard after != before?.reasons ?? [] else { return }
        try count(from: before?.reasons.hold, to: after.hold)
        if after.isEmpty {
            let end = try RawStatement(db, "DELETE FROM hold WHERE origin = ?")
            end.bind(origin, at: 1)
            try end.run()
            return try addToSum(-(before?.urls ?? 0))
        }
        guard before == nil else {
            let change = try RawStatement(db, "UPDATE hold SET reasons = ? WHERE origin = ?")
            change.bind(after.rawValue, at: 1)
            change.bind(origin, at: 2)
            try change.run()
            return
        }
        let (urls, countedTo) = try count(origin, after: nil)
        let begin = try RawStatement(
            db, "INSERT OR REPLACE INTO hold (origin, reasons, urls, counted_to) VALUES (?, ?, ?, ?)")
        begin.bind(origin, at: 1)
        begin.bind(after.rawValue, at: 2)
        begin.bind(urls, at: 3)
        begin.bind(countedTo, at: 4)
        try begin.run()
        try addToSum(urls)
    }

    /// Waiting URLs have become more, or fewer. `moves`: the same one by one, while a hold is being counted: of that only
    /// what lies where it was counted already is news.
    func add(_ origins: [Tally.Origin], _ moves: [(id: Int64, urls: Int64)]) throws {
        guard !origins.isEmpty, try hasAny() else { return }
        let update = try RawStatement(
            db, "UPDATE hold SET urls = urls + ? WHERE origin = ? AND counted_to IS NULL")
        var sum: Int64 = 0
        for change in origins where change.waiting != 0 {
            update.bind(change.waiting, at: 1)
            update.bind(change.origin, at: 2)
            if try update.run() == 1 { sum += change.waiting }
        }
        let single = try RawStatement(
            db, "UPDATE hold SET urls = urls + ?1 WHERE origin = ?2 >> 40 AND counted_to >= ?2")
        for move in moves {
            single.bind(move.urls, at: 1)
            single.bind(move.id, at: 2)
            if try single.run() == 1 { sum += move.urls }
        }
        try addToSum(sum)
    }

    // MARK: Counting

    /// Rows that are looked at in one transaction: a held origin may have millions.
    static let chunk = 2_000

    /// The URLs of some hold are not all counted.
    func isCounting() throws -> Bool { try uncounted() != nil }

    /// Counts on, a chunk; false if there was nothing to count.
    func countOn() throws -> Bool {
        guard let (origin, countedTo) = try uncounted() else { return false }
        let (more, next) = try count(origin, after: countedTo)
        let row = try RawStatement(db, "UPDATE hold SET urls = urls + ?, counted_to = ? WHERE origin = ?")
        row.bind(more, at: 1)
        row.bind(next, at: 2)
        row.bind(origin, at: 3)
        try row.run()
        try addToSum(more)
        return true
    }

    private func uncounted() throws -> (origin: Int64, countedTo: Int64)? {
        let row = try RawStatement(
            db, "SELECT origin, counted_to FROM hold WHERE counted_to IS NOT NULL ORDER BY origin LIMIT 1")
        defer { row.reset() }
        return try row.step() ? (row.int(0), row.int(1)) : nil
    }

    /// Waiting URLs among the next ones of the origin, and the last that was looked at; nil = there are no more.
    private func count(_ origin: Int64, after: Int64?) throws -> (urls: Int64, last: Int64?) {
        let first = URLKey.make(origin: origin, hash: 0)
        let rows = try RawStatement(db, "SELECT id, state FROM url WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?")
        rows.bind(after.map { max($0, first &- 1) &+ 1 } ?? first, at: 1)
        rows.bind(URLKey.make(origin: origin, hash: UInt64(URLKey.hashMask)), at: 2)
        rows.bind(Int64(Self.chunk), at: 3)
        defer { rows.reset() }
        var (urls, looked): (Int64, Int) = (0, 0)
        var last: Int64 = first
        while try rows.step() {
            last = rows.int(0)
            looked += 1
            if FrontierStore.state(rows.int(1)) == .scheduled { urls += 1 }
        }
        return (urls, looked == Self.chunk ? last : nil)
    }

    // MARK: Origins

    private static func fact(_ hold: OriginRobots.Hold) -> String { "held_origins_\(hold.name)" }

    /// Held origins by what users are told; kept, not counted.
    static func origins(_ db: Database) throws -> [OriginRobots.Hold: Int] {
        var origins: [OriginRobots.Hold: Int] = [:]
        for hold in OriginRobots.Hold.allCases {
            let count = try Fact.count(db, fact(hold))
            if count > 0 { origins[hold] = Int(count) }
        }
        return origins
    }

    static func setOrigins(_ db: Database, _ origins: [OriginRobots.Hold: Int]) throws {
        for hold in OriginRobots.Hold.allCases { try Fact.set(db, fact(hold), Int64(origins[hold] ?? 0)) }
    }

    private func count(from: OriginRobots.Hold?, to: OriginRobots.Hold?) throws {
        guard from != to else { return }
        for (hold, change) in [(from, Int64(-1)), (to, 1)] {
            guard let hold else { continue }
            try Fact.set(db, Self.fact(hold), max(0, try Fact.count(db, Self.fact(hold)) + change))
        }
    }

    // MARK: URLs

    static func sum(_ db: Database) throws -> Int { Int(clamping: max(0, try Fact.int(db, fact) ?? 0)) }

    static func setSum(_ db: Database, _ urls: Int64) throws { try Fact.set(db, fact, urls) }

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
}
