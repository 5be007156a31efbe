import CrawlTesting
import Foundation
import GRDB
import Testing

extension EndToEnd {
    /// A database that is not ours, newer than we know, or damaged: exit 65, a message that says which, not a byte changed.
    @Suite struct RefusedDatabaseTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// What the message has to say.
            var says: String
            /// Makes the file, from one of ours where that helps.
            var make: @Sendable (_ path: String) throws -> Void
        }

        static let cases: [Case] = [
            Case(testDescription: "empty file", says: "is not a crawld frontier") { path in
                try Data().write(to: URL(fileURLWithPath: path))
            },
            Case(testDescription: "a text file", says: "is not a crawld frontier") { path in
                try Data(String(repeating: "no database\n", count: 1000).utf8).write(to: URL(fileURLWithPath: path))
            },
            Case(testDescription: "another application's database", says: "another application") { path in
                try foreign(path, "CREATE TABLE bookmarks (url TEXT)")
            },
            Case(testDescription: "another application's database with an id", says: "another application") { path in
                try foreign(path, "PRAGMA application_id = 252006673; CREATE TABLE t (a)")
            },
            Case(testDescription: "another application's database in WAL mode", says: "another application") { path in
                try foreign(path, "PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
            },
            Case(testDescription: "newer than we know", says: "newer crawld") { path in
                try foreign(path, "PRAGMA user_version = 4711")
            },
            Case(testDescription: "cut in the middle", says: "is damaged") { path in
                try damage(path) { $0.removeSubrange(($0.count / 2)...) }
            },
            Case(testDescription: "cut after the header", says: "is damaged") { path in
                try damage(path) { $0.removeSubrange(100...) }
            },
            Case(testDescription: "first page overwritten behind the header", says: "is damaged") { path in
                try damage(path) { data in for index in 100..<4096 { data[index] = 0xa5 } }
            },
            Case(testDescription: "all pages but the first overwritten", says: "is damaged") { path in
                try damage(path) { data in for index in 4096..<data.count { data[index] = 0xa5 } }
            },
            Case(testDescription: "all pages but the first zeroed", says: "is damaged") { path in
                try damage(path) { data in for index in 4096..<data.count { data[index] = 0 } }
            },
            Case(testDescription: "page size nobody has", says: "is damaged") { path in
                try damage(path) { data in (data[16], data[17]) = (0x12, 0x34) }
            },
        ]

        @Test(arguments: cases) func refused(_ one: Case) async throws {
            let home = try DaemonHome(TestConfig.eager)
            try await Self.live(home)
            try one.make(home.databasePath)
            let before = try Self.files(home)

            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            _ = await eventually { daemon.output.isComplete }
            #expect(
                daemon.output.lines.contains { $0.contains(home.databasePath) && $0.contains(one.says) },
                "\(daemon.output.text)")
            let after = try Self.files(home)
            let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
            #expect(changed.isEmpty, "touched: \(changed.map { "\($0): \(before[$0] as Any) to \(after[$0] as Any)" })")
        }

        /// A short life, so that there is a database of ours with something in it.
        private static func live(_ home: DaemonHome) async throws {
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue((1...500).map { "http://127.0.0.250:9/page\($0)" })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        /// Every file of the state directory but the lock.
        private static func files(_ home: DaemonHome) throws -> [String: Data] {
            var files: [String: Data] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: home.statePath)
            where !["lock", "sitemaps"].contains(name) {
                files[name] = try Data(contentsOf: URL(fileURLWithPath: home.statePath + "/" + name))
            }
            return files
        }

        private static func foreign(_ path: String, _ sql: String) throws {
            let isOurs = sql.contains("user_version")
            if !isOurs { try FileManager.default.removeItem(atPath: path) }
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
            try queue.close()
        }

        private static func damage(_ path: String, _ change: (inout Data) -> Void) throws {
            let url = URL(fileURLWithPath: path)
            var data = try Data(contentsOf: url)
            change(&data)
            try data.write(to: url)
        }
    }
}
