internal import Foundation

/// A folder with a configuration, a state directory and a socket: what a daemon needs, and finds again when it is
/// started anew.
package final class DaemonHome: Sendable {
    package let folder: TemporaryFolder

    /// `configuration` is YAML and may have every section but `control`; robots.txt is asked for only if it has one for
    /// that.
    package init(_ configuration: String = "") throws {
        folder = try TemporaryFolder()
        try configure(configuration)
    }

    package var configPath: String { folder.file("crawld.yaml") }
    package var statePath: String { folder.file("state") }
    package var databasePath: String { statePath + "/frontier.sqlite" }
    package var socketPath: String { folder.file("control.sock") }
    package var api: DaemonAPI { DaemonAPI(socketPath: socketPath) }

    package func configure(_ configuration: String) throws {
        let robots = configuration.contains("robots:") ? "" : "\nrobots: {obey: false}\n"
        try write("control: {mode: \"0600\", group: \"\"}\n" + configuration + robots, to: configPath)
    }

    package func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// A program of the shell, ready to run; its path.
    package func script(_ name: String, _ text: String) throws -> String {
        let path = folder.file(name)
        try write("#!/bin/sh\n" + text + "\n", to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    /// `crawld` beside the tests, for this folder.
    package func command(_ more: [String] = []) -> ChildProcess.Command {
        var command = ChildProcess.Command(
            BuiltProgram.path("crawld"),
            ["--config", configPath, "--state-dir", statePath, "--socket", socketPath, "--log-format", "text"] + more)
        // A crash says where.
        command.environment["SWIFT_BACKTRACE"] = "enable=yes,interactive=no,color=no,threads=all,limit=40"
        return command
    }

    package func start(_ more: [String] = []) throws -> ChildProcess { try ChildProcess(command(more)) }

    /// Started, and it answers.
    package func startReady(_ more: [String] = []) async throws -> ChildProcess {
        let daemon = try start(more)
        try await ready(daemon)
        return daemon
    }

    struct NotReady: Error, CustomStringConvertible {
        var description: String
    }

    /// Returns once the daemon says that it is ready; throws if it ends before.
    package func ready(_ daemon: ChildProcess) async throws {
        let isReady = await eventually {
            daemon.output.contains(" notice ready ") || daemon.ending != nil
        }
        guard isReady, daemon.ending == nil else {
            throw NotReady(
                description: "crawld is not ready: \(String(describing: daemon.ending)): \(daemon.output.text)")
        }
    }
}

/// Where the build put a program: in the folder of the tests.
package enum BuiltProgram {
    package static func path(_ name: String) -> String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/" + name
    }
}
