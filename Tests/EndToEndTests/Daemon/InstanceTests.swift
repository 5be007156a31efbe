import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// Who may have the state directory and the socket, and what a faulty start says.
    @Suite struct InstanceTests {
        @Test func aSecondDaemonOnTheStateDirectoryIsRefused() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let first = try await home.startReady()
            var command = home.command()
            command.arguments += ["--socket", home.folder.file("other.sock")]
            let second = try ChildProcess(command)
            #expect(await second.ended() == .exited(75))
            #expect(second.output.contains("another crawld uses this state directory"), "\(second.output.text)")
            #expect(await home.api.isHealthy())
            #expect(first.ending == nil)
        }

        @Test func aStaleSocketIsReplaced() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let first = try await home.startReady()
            first.signal(SIGKILL)
            _ = await first.ended()
            #expect(FileManager.default.fileExists(atPath: home.socketPath), "kill -9 leaves the file")
            let second = try await home.startReady()
            #expect(await home.api.isHealthy())
            let library = second.output.lines.first { $0.contains(" info libcurl ") } ?? ""
            #expect(library.contains("a new one for each transfer") || library.contains("used again"), "\(library)")
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: home.socketPath), "a stop removes it")
        }

        @Test func aLiveSocketIsRefused() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let first = try await home.startReady()
            var command = home.command()
            command.arguments += ["--state-dir", home.folder.file("other")]
            let second = try ChildProcess(command)
            #expect(await second.ended() == .exited(75))
            #expect(second.output.contains("another process is listening there"), "\(second.output.text)")
            #expect(await home.api.isHealthy(), "the first one's socket is as it was")
            #expect(first.ending == nil)
        }

        @Test(arguments: ["a regular file", "a folder", "a symbolic link to a file"])
        func whatIsNoSocketIsRefused(_ kind: String) async throws {
            let home = try DaemonHome(TestConfig.eager)
            let precious = home.folder.file("precious")
            try home.write("precious", to: precious)
            switch kind {
            case "a regular file": try home.write("precious", to: home.socketPath)
            case "a folder":
                try FileManager.default.createDirectory(
                    atPath: home.socketPath, withIntermediateDirectories: false)
            default: try FileManager.default.createSymbolicLink(atPath: home.socketPath, withDestinationPath: precious)
            }
            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(73))
            #expect(daemon.output.contains("is no socket; it is left alone"), "\(daemon.output.text)")
            #expect(FileManager.default.fileExists(atPath: home.socketPath))
            #expect(FileBytes.text(precious) == "precious")
        }

        struct Start: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var arguments: [String]
            var exit: Int32
            var says: String
        }

        static let starts = [
            Start(testDescription: "unknown option", arguments: ["--nonsense"], exit: 64, says: "nonsense"),
            Start(
                testDescription: "no such file", arguments: ["--config", "/nowhere/crawld.yaml"], exit: 78,
                says: "/nowhere/crawld.yaml"),
            Start(
                testDescription: "a file is in the way of the state", arguments: ["--state-dir", "/dev/null/state"],
                exit: 73, says: "/dev/null"),
            Start(
                testDescription: "no folder for the socket", arguments: ["--socket", "/nowhere/control.sock"],
                exit: 73, says: "/nowhere/control.sock"),
            Start(
                testDescription: "the socket's path is too long",
                arguments: ["--socket", "/tmp/" + String(repeating: "x", count: 200)], exit: 78, says: "107"),
        ]

        @Test(arguments: starts) func aStartThatCannotBe(_ start: Start) async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try home.start(start.arguments)
            #expect(await daemon.ended() == .exited(start.exit), "\(daemon.output.text)")
            #expect(daemon.output.contains(start.says), "\(daemon.output.text)")
        }

        @Test func everyFaultOfTheConfigurationIsNamedWithItsLine() async throws {
            let home = try DaemonHome("politeness: {crawl_delay: fast}\nnonsense: 1\nhealth: {max_gap: 2h}\n")
            let daemon = try home.start(["--check-config"])
            #expect(await daemon.ended() == .exited(78))
            for part in [
                "crawld.yaml:2: politeness.crawl_delay: fast", "crawld.yaml:3: nonsense", "health.max_gap: 2h",
            ] {
                #expect(daemon.output.contains(part), "\(part) in \(daemon.output.text)")
            }
        }
    }
}
