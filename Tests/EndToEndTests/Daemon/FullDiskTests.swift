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

        @Test(
            "it starts on a full disk, answers, and goes on by itself when there is room",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"),
            arguments: ["new", "known", "killed"])
        func startsOnIt(_ state: String) async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            let home = try DaemonHome(TestConfig.eager)
            let disk = try await SmallDisk.mount(at: home.statePath, megabytes: 4)
            if state != "new" {
                let earlier = try await disk.start(home)
                #expect(try await home.api.enqueue([origin.url("/kept")]).new == 1)
                earlier.signal(state == "killed" ? SIGKILL : SIGTERM)
                _ = await earlier.ended()
            }
            disk.fill()
            let manager = try NotifySocket(path: home.folder.file("notify"))
            let daemon = try disk.launch(
                home, environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
            #expect(await eventually { manager.contains("READY=1") }, "\(daemon.output.text)")
            #expect(manager.messages.contains { $0.hasPrefix("STATUS=the disk is full since ") })
            let report = try await home.api.status()
            #expect(report.storageFullSince != nil && report.storageError?.contains("no space is left") == true)
            let health = try await home.api.request("GET", "/healthz")
            #expect(health.status == 503 && health.text.contains("no space is left"), "\(health.text)")
            let refusal = await #expect(throws: DaemonAPI.Refused.self) {
                try await home.api.enqueue([origin.url("/")])
            }
            #expect(refusal?.status == 507 && refusal?.text.contains("storage-full") == true, "\(refusal?.text ?? "-")")
            for path in [
                "/v1/urls", "/v1/explain?url=http://a.example/", "/v1/incidents", "/v1/alerts", "/v1/sitemaps",
            ] {
                let answer = try await home.api.request("GET", path)
                #expect(answer.status == 503 && answer.text.contains("storage-full"), "\(path): \(answer.text)")
            }
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            #expect(try await home.api.status().paused)
            let fed = manager.count("WATCHDOG=1")
            #expect(await eventually { manager.count("WATCHDOG=1") > fed + 5 })

            disk.makeRoom()
            try await home.ready(daemon)
            #expect(await eventually { await home.api.isHealthy() })
            #expect(try await home.api.status().paused, "what was said meanwhile is heeded")
            #expect(try await home.api.enqueue([origin.url("/new")]).new == 1)
            #expect(try await home.api.request("POST", "/v1/resume").status == 200)
            #expect(await origin.got(1, for: "/new"))
            if state != "new" { #expect(try await home.api.record(origin.url("/kept")).url == origin.url("/kept")) }
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            await disk.remove()
            await origin.stop()
        }

        @Test(
            "a stop, and a reload, while it waits for room",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func stopsMeanwhile() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let disk = try await SmallDisk.mount(at: home.statePath, megabytes: 1)
            disk.fill()
            let daemon = try disk.launch(home)
            #expect(await eventually { daemon.output.contains("storage-full") })
            daemon.signal(SIGHUP)
            #expect(await eventually { daemon.output.contains("configuration read again: nothing waits") })
            let clock = ContinuousClock()
            let began = clock.now
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            #expect(clock.now - began < .seconds(5))
            #expect(!FileManager.default.fileExists(atPath: home.socketPath))
            await disk.remove()
        }

        @Test(
            "one that becomes full is told by status and explain, a pause holds, and a stop is quick",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func becomesFull() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.silence)
            let home = try DaemonHome(TestConfig.eager)
            let disk = try await SmallDisk.mount(at: home.statePath, megabytes: 4)
            let daemon = try await disk.start(home)
            #expect(try await home.api.enqueue([origin.url("/hangs")]).new == 1)
            #expect(await origin.got(1, for: "/hangs"))
            disk.fill()
            _ = try? await home.api.enqueue((0..<20_000).map { origin.url("/late/\($0)") })
            #expect(try await home.api.status().storageFullSince != nil)
            let reasons = try await home.api.explain(origin.url("/hangs")).because.map(\.rule)
            #expect(reasons == ["in-flight"], "a request that is on its way")
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            #expect(try await home.api.status().paused)
            let clock = ContinuousClock()
            let began = clock.now
            daemon.signal(SIGTERM)
            _ = await daemon.ended()
            #expect(clock.now - began < .seconds(5), "\(daemon.output.text)")
            await disk.remove()
            await origin.stop()
        }
    }
}
