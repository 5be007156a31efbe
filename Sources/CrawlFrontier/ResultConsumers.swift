package import CrawlCore
import GRDB

/// Somebody who reads the feed and says how far.
package struct StoredConsumer: Sendable, Hashable {
    package var name: String
    /// All up to it is done with.
    package var cursor: Int64
    package var madeAt: Instant
    /// Results after it, those that are gone already included.
    package var behind: Int64
}

/// How much of the feed there is, and who reads it.
package struct ResultStats: Sendable, Hashable {
    /// All up to it is gone.
    package var begins: Int64
    package var head: Int64
    /// Of the rows that are kept, about.
    package var bytes: Int64
    package var consumers: [StoredConsumer]

    package var rows: Int64 { max(head - begins, 0) }
}

extension FrontierStore {
    package static let consumerLimit = 100

    /// nil = the feed is off.
    package func resultStats() throws -> ResultStats? {
        guard options.results != nil else { return nil }
        return try read(reader) { db in
            let feed = ResultFeed(db: db)
            guard let head = try feed.head() else { return nil }
            let rows = try RawStatement(db, "SELECT name, cursor, made_at FROM result_consumer ORDER BY name")
            defer { rows.reset() }
            var stats = ResultStats(
                begins: try feed.begins(head: head), head: head, bytes: try feed.bytes(), consumers: [])
            while try rows.step() { stats.consumers.append(Self.consumer(rows, head)) }
            return stats
        }
    }

    /// Throws `ResultFault.unknownConsumer`.
    package func consumer(_ name: String) throws -> StoredConsumer {
        try read(reader) { db in try Self.consumer(db, name) }.get()
    }

    /// A new one begins after `cursor`, nil = where the feed does; one that is there stays as it is.
    package func addConsumer(_ name: String, after cursor: Int64?, now: Instant) throws -> StoredConsumer {
        try write { db -> Result<StoredConsumer, ResultFault> in
            if case .success(let known) = try Self.consumer(db, name) { return .success(known) }
            let feed = ResultFeed(db: db)
            guard options.results != nil, let head = try feed.head() else { return .failure(.off) }
            let begins = try feed.begins(head: head)
            if let cursor, let fault = Self.fault(at: cursor, begins: begins, head: head) { return .failure(fault) }
            let count = try RawStatement(db, "SELECT count(name) FROM result_consumer")
            defer { count.reset() }
            guard try count.step(), count.int(0) < Self.consumerLimit else {
                return .failure(.tooManyConsumers(limit: Self.consumerLimit))
            }
            let row = try RawStatement(db, "INSERT INTO result_consumer (name, cursor, made_at) VALUES (?, ?, ?)")
            row.bind(name, at: 1)
            row.bind(cursor ?? begins, at: 2)
            row.bind(now.ms, at: 3)
            try row.run()
            return try Self.consumer(db, name)
        }.get()
    }

    /// False = there is none of that name. What was told of it ends.
    package func removeConsumer(_ name: String, now: Instant) throws -> Bool {
        try write { db in
            try LagTable(db: db, incidents: incidentStore(db)).end(name, how: .removed, now: now)
            let row = try RawStatement(db, "DELETE FROM result_consumer WHERE name = ?")
            row.bind(name, at: 1)
            return try row.run() > 0
        }
    }

    /// All up to `seq` is done with. A cursor never goes back: what was said before stands.
    package func acknowledge(_ seq: Int64, by name: String) throws -> StoredConsumer {
        try write { db -> Result<StoredConsumer, ResultFault> in
            guard case .success(let known) = try Self.consumer(db, name) else { return .failure(.unknownConsumer) }
            let head = try ResultFeed(db: db).head() ?? 0
            guard ResultFeed.isOfSameFeed(seq, head), seq <= head else { return .failure(.unknownCursor(head: head)) }
            guard seq > known.cursor else { return .success(known) }
            let row = try RawStatement(db, "UPDATE result_consumer SET cursor = ? WHERE name = ?")
            row.bind(seq, at: 1)
            row.bind(name, at: 2)
            try row.run()
            return try Self.consumer(db, name)
        }.get()
    }

    private static func consumer(_ db: Database, _ name: String) throws -> Result<StoredConsumer, ResultFault> {
        let row = try RawStatement(db, "SELECT name, cursor, made_at FROM result_consumer WHERE name = ?")
        row.bind(name, at: 1)
        defer { row.reset() }
        guard try row.step() else { return .failure(.unknownConsumer) }
        return .success(consumer(row, try ResultFeed(db: db).head() ?? 0))
    }

    /// The columns name, cursor, made_at.
    private static func consumer(_ row: RawStatement, _ head: Int64) -> StoredConsumer {
        let cursor = min(max(row.int(1), 0), 1 << 60)
        return StoredConsumer(
            name: row.text(0), cursor: cursor, madeAt: Instant(ms: row.int(2)), behind: max(head - cursor, 0))
    }
}
