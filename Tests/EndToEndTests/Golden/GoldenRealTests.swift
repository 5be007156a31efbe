import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// The golden timeline once over real sockets: the burst as it is shipped, the hour shortened. What counts is the
    /// origin's own log.
    @Suite struct GoldenRealTests {
        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: 0s}
            health:
              burst: [1s, 2s, 4s, 8s]
              probes: [17s, 21s, 26s, 31s, 36s]
              broken_after: 36s
              min_probe_times: 4
              max_gap: 35s
              recheck_first: 2s
              recheck_max: 1h
              resolve_gap: 1s
              resolve_hold: 2s
              jitter: 0

            """

        /// Seconds after the first request; after the tenth the canaries, an eighth of their age apart, and what confirms them.
        static let expected: [Double] = [0, 1, 3, 7, 15, 17, 21, 26, 31, 36, 40.5, 45.5625, 46.5625]

        @Test func everyRequestComesWhenItShould() async throws {
            let origin = try await MisbehavingOrigin.start()
            // The mark, one canary that still fails, then health.
            origin.on("/x", .sequence(Array(repeating: .edge520, count: 11) + [.status(200, text: "healed")]))
            let home = try DaemonHome(Self.configuration)
            let daemon = try await home.startReady()
            let lateness = Lateness.watch()
            _ = try await home.api.enqueue([origin.url("/x")])

            #expect(await origin.got(10, for: "/x"))
            #expect(await eventually { daemon.output.contains(" warning broken-origin ") })
            let marked = try await home.api.record(origin.url("/x"))
            #expect(marked.state == "broken-origin" && marked.health == "broken")
            let incident = try #require(try await home.api.incidents("open=true").first)
            #expect(incident.observations == 10)

            #expect(await origin.got(13, for: "/x"))
            #expect(await eventually { daemon.output.contains(" notice resolved ") })
            let own = await lateness.stop()
            let requests = origin.requests(for: "/x").map(\.receivedAtMs)
            let offsets = requests.map { Double($0 - requests[0]) / 1000 }
            #expect(offsets.count == Self.expected.count)
            // 100 ms, and as late as this process itself was woken on the same machine meanwhile.
            let tolerance = 0.1 + own
            for (at, expected) in zip(offsets, Self.expected) {
                #expect(at >= expected - 0.005 && at <= expected + tolerance, "\(offsets), tolerance \(tolerance)")
            }
            let healed = try await home.api.record(origin.url("/x"))
            #expect(healed.state == "done" && healed.health == "healthy")

            let resolved = try #require(daemon.output.lines.first { $0.contains(" notice resolved ") })
            let resolvedAt = try #require(Timestamp.milliseconds(String(resolved.prefix { $0 != " " })))
            let sentAfter = Double(resolvedAt - requests[0]) / 1000
            #expect(
                sentAfter >= 48.5625 && sentAfter <= 48.5625 + 2 * tolerance,
                "the resolved alert came after \(sentAfter) s")
            let line = try #require(daemon.output.lines.first { $0.contains(" warning broken-origin ") })
            for part in [
                "url=\(origin.url("/x"))", "origin=http://127.0.0.1:\(origin.port)", "cause=520",
                "incident=\(incident.id)", "observations=10", "grade=genuine", "cf_ray=7d0a1b2c3d4e5f60-FRA",
            ] {
                #expect(line.contains(part), "\(part) in \(line)")
            }
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }
    }
}

/// How late this process is woken at most: what a busy machine adds to every timer.
private actor Lateness {
    private var worst = 0.0
    private var isWatching = true

    static func watch() -> Lateness {
        let lateness = Lateness()
        Task { await lateness.run() }
        return lateness
    }

    private func run() async {
        let clock = ContinuousClock()
        while isWatching {
            let began = clock.now
            await passing(.milliseconds(50))
            worst = max(worst, (clock.now - began) / .seconds(1) - 0.05)
        }
    }

    /// Seconds.
    func stop() -> Double {
        isWatching = false
        return worst
    }
}
