import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The state directory on a disk of a few megabytes, which fills up in the middle of the hour.
    @Suite struct FullDiskTests {
        /// A small disk in a mount namespace of its own, gone with its process.
        private struct SmallDisk {
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
                let crawld = home.command()
                var command = ChildProcess.Command(
                    "/usr/bin/nsenter", ["--target", "\(holder.pid)", "--mount", crawld.program] + crawld.arguments)
                command.environment = crawld.environment
                let daemon = try ChildProcess(command)
                try await home.ready(daemon)
                return daemon
            }

            func remove() async {
                holder.signal(SIGKILL)
                _ = await holder.ended()
            }
        }

        @Test(
            "enqueue says 507, nothing is fetched, the daemon lives; with room again the hour is judged and told of once",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func fillsUp() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            origin.on("/broken", .edge520)
            let home = try DaemonHome(TestConfig.eager + TestConfig.impatientHealth)
            let disk = try await SmallDisk.mount(at: home.statePath, megabytes: 8)
            var daemon = try await disk.start(home)
            let first = (0..<50).map { origin.url("/first/\($0)") } + [origin.url("/broken")]
            #expect(try await home.api.enqueue(first).new == 51)
            #expect(await origin.got(2, for: "/broken"), "it is in its burst")

            disk.fill()
            let isSaid = try await eventually(within: .seconds(20)) {
                try await home.api.status().storageError != nil
            }
            #expect(isSaid, "status tells why nothing goes on")
            let late = (0..<20_000).map { origin.url("/late/\($0)") }
            let refusal = await #expect(throws: DaemonAPI.Refused.self) { try await home.api.enqueue(late) }
            #expect(refusal?.status == 507 && refusal?.text.contains("storage-full") == true, "\(refusal?.text ?? "-")")
            #expect(try await home.api.incidents().isEmpty)

            // What was not stored may be lost, but for what was acknowledged.
            daemon.signal(SIGKILL)
            #expect(await daemon.ended() == .killed(signal: SIGKILL))
            disk.makeRoom()
            daemon = try await disk.start(home)
            for url in first { #expect(try await home.api.record(url).url == url) }
            #expect(try await home.api.enqueue([origin.url("/late/x")]).new == 1)
            let isMarked = try await eventually(within: .seconds(30)) {
                try await home.api.record(origin.url("/broken")).state == "broken-origin"
            }
            #expect(isMarked)

            // Once more, and this time it outlives the trouble.
            disk.fill()
            _ = try? await home.api.enqueue((0..<2000).map { origin.url("/more/\($0)") })
            let isFull = try await eventually(within: .seconds(20)) {
                try await home.api.status().storageError != nil
            }
            #expect(isFull)
            disk.makeRoom()
            origin.on("/broken", .status(200, text: "healed"))
            let isOver = try await eventually(within: .seconds(60)) {
                let status = try await home.api.status()
                let record = try await home.api.record(origin.url("/broken"))
                return status.storageError == nil && record.state == "done"
            }
            #expect(isOver, "\(daemon.output.text.suffix(2000))")
            let told = try await eventually(within: .seconds(20)) { try await home.api.alerts().count == 2 }
            #expect(told)
            #expect(try await home.api.alerts().map(\.alert.event).sorted() == ["broken-origin", "resolved"])
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            await disk.remove()
            await origin.stop()
        }
    }
}
