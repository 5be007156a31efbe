import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// kill -9 while whole origins fail, or turn us away: each is found out all the same, told of once, and left alone
    /// over every restart.
    @Suite struct BreakerKillTests {
        static let kills = 15
        static let pages = 40

        private static let configuration =
            TestConfig.eager + TestConfig.impatientHealth + """
                profiles: {browser: {headers: {X-Control: "yes"}}}
                soft_block: {control_profile: browser, on_detect: park}

                """

        private struct Sites {
            var broken: MisbehavingOrigin
            var blocking: MisbehavingOrigin
            var good: MisbehavingOrigin

            static func start() async throws -> Sites {
                let sites = Sites(
                    broken: try await MisbehavingOrigin.start(address: "127.0.0.2"),
                    blocking: try await MisbehavingOrigin.start(address: "127.0.0.3"),
                    good: try await MisbehavingOrigin.start(address: "127.0.0.4"))
                sites.broken.onEverythingElse(.edge520)
                sites.blocking.onEverythingElse(
                    .byHeader("x-control", there: .status(200, text: "served"), missing: .edge520))
                sites.good.onEverythingElse(.status(200, text: "a page"))
                return sites
            }

            var all: [MisbehavingOrigin] { [broken, blocking, good] }
            var urls: [String] { all.flatMap { origin in (0..<pages).map { origin.url("/\($0)") } } }

            func stop() async { for origin in all { await origin.stop() } }
        }

        @Test func killedAgainAndAgain() async throws {
            let seed = UInt64.random(in: 1...999_999)
            print("breaker kill test: seed \(seed)")
            var random = SeededRandom(seed: seed)
            let sites = try await Sites.start()
            let home = try DaemonHome()
            let hook = try HookLog(home)
            try home.configure(Self.configuration + "alerts: {exec: [\"\(hook.script)\"]}\n")
            var daemon = try await home.startReady()
            _ = try await home.api.enqueue(sites.urls)

            // In the burst, the trip, the proof and the hour.
            for _ in 0..<Self.kills {
                daemon = try await Self.again(home, daemon, after: random.int(0...1500))
            }
            let isFound = try await eventually(within: .seconds(60)) {
                try await home.api.incidents("open=true").count == 2
            }
            let found = try await home.api.incidents()
            #expect(isFound, "seed \(seed): \(found)")
            let asked = sites.blocking.requests.count

            // While they are held.
            for _ in 0..<5 { daemon = try await Self.again(home, daemon, after: random.int(0...700)) }
            let isDelivered = try await eventually(within: .seconds(30)) {
                try await home.api.status().alertsPending == 0
            }
            #expect(isDelivered)
            try await Self.check(home, sites, seed)
            #expect(sites.blocking.requests.count == asked, "seed \(seed): a parked origin is asked by nobody")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            let messages = try hook.messages()
            #expect(Set(messages.map(\.id)).count == 2, "seed \(seed): \(messages.map(\.event))")
            await sites.stop()
        }

        private static func again(_ home: DaemonHome, _ daemon: ChildProcess, after wait: Int) async throws
            -> ChildProcess
        {
            await passing(.milliseconds(wait))
            #expect(daemon.ending == nil, "it ended by itself: \(daemon.output.text)")
            daemon.signal(SIGKILL)
            #expect(await daemon.ended() == .killed(signal: SIGKILL))
            return try await home.startReady()
        }

        private static func check(_ home: DaemonHome, _ sites: Sites, _ seed: UInt64) async throws {
            // Nobody is asked from here on: what is read twice is the same.
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            #expect(try await eventually { try await home.api.status().inFlight == 0 })
            let incidents = try await home.api.incidents("open=true")
            #expect(Set(incidents.map(\.event)) == ["broken-origin", "soft-blocked"], "seed \(seed)")
            #expect(incidents.allSatisfy { $0.scope == "origin" && $0.urlsAffected == pages }, "seed \(seed)")
            let alerts = try await home.api.alerts().map(\.alert)
            #expect(alerts.map(\.event).sorted() == ["broken-origin", "soft-blocked"], "seed \(seed)")
            let records = try await home.api.records()
            #expect(records.count == 3 * pages, "seed \(seed)")
            let states = Dictionary(grouping: records) { "\($0.url.split(separator: "/")[1].prefix(9)) \($0.state)" }
                .mapValues(\.count)
            #expect(states["127.0.0.4 done"] == pages, "seed \(seed): \(states)")
            for (address, own) in [("127.0.0.2", "broken-origin"), ("127.0.0.3", "soft-blocked")] {
                let held = states["\(address) held"] ?? 0
                let named = states["\(address) \(own)"] ?? 0
                // The canary or the scout may be on its way.
                #expect(named > 0 && held + named >= pages - 1, "seed \(seed): \(states)")
            }
            for state in ["broken-origin", "soft-blocked", "held", "done"] {
                let listed = Set(try await home.api.records("state=\(state)").map(\.url))
                let shown = Set(records.filter { $0.state == state }.map(\.url))
                #expect(
                    listed == shown, "\(state): \(listed.subtracting(shown)) \(shown.subtracting(listed))")
            }
            // Each life may ask some again; none asks them all.
            let once = sites.broken.requests.count
            #expect(once < kills * 12, "seed \(seed): \(once) requests")
        }
    }
}
