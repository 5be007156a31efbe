import CrawlCore
import GRDB

/// Which rows of the result feed there are, and which go.
struct ResultFeed {
    let db: Database

    /// What a row takes beside its texts, about.
    static let rowBytes: Int64 = 64
    private static let headFact = "results_head"
    private static let bytesFact = "results_bytes"
    /// Numbers of one feed have the same bits above these, so that one of another database is known for what it is.
    private static let ownBits: Int64 = 40

    /// Numbers begin where those of hardly any other database do, and stay below 2^52: JSON keeps them exactly.
    func prepare(_ random: inout some RandomNumberGenerator) throws {
        guard try Fact.int(db, Self.headFact) == nil else { return }
        try Fact.set(db, Self.headFact, Int64.random(in: 1..<(1 << 12), using: &random) << Self.ownBits)
    }

    /// The last number that was given; nil = the feed was never on.
    func head() throws -> Int64? {
        // Of an edited file it is kept small enough to count on.
        try Fact.int(db, Self.headFact).map { min(max($0, 0), 1 << 60) }
    }

    func bytes() throws -> Int64 { try Fact.count(db, Self.bytesFact) }

    func save(head: Int64, bytes: Int64) throws {
        try Fact.set(db, Self.headFact, head)
        try Fact.set(db, Self.bytesFact, max(bytes, 0))
    }

    /// All up to it is gone; `head` if nothing is kept.
    func begins(head: Int64) throws -> Int64 {
        let row = try RawStatement(db, "SELECT seq FROM result WHERE seq > 0 ORDER BY seq LIMIT 1")
        defer { row.reset() }
        return try row.step() ? max(row.int(0) - 1, 0) : head
    }

    static func isOfSameFeed(_ seq: Int64, _ head: Int64) -> Bool { seq >> ownBits == head >> ownBits }

    // MARK: What goes

    struct Trimming {
        /// Bytes of what is left.
        var bytes: Int64
        var rows = 0
        /// The last that goes; nil = none does.
        var last: Int64?
    }

    /// The oldest rows that are beyond the limits, at most so many; changes nothing.
    func excess(_ limits: ResultLimits, head: Int64, bytes: Int64, now: Instant, atMost most: Int) throws -> Trimming {
        var trimming = Trimming(bytes: bytes)
        var kept = try head - begins(head: head)
        let oldest = (now + (.zero - limits.maxAge)).ms
        let rows = try RawStatement(
            db,
            """
            SELECT seq, at, length(CAST(path AS BLOB)) + coalesce(length(digest), 0)
                + coalesce(length(CAST(content_type AS BLOB)), 0) + coalesce(length(CAST(redirect AS BLOB)), 0)
            FROM result WHERE seq > 0 ORDER BY seq LIMIT ?
            """)
        rows.bind(Int64(most), at: 1)
        defer { rows.reset() }
        while try rows.step() {
            guard kept > limits.maxRows || trimming.bytes > limits.maxBytes || rows.int(1) < oldest else { break }
            trimming.last = rows.int(0)
            trimming.bytes = max(trimming.bytes - rows.int(2) - Self.rowBytes, 0)
            trimming.rows += 1
            kept -= 1
        }
        return trimming
    }

    func delete(through last: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM result WHERE seq <= ?")
        row.bind(last, at: 1)
        try row.run()
        let file = try RawStatement(db, "DELETE FROM result_file WHERE last_seq <= ?")
        file.bind(last, at: 1)
        try file.run()
    }
}

extension FrontierStore {
    /// Rows that go in one quiet step.
    static let trimmedInAStep = 2_000

    /// Old rows of the feed go, all of them if it is off. True if there may be more.
    func trimResults(now: Instant) throws -> Bool {
        let limits = options.results?.withRoom ?? .nothing
        // Most looks find nothing: those need no transaction that writes.
        guard try read(writer, { try Self.excess($0, limits, now, atMost: 1) })?.last != nil else { return false }
        return try write { db in
            let feed = ResultFeed(db: db)
            guard let head = try feed.head(),
                let excess = try Self.excess(db, limits, now, atMost: Self.trimmedInAStep), let last = excess.last
            else { return false }
            try feed.delete(through: last)
            try feed.save(head: head, bytes: last == head ? 0 : excess.bytes)
            return excess.rows == Self.trimmedInAStep
        }
    }

    private static func excess(
        _ db: Database, _ limits: ResultLimits, _ now: Instant, atMost most: Int
    ) throws -> ResultFeed.Trimming? {
        let feed = ResultFeed(db: db)
        return try feed.head().map {
            try feed.excess(limits, head: $0, bytes: try feed.bytes(), now: now, atMost: most)
        }
    }
}
