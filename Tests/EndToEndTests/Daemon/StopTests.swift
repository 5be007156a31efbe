import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// SIGTERM: nothing new begins, what is in flight may end up to a deadline, all is committed, exit 0.
    @Suite struct StopTests {
        @Test func whatIsInFlightMayEnd() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            origin.on("/slow", .silence)
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"], response_timeout: 2s}
                politeness: {crawl_delay: 300ms, per_origin_in_flight: 2}
                """)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue([origin.url("/slow")])
            #expect(await origin.got(1, for: "/slow"))
            _ = try await home.api.enqueue((1...200).map { origin.url("/page\($0)") })
            #expect(await origin.got(3))
            daemon.signal(SIGTERM)
            _ = await eventually { daemon.output.contains("stopping: no new requests") }
            let asked = origin.requests.count
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            #expect(origin.requests.count <= asked + 1, "a request may have been on its way to the log, not more")

            let again = try await home.startReady()
            let slow = try await home.api.record(origin.url("/slow"))
            #expect(slow.attempts == 1, "its answer came within the deadline and was committed")
            #expect(slow.lastOutcome == "responseTimeout" || slow.lastOutcome == "response-timeout")
            #expect(try await home.api.records().count == 201)
            again.signal(SIGTERM)
            _ = await again.ended()
            await origin.stop()
        }

        @Test func whatTakesTooLongIsCancelledAndStaysDue() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.on("/hangs", .silence)
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue([origin.url("/hangs")])
            #expect(await origin.got(1, for: "/hangs"))
            let clock = ContinuousClock()
            let began = clock.now
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            #expect(clock.now - began < .seconds(25))

            origin.on("/hangs", .status(200, text: "it works again"))
            let again = try await home.startReady()
            #expect(await origin.got(2, for: "/hangs"))
            let isDone = try await eventually {
                let record = try await home.api.record(origin.url("/hangs"))
                return record.state == "done" && record.attempts == 1
            }
            #expect(isDone, "what was cancelled is no attempt, and due at the next start")
            again.signal(SIGTERM)
            _ = await again.ended()
            await origin.stop()
        }

        @Test(arguments: [SIGTERM, SIGINT]) func aStopWhileTheDaemonStarts(_ number: Int32) async throws {
            let home = try DaemonHome(TestConfig.eager)
            for wait in stride(from: 0, through: 400, by: 40) {
                let daemon = try home.start()
                await passing(.milliseconds(wait))
                daemon.signal(number)
                let ending = await daemon.ended(within: .seconds(30))
                // Before the daemon listens for signals, the kernel's own answer to them is right too.
                #expect(
                    ending == .exited(0) || ending == .killed(signal: number), "after \(wait) ms: \(daemon.output.text)"
                )
            }
            let daemon = try await home.startReady()
            #expect(await home.api.isHealthy())
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test func apauseOutlivesAKill() async throws {
            let origin = try await MisbehavingOrigin.start()
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            let again = try await home.startReady()
            #expect(try await home.api.status().paused)
            _ = try await home.api.enqueue([origin.url("/")])
            #expect(try await home.api.status().inFlight == 0)
            #expect(origin.connectionCount == 0)
            #expect(try await home.api.request("POST", "/v1/resume").status == 200)
            #expect(await origin.got(1, for: "/"))
            again.signal(SIGTERM)
            #expect(await again.ended() == .exited(0))
            await origin.stop()
        }
    }
}
