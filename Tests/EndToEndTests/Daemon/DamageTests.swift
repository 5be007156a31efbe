import ControlAPI
import CrawlTesting
import CurlKit
import Foundation
import GRDB
import Glibc
import Testing

extension EndToEnd {
    /// Damage that only a request of the control socket meets: the daemon itself knows of it from then on.
    @Suite struct DamageTests {
        struct Meeting: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// Told of a URL whose row is damaged.
            var request: @Sendable (DaemonAPI, _ url: String) async throws -> DaemonAPI.Answer
        }

        static let meetings = [
            Meeting(testDescription: "a list") { api, _ in
                try await api.request("GET", "\(Routes.urls)?limit=1000")
            },
            Meeting(testDescription: "a record") { api, url in
                try await api.request("GET", "\(Routes.urls)?url=\(DaemonAPI.encoded(url))")
            },
            Meeting(testDescription: "an explanation") { api, url in
                try await api.request("GET", "\(Routes.explain)?url=\(DaemonAPI.encoded(url))")
            },
            Meeting(testDescription: "an enqueue") { api, url in
                try await api.request(
                    "POST", Routes.urls, headers: ["Content-Type: \(ContentType.text)"], body: .bytes(Array(url.utf8)))
            },
        ]

        private static func page(_ number: Int) -> String {
            "http://127.0.0.250:9/\(number)/" + String(repeating: "x", count: 200)
        }

        @Test("status and healthz tell of it, and the end is exit 65", arguments: meetings)
        func known(_ meeting: Meeting) async throws {
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            #expect(try await home.api.enqueue((0..<2000).map(Self.page)).new == 2000)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")

            let url = try Self.damage(home.databasePath)
            daemon = try await home.startReady()
            #expect(try await home.api.status().storageError == nil, "a paused crawl does not meet it")
            #expect(try await home.api.request("GET", Routes.healthz).status == 200)
            let answer = try await meeting.request(home.api, url)
            #expect(answer.status == 503 && answer.text.contains("storage-failed"), "\(answer.status): \(answer.text)")
            #expect(try await home.api.status().storageError?.contains("is damaged") == true)
            #expect(try await home.api.request("GET", Routes.healthz).status == 503)
            #expect(daemon.output.contains("the frontier is damaged"), "\(daemon.output.text)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
        }

        /// Overwrites the leaves of the table of URLs but the first, which a start looks at. Returns a URL of the others.
        private static func damage(_ path: String) throws -> String {
            let queue = try DatabaseQueue(path: path)
            let paths = try queue.read { try String.fetchAll($0, sql: "SELECT path FROM url ORDER BY id") }
            try queue.close()
            let first = Data(try #require(paths.first).utf8)
            let url = URL(fileURLWithPath: path)
            var data = try Data(contentsOf: url)
            let text = Data(String(repeating: "x", count: 100).utf8)
            var count = 0
            for start in stride(from: 4096, to: data.count, by: 4096) {
                let page = start..<min(start + 4096, data.count)
                // 13 = a leaf of a table.
                guard data[start] == 13, data.range(of: text, in: page) != nil, data.range(of: first, in: page) == nil
                else { continue }
                for offset in 0..<100 { data[start + offset] = 0xa5 }
                count += 1
            }
            try #require(count > 50)
            try data.write(to: url)
            return "http://127.0.0.250:9" + (try #require(paths.last))
        }
    }
}
