import CrawlTesting
import GRDB
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A frontier that an earlier crawld wrote is brought up to date where it lies.
struct SchemaTests {
    /// As the first released format was, with a URL, one in a run, and an origin that was asked to wait.
    private static func writeFirstFormat(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { db in
            try db.execute(sql: Schema.steps[0])
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Schema.applicationID);
                    PRAGMA user_version = 1;
                    INSERT INTO fact VALUES ('hash_key_0', 1), ('hash_key_1', 2);
                    INSERT INTO origin (id, key, has_work, blocked_until, block_level) VALUES
                        (1, 'https://a.example', 1, \(at(500).ms), 3), (2, 'https://b.example', 1, NULL, 0);
                    INSERT INTO url (id, path, state, generation, priority, due_at) VALUES
                        (1 << 40, '/', 1, 1, 0, \(at(0).ms)), (2 << 40, '/', 1, 1, 0, \(at(0).ms));
                    INSERT INTO tally VALUES (1, 2);
                    """)
        }
        try queue.close()
    }

    @Test("the first format is brought up to date: URLs, and what a server asked us to wait, stay")
    func upgrade() throws {
        let folder = try FrontierFolder()
        try Self.writeFirstFormat(folder.path)
        for _ in 0..<2 {
            let store = try folder.open()
            let opening = try store.opening(now: at(100))
            #expect(opening.origins == [1, 2])
            #expect(opening.blocks.map(\.origin) == [1])
            #expect(opening.blocks.first?.block.until == at(500))
            #expect(opening.blocks.first?.block.level == 3)
            #expect(try store.lease("https://b.example", now: at(100)).urls.count == 1)
            #expect(try store.stats().urls[.scheduled] == 2)
        }
    }

    @Test("it is told before a database is brought up to date, and not of one that is")
    func told() throws {
        let folder = try FrontierFolder()
        try Self.writeFirstFormat(folder.path)
        let count = Mutex(0)
        let options = { () -> FrontierStore.Options in
            var options = FrontierStore.Options()
            options.onMigration = { count.withLock { $0 += 1 } }
            return options
        }
        for _ in 0..<2 { _ = try FrontierStore(path: folder.path, options: options()) }
        #expect(count.withLock { $0 } == 1)
    }

    @Test("holds of the second format stay, with their URLs counted")
    func upgradeHolds() throws {
        let folder = try FrontierFolder()
        try Self.writeFirstFormat(folder.path)
        try folder.edit { db in
            try db.execute(sql: Schema.steps[1])
            try db.execute(
                sql: """
                    PRAGMA user_version = 2;
                    INSERT INTO robots (origin, version, hold, asked_at, answer) VALUES (1, 0, 0, 1, 0), (2, 3, 2, 1, 0);
                    """)
        }
        for _ in 0..<2 {
            let store = try folder.open()
            #expect(try store.stats().heldURLs == 1)
            #expect(try store.originRecord("https://b.example")?.hold == .originBroken)
            #expect(try store.originRecord("https://a.example")?.hold == nil)
            let held = try store.page(URLFilter(state: .held), after: -1, limit: 10)
            #expect(held.rows.map(\.url) == ["https://b.example/"])
        }
    }

    @Test("every format on the way leads to the same tables as a new file has")
    func sameTables() throws {
        func tables(_ db: Database) throws -> [String] {
            try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        }
        let new = try DatabaseQueue()
        let expected = try new.inDatabase { db in
            try Schema.migrate(db)
            return try tables(db)
        }
        for format in 1...Schema.version {
            let old = try DatabaseQueue()
            let found = try old.inDatabase { db in
                for step in Schema.steps.prefix(format) { try db.execute(sql: step) }
                try db.execute(sql: "PRAGMA user_version = \(format)")
                try Schema.migrate(db)
                return try tables(db)
            }
            #expect(found == expected, "from format \(format)")
        }
    }
}
