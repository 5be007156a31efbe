import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// A start that cannot go well is found out before anything is written.
    @Suite struct StartCheckTests {
        @Test("without the socket's group nothing is left behind, and the message says what to do")
        func unknownGroup() async throws {
            let home = try DaemonHome()
            try home.write("control: {group: no-such-group}\n", to: home.configPath)
            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(78), "\(daemon.output.text)")
            #expect(daemon.output.contains("control.group: no-such-group: no such group"), "\(daemon.output.text)")
            #expect(daemon.output.contains("systemd-sysusers"), "\(daemon.output.text)")
            #expect(!FileManager.default.fileExists(atPath: home.statePath))
        }

        @Test("nor where the socket cannot be made, or descriptors are too few")
        func socketAndLimits() async throws {
            let home = try DaemonHome(TestConfig.eager)
            var command = home.command()
            command.arguments += ["--socket", home.folder.file("none/control.sock")]
            let daemon = try ChildProcess(command)
            #expect(await daemon.ended() == .exited(73), "\(daemon.output.text)")
            let crawld = home.command()
            let few = try ChildProcess(
                ChildProcess.Command(
                    "/bin/sh", ["-c", #"ulimit -n 64 && exec "$@""#, "sh", crawld.program] + crawld.arguments))
            #expect(await few.ended() == .exited(73), "\(few.output.text)")
            #expect(few.output.contains("64 descriptors are too few"), "\(few.output.text)")
            #expect(!FileManager.default.fileExists(atPath: home.statePath))
        }

        @Test(
            "root leaves another user's state alone: what it made there that user could not open",
            .enabled(if: geteuid() == 0, "it takes root"))
        func foreignState() async throws {
            let home = try DaemonHome(TestConfig.eager)
            #expect(mkdir(home.statePath, 0o750) == 0)
            #expect(chown(home.statePath, 65534, 65534) == 0)
            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(73), "\(daemon.output.text)")
            #expect(daemon.output.contains("\(home.statePath): belongs to "), "\(daemon.output.text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.statePath).isEmpty)
        }
    }
}
