import ControlAPI
import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// A page of a real web server, fetched again and again: its own validators, its own log.
    @Suite struct RecrawlTests {
        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: 0s}
            recrawl: {min_interval: 1s}

            """

        private static func crawlctl(_ home: DaemonHome, _ arguments: [String]) async throws -> String {
            let process = try ChildProcess(
                ChildProcess.Command(BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments))
            #expect(await process.ended() == .exited(0))
            _ = await eventually { process.output.isComplete }
            return process.output.text
        }

        @Test func nginxIsAskedConditionally() async throws {
            let home = try DaemonHome(Self.configuration)
            let tree = home.folder.file("tree")
            let page = tree + "/names/page.html"
            try FileManager.default.createDirectory(atPath: tree + "/names", withIntermediateDirectories: true)
            try home.write("first", to: page)
            let nginx = try await NginxOrigin(folder: home.folder.path, tree: tree, broken: [])
            let url = nginx.base + "/names/page.html"
            let daemon = try await home.startReady()
            func statuses() throws -> [Int] { try nginx.requests().map(\.status) }

            let enqueued = try await Self.crawlctl(home, ["enqueue", "--recrawl", "adaptive 1s", url])
            #expect(enqueued.contains("1 new"), "\(enqueued)")
            #expect(try await eventually { try statuses().count >= 2 })
            #expect(try statuses().prefix(2) == [200, 304])
            _ = try await eventually { try await home.api.record(url).lastOutcome == "notModified" }
            let unchanged = try await home.api.record(url)
            #expect(unchanged.state == "scheduled" && unchanged.bytes == 5 && unchanged.etag != nil)
            #expect(unchanged.lastModified != nil && unchanged.digest?.hasPrefix("sha256:") == true)
            #expect(unchanged.recrawl == "adaptive 2s")

            try home.write("the second text", to: page)
            let before = try statuses().count
            #expect(try await eventually { try statuses().dropFirst(before).contains(200) })
            #expect(try await eventually { try await home.api.record(url).bytes == 15 })
            let changed = try await home.api.record(url)
            #expect(changed.digest != unchanged.digest && changed.etag != unchanged.etag)
            #expect(try await eventually { try statuses().last == 304 }, "the new validators go out too")

            // As a new process: the validators are in the file.
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let asked = try statuses().count
            let second = try await home.startReady()
            #expect(try await eventually { try statuses().count > asked })
            #expect(try statuses().dropFirst(asked).allSatisfy { $0 == 304 })

            try FileManager.default.removeItem(atPath: page)
            #expect(try await eventually { try await home.api.record(url).state == "gone" })
            #expect(try statuses().last == 404)
            let shown = try await Self.crawlctl(home, ["show", url])
            for part in ["gone", "adaptive 365d", changed.digest ?? "?"] { #expect(shown.contains(part), "\(shown)") }

            // What is shown may be enqueued again.
            #expect(try await home.api.enqueue(text: #"{"url":"\#(url)","recrawl":"adaptive 365d"}"#).known == 1)
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            try await nginx.stop()
        }
    }
}
