import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// kill -9 at any moment, under load, again and again: what was acknowledged is there, and nothing is doubled.
    @Suite struct KillTests {
        static let kills = 55

        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: 0s, per_origin_in_flight: 8, per_address_in_flight: 0}
            health:
              burst: [200ms, 400ms]
              probes: [1s, 2s, 3s, 4s]
              broken_after: 4s
              min_probe_times: 4
              max_gap: 3s
              recheck_first: 1s
              recheck_max: 4s
              resolve_gap: 200ms
              resolve_hold: 1s
              jitter: 0.1
            """

        @Test func killedFiftyTimesUnderLoad() async throws {
            let seed = UInt64.random(in: 1...999_999)
            print("kill test: seed \(seed)")
            var random = SeededRandom(seed: seed)
            let site = try await CrawledSite.start(4)
            let home = try DaemonHome()
            let hook = try HookLog(home)
            let archive = try ArchiveFiles(home)
            try home.configure(Self.configuration + "\nalerts: {exec: [\"\(hook.script)\"]}" + archive.section())
            let acknowledged = Acknowledged()

            let load = Task { [random] in
                var random = random
                await withTaskGroup(of: Void.self) { group in
                    for number in 1...3 {
                        var client = EnqueueClient(
                            number: number, site: site, api: home.api, acknowledged: acknowledged,
                            random: SeededRandom(seed: random.next()))
                        group.addTask { await client.run() }
                    }
                    var saboteur = Saboteur(
                        site: site, api: home.api, acknowledged: acknowledged, random: SeededRandom(seed: random.next())
                    )
                    group.addTask { await saboteur.run() }
                }
            }
            var logs: [String] = []
            do {
                defer { load.cancel() }
                for _ in 0..<Self.kills { logs += try await Self.startAndKill(home, &random) }
            }
            await load.value

            let daemon = try await home.startReady()
            await Self.settle(site, home, acknowledged)
            let check = KillCheck(
                seed: seed, home: home, site: site, hook: hook, acknowledged: acknowledged.snapshot,
                logs: logs + daemon.output.lines)
            try await check.overTheSocket()
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            try check.inTheFile()
            try check.inTheArchive(archive)
            await site.stop()
        }

        /// One life: some end while they start, some under load, a few are asked to stop. Returns what it logged.
        private static func startAndKill(_ home: DaemonHome, _ random: inout SeededRandom) async throws -> [String] {
            let daemon = try home.start()
            if random.chance(0.3) {
                await passing(.milliseconds(random.int(0...250)))
            } else {
                try await home.ready(daemon)
                await passing(.milliseconds(random.int(0...1400)))
            }
            #expect(daemon.ending == nil, "it ended by itself: \(daemon.output.text)")
            daemon.signal(SIGKILL)
            #expect(await daemon.ended() == .killed(signal: SIGKILL))
            _ = await eventually { daemon.output.isComplete }
            return daemon.output.lines
        }

        /// All pages are well, all URLs are known, and the daemon is left alone until it has nothing more to do.
        private static func settle(_ site: CrawledSite, _ home: DaemonHome, _ acknowledged: Acknowledged) async {
            site.breakPages { _ in false }
            await Saboteur(site: site, api: home.api, acknowledged: acknowledged, random: SeededRandom(seed: 1)).force()
            let isSettled = await eventually(within: .seconds(60), every: .milliseconds(100)) {
                guard let status = try? await home.api.status() else { return false }
                let open = ["scheduled", "in-flight", "held", "broken-origin"].map { status.urls[$0] ?? 0 }
                return open.allSatisfy { $0 == 0 } && status.alertsPending == 0
            }
            let status = try? await home.api.status()
            #expect(isSettled, "not at rest: \(String(describing: status))")
        }
    }
}
