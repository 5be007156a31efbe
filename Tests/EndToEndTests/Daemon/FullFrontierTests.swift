import ControlAPI
import CrawlCore
import CrawlTesting
import GRDB
import Glibc
import Testing

extension EndToEnd {
    /// A frontier that knows as many origins as it can number.
    @Suite struct FullFrontierTests {
        private func full(_ home: DaemonHome) async throws -> ChildProcess {
            try home.configure("politeness: {crawl_delay: 1h}\n")
            let first = try await home.startReady()
            _ = try await home.api.enqueue(["http://127.0.0.1:9/known"])
            first.signal(SIGTERM)
            #expect(await first.ended() == .exited(0))
            let frontier = try DatabaseQueue(path: home.databasePath)
            try await frontier.write {
                try $0.execute(
                    sql: "INSERT INTO origin (id, key) VALUES (?, 'http://last.example')",
                    arguments: [URLKey.maxOrigin])
            }
            try frontier.close()
            return try await home.startReady()
        }

        @Test("only the lines of new origins are refused, each by name, and the others are taken")
        func byLine() async throws {
            let home = try DaemonHome()
            let daemon = try await full(home)
            let answer = try await home.api.enqueue([
                "http://127.0.0.1:9/known", "http://new.example/1", "no URL", "http://127.0.0.1:9/more",
                "http://last.example/", "http://New.example/2#x",
            ])
            #expect(answer.new == 2)
            #expect(answer.known == 1)
            #expect(answer.rejected == 3)
            #expect(answer.problems.map(\.line) == [2, 3, 6])
            #expect(answer.problems.map(\.code) == ["frontier-full", "invalid-url", "frontier-full"])
            #expect(answer.problems.map(\.url) == ["http://new.example/1", "no URL", "http://new.example/2"])
            #expect(try await home.api.record("http://127.0.0.1:9/more").state != "")

            let json = try await home.api.enqueue(
                text: #"[{"url":"http://other.example/"},{"url":"http://127.0.0.1:9/json"}]"#, as: ContentType.json)
            #expect(json.new == 1 && json.rejected == 1)
            #expect(json.problems.map(\.line) == [1])
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test("of a hundred thousand lines each is counted once, and a hundred are named")
        func manyLines() async throws {
            let home = try DaemonHome()
            let daemon = try await full(home)
            let answer = try await home.api.enqueue(
                (0..<100_000).map { $0 % 2 == 0 ? "http://127.0.0.1:9/\($0)" : "http://n\($0).example/" })
            #expect(answer.new == 50_000)
            #expect(answer.rejected == 50_000)
            #expect(answer.problems.map(\.line) == (1...100).map { 2 * $0 })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }
    }
}
