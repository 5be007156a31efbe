import CrawlTesting
import Foundation
import Glibc
import Testing

/// A small disk in a mount namespace of its own, gone with its process.
struct SmallDisk {
    let holder: ChildProcess
    let path: String

    static func mount(at path: String, megabytes: Int) async throws -> SmallDisk {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let script = #"mount -t tmpfs -o size="$1"m tmpfs "$2" && echo mounted && exec sleep 600"#
        let holder = try ChildProcess(
            ChildProcess.Command(
                "/usr/bin/unshare", ["--mount", "sh", "-c", script, "sh", "\(megabytes)", path]))
        #expect(await eventually { holder.output.contains("mounted") })
        return SmallDisk(holder: holder, path: path)
    }

    /// Seen from outside.
    private func outside(_ name: String) -> String { "/proc/\(holder.pid)/root\(path)/\(name)" }

    /// Takes what is left of it.
    func fill() {
        let file = open(outside("filler"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) == block.count {}
        close(file)
    }

    func makeRoom() { unlink(outside("filler")) }

    func start(_ home: DaemonHome) async throws -> ChildProcess {
        let daemon = try launch(home)
        try await home.ready(daemon)
        return daemon
    }

    /// As it is before it is ready. `environment` is added to the daemon's.
    func launch(_ home: DaemonHome, environment: [String: String] = [:]) throws -> ChildProcess {
        let crawld = home.command()
        var command = ChildProcess.Command(
            "/usr/bin/nsenter", ["--target", "\(holder.pid)", "--mount", crawld.program] + crawld.arguments)
        command.environment = crawld.environment.merging(environment) { $1 }
        return try ChildProcess(command)
    }

    func remove() async {
        holder.signal(SIGKILL)
        _ = await holder.ended()
    }
}
