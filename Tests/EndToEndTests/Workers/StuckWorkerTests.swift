import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// A worker that does not come back from a call into libcurl, by a stand-in for the call.
    @Suite struct StuckWorkerTests {
        private static let fault = "the process before this one ended by a fault of its own"
        private static let config = """
            fetch: {allow_addresses: ["127.0.0.0/8"], workers: 2}
            politeness: {crawl_delay: 0s, per_origin_in_flight: 8, per_address_in_flight: 0}

            """

        /// Two origins, each at a worker of its own, that never answer.
        private final class Sites: Sendable {
            let bad: MisbehavingOrigin
            let good: MisbehavingOrigin

            init() async throws {
                bad = try await MisbehavingOrigin.start(address: "127.0.0.2")
                good = try await MisbehavingOrigin.start(address: "127.0.0.3")
                for origin in [bad, good] { origin.onEverythingElse(.silence) }
            }

            var hanging: String { bad.url("/hangs") }
            /// In flight at the same worker.
            var beside: String { bad.url("/beside") }
            /// In flight at the other.
            var other: String { good.url("/other") }

            func stop() async {
                for origin in [bad, good] { await origin.stop() }
            }
        }

        /// crawld whose worker hangs when it has begun the request for `url`.
        private static func start(
            _ home: DaemonHome, hangingOn url: String, atStopToo: Bool = false, manager: NotifySocket? = nil
        ) async throws -> ChildProcess {
            var command = home.command()
            command.program = BuiltProgram.path("TrapCrawld")
            command.arguments += ["--hang-on", url] + (atStopToo ? ["--hang-at-stop"] : [])
            if let manager {
                command.environment.merge(["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"]) { $1 }
            }
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            return daemon
        }

        @Test("it ends the daemon, which says why, and after the second time exactly what the worker had is suspected")
        func ends() async throws {
            let sites = try await Sites()
            let home = try DaemonHome(Self.config)
            let manager = try NotifySocket(path: home.folder.file("notify"))
            var daemon = try await Self.start(home, hangingOn: sites.hanging, manager: manager)
            _ = try await home.api.enqueue([sites.beside])
            _ = try await home.api.enqueue([sites.other])
            let hasBoth = await sites.bad.got(1)
            #expect(await sites.good.got(1) && hasBoth)
            #expect(await home.api.isHealthy())
            _ = try await home.api.enqueue([sites.hanging])

            var health = ""
            let isSick = await eventually(within: .seconds(30)) {
                guard let answer = try? await home.api.request("GET", Routes.healthz) else { return false }
                health = answer.text
                return answer.status == 503
            }
            #expect(isSick && health.contains("worker 1 has not come back"), "\(health)")
            let status = try await home.api.status()
            #expect(status.workersStuck == [1] && status.workerLongestCallMs >= 5000, "\(status)")
            let fed = manager.count("WATCHDOG=1")
            #expect(await daemon.ended() == .exited(70), "\(daemon.output.text)")
            #expect(manager.count("WATCHDOG=1") == fed && fed > 0)
            let line = try #require(daemon.output.lines.first { $0.contains("does not come back from libcurl") })
            #expect(line.contains(sites.bad.url("")) && !line.contains(sites.good.url("")) && line.contains("critical"))
            #expect(!FileManager.default.fileExists(atPath: home.socketPath))

            daemon = try await Self.start(home, hangingOn: sites.hanging)
            #expect(daemon.output.lines.contains { $0.contains(Self.fault) && $0.contains("in_flight=2") })
            #expect(try await home.api.status().suspects == 0)
            #expect(await daemon.ended() == .exited(70), "\(daemon.output.text)")

            daemon = try await home.startReady()
            #expect(daemon.output.lines.contains { $0.contains(Self.fault) && $0.contains("new_suspects=2") })
            #expect(try await home.api.status().suspects == 2)
            for (url, isSuspect) in [(sites.hanging, true), (sites.beside, true), (sites.other, false)] {
                let because = try await home.api.explain(url).because
                #expect(because.contains { $0.rule == "suspect" } == isSuspect, "\(url): \(because)")
            }
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            await sites.stop()
        }

        @Test("SIGTERM does not wait for it; what the others had is as due as before, and what they ended is stored")
        func stops() async throws {
            let sites = try await Sites()
            sites.good.on("/page", .status(200, text: "a page"))
            let home = try DaemonHome(Self.config)
            let daemon = try await Self.start(home, hangingOn: sites.hanging)
            _ = try await home.api.enqueue([sites.hanging])
            _ = try await home.api.enqueue([sites.other, sites.good.url("/page")])
            let isDone = try await eventually { try await home.api.record(sites.good.url("/page")).state == "done" }
            #expect(isDone)
            let clock = ContinuousClock()
            let began = clock.now
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(70), "\(daemon.output.text)")
            #expect(clock.now - began < .seconds(25))
            let again = try await home.startReady()
            #expect(again.output.lines.contains { $0.contains(Self.fault) && $0.contains("in_flight=1") })
            #expect(try await home.api.record(sites.good.url("/page")).attempts == 1)
            #expect(try await home.api.record(sites.other).attempts == 0)
            again.signal(SIGKILL)
            _ = await again.ended()
            await sites.stop()
        }

        @Test("its end hangs as well: the process ends all the same, and the next start finds what was acknowledged")
        func endHangs() async throws {
            let sites = try await Sites()
            let home = try DaemonHome(Self.config)
            let daemon = try await Self.start(home, hangingOn: sites.hanging, atStopToo: true)
            // The stop waits for it in vain, and hangs when it cancels it.
            _ = try await home.api.enqueue([sites.other])
            #expect(await sites.good.got(1))
            _ = try await home.api.enqueue([sites.hanging])
            #expect(await daemon.ended() == .exited(70), "\(daemon.output.text)")
            // An orderly end would have told so, and removed its socket.
            #expect(FileManager.default.fileExists(atPath: home.socketPath))
            #expect(!daemon.output.lines.contains { $0.contains("stopped") }, "\(daemon.output.text)")
            daemon.signal(SIGKILL)
            let again = try await home.startReady()
            #expect(again.output.lines.contains { $0.contains(Self.fault) && $0.contains("in_flight=1") })
            for url in [sites.hanging, sites.other] { #expect(try await home.api.record(url).attempts == 0) }
            again.signal(SIGKILL)
            _ = await again.ended()
            await sites.stop()
        }

        @Test("a daemon that is stopped for five seconds in the middle of its work ends nothing for it")
        func suspended() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, body: [UInt8](repeating: 0x61, count: 1 << 20)))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue((0..<300).map { origin.url("/\($0)") })
            #expect(await origin.got(20))
            daemon.signal(SIGSTOP)
            await passing(.seconds(5))
            daemon.signal(SIGCONT)
            let isDone = try await eventually { try await home.api.status().urls["done"] == 300 }
            #expect(isDone, "\(daemon.output.text)")
            let status = try await home.api.status()
            #expect(status.fetches == ["success": 300] && status.workersStuck.isEmpty)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            await origin.stop()
        }
    }
}
