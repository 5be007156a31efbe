import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The archive's folder on a small disk of its own.
    @Suite struct ArchiveDiskTests {
        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"], max_in_flight: 1000}
            politeness: {crawl_delay: 0s, per_origin_in_flight: 1000, per_address_in_flight: 0}
            """

        @Test(
            "1,000 slow downloads fill it: nothing fails, memory is bounded, and with smaller pages all are had",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func slowDownloads() async throws {
            let origin = try await MisbehavingOrigin.start()
            // A megabyte each, a sixteenth of it every 100 ms.
            origin.onEverythingElse(
                .paced(
                    head: "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\nContent-Type: text/plain\r\n\r\n",
                    piece: [UInt8](repeating: 0x61, count: 65536), pieces: 1, times: 16, everyMs: 100))
            let home = try DaemonHome()
            let files = try ArchiveFiles(home)
            try home.configure(Self.configuration + files.section())
            let disk = try await SmallDisk.mount(at: files.path, megabytes: 50)
            let daemon = try await disk.start(home)
            let urls = (0..<1000).map { origin.url("/\($0)") }
            #expect(try await home.api.enqueue(urls).new == 1000)
            let isFull = await eventually(within: .seconds(30)) {
                daemon.output.contains("the archive's disk is full; nothing is fetched until it has room")
            }
            #expect(isFull, "\(daemon.output.text.suffix(2000))")
            let goesOn = await eventually(within: .seconds(30)) { daemon.output.contains("the disk has room again") }
            #expect(goesOn, "what was in flight held it: \(daemon.output.text.suffix(2000))")

            origin.onEverythingElse(.status(200, text: "a small page"))
            let isDone = try await eventually(within: .seconds(60)) {
                try await home.api.status().urls["done"] == 1000
            }
            let status = try await home.api.status()
            #expect(isDone, "\(status) \(daemon.output.text.suffix(2000))")
            #expect(status.fetches.filter { $0.value > 0 }.keys.sorted() == ["success"], "\(status.fetches)")
            let told = try await home.api.alerts().map(\.alert)
            #expect(told.map(\.event) == ["storage"] && told.map(\.cause) == ["full"], "\(told)")
            #expect(try Self.peak(daemon.pid) < 200 << 20)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text.suffix(2000))")
            await disk.remove()
            await origin.stop()
        }

        @Test(
            "a disk that others fill stops the crawl and loses nothing; with room it goes on by itself",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func filledByOthers() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: String(repeating: "a page ", count: 1000)))
            let home = try DaemonHome()
            let files = try ArchiveFiles(home)
            try home.configure(Self.configuration + files.section())
            let disk = try await SmallDisk.mount(at: files.path, megabytes: 32)
            let daemon = try await disk.start(home)
            disk.fill()
            #expect(try await home.api.enqueue((0..<50).map { origin.url("/\($0)") }).new == 50)
            let isSaid = try await eventually(within: .seconds(20)) {
                try await home.api.status().storageError?.contains(files.path) ?? false
            }
            #expect(isSaid, "status tells why nothing goes on, and where")
            #expect(try await home.api.status().urls["done"] ?? 0 == 0, "nothing is recorded")
            disk.makeRoom()
            let isDone = try await eventually(within: .seconds(30)) {
                try await home.api.status().urls["done"] == 50
            }
            let left = try await home.api.status()
            #expect(isDone, "\(left)")
            #expect(try await home.api.status().storageError == nil)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text.suffix(2000))")
            await disk.remove()
            await origin.stop()
        }

        /// Bytes resident at most, so far.
        private static func peak(_ pid: pid_t) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return try #require(line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
        }
    }
}
