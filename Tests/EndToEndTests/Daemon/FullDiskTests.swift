import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The state directory on a disk of a few megabytes, which fills up in the middle of the hour.
    @Suite struct FullDiskTests {
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
