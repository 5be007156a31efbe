import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The feed of a real daemon, followed by the real command line.
    @Suite struct ResultFollowTests {
        private static func crawlctl(_ home: DaemonHome, _ arguments: [String]) throws -> ChildProcess {
            try ChildProcess(
                ChildProcess.Command(
                    BuiltProgram.path("crawlctl"), ["--socket", home.socketPath, "--json"] + arguments))
        }

        private static func records(_ process: ChildProcess) throws -> [ResultRecord] {
            try process.output.text.split(separator: "\n").map {
                try ControlJSON.decode(ResultRecord.self, from: $0.utf8)
            }
        }

        @Test("a page is told to who follows; a stop ends the follower; after a restart it goes on where it was")
        func followed() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.on("/page", .status(200, headers: [("Content-Type", "text/plain")], text: "hello"))
            origin.on("/next", .status(404))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            let follower = try Self.crawlctl(home, ["results", "--follow"])
            _ = try await home.api.enqueue([origin.url("/page")])
            #expect(await eventually { follower.output.contains("/page") })
            let first = try #require(try Self.records(follower).first)
            #expect(first.url == origin.url("/page") && first.status == 200 && first.changed == true)
            #expect(first.contentType == "text/plain" && first.bytes == 5)
            #expect(
                first.digest == "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(await follower.ended() == .exited(75))

            let again = try await home.startReady()
            _ = try await home.api.enqueue([origin.url("/next")])
            let next = try Self.crawlctl(home, ["results", "--follow", "--limit", "1", "--after", "\(first.seq)"])
            #expect(await next.ended() == .exited(0))
            _ = await eventually { next.output.isComplete }
            #expect(try Self.records(next).map(\.seq) == [first.seq + 1])
            #expect(try Self.records(next).map(\.status) == [404])
            again.signal(SIGTERM)
            #expect(await again.ended() == .exited(0))
            await origin.stop()
        }
    }
}
