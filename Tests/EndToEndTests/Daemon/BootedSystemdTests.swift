import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// The installed service under a real systemd, booted in namespaces of its own; see Tests/Systemd.
    @Suite struct BootedSystemdTests {
        private static let boot = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Systemd/boot").standardized.path

        /// Tests/Systemd/boot --able says what is missing.
        private static func isAble() async throws -> Bool {
            try await ChildProcess(ChildProcess.Command(boot, ["--able"])).ended() == .exited(0)
        }

        @Test(
            "start, reload, watchdog, full disk and sandbox are as the README says",
            .enabled("it takes root, namespaces and systemd") { try await isAble() })
        func checks() async throws {
            let out = try TemporaryFolder()
            let binaries = (BuiltProgram.path("crawld") as NSString).deletingLastPathComponent
            var command = ChildProcess.Command(Self.boot, [binaries, out.path])
            // The toolchain has what prints a backtrace.
            command.environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
            let machine = try ChildProcess(command)
            let ending = await machine.ended(within: .seconds(200))
            let logs = try FileManager.default.contentsOfDirectory(atPath: out.path).filter { $0.hasSuffix(".log") }
                .sorted { $0 == "run.log" || $1 != "run.log" && $0 < $1 }
                .map { "\($0):\n\(FileBytes.text(out.file($0)) ?? "")" }
            #expect(ending == .exited(0), "\(machine.output.text)\n\(logs.joined(separator: "\n"))")
            // Every check has been run, and nothing else was taken for one.
            let checks = try FileManager.default.contentsOfDirectory(
                atPath: (Self.boot as NSString).deletingLastPathComponent + "/checks"
            ).filter { $0.hasSuffix(".check") }
            let passed = FileBytes.text(out.file("run.log"))?.split(separator: "\n").count {
                $0.contains(" passed after ")
            }
            #expect(passed == checks.count)
        }
    }
}
