import ControlAPI
import CrawlTesting
import Testing

extension EndToEnd {
    /// What site owners were promised, from their own logs, while the daemon is killed and restarted.
    @Suite struct PolitenessTests {
        // Without jitter the promise has nothing to spare.
        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness:
              crawl_delay: 300ms
              per_origin_in_flight: \(PoliteSite.perOrigin)
              per_address_in_flight: \(PoliteSite.perAddress)
              max_retry_after: \(PoliteSite.maxRetryAfter)s
              jitter: 0
            robots: {obey: true}
            """

        @Test func fiftyOriginsThroughKillsAndRestarts() async throws {
            let site = try PoliteSite()
            defer { site.server.stop() }
            let home = try DaemonHome(Self.configuration)
            let lives = PoliteLives(home)
            try await lives.begin()
            let urls = site.urls
            #expect(try await home.api.enqueue(urls).new == urls.count)

            // From here on every origin has been asked, and all that throttle have said so and were understood.
            #expect(await eventually(within: .seconds(25), every: .milliseconds(50)) { await Self.isKnown(site, home) })
            await lives.kill()
            for (number, isKill) in [true, false, true, false].enumerated() {
                try await lives.begin()
                let count = site.server.count
                #expect(await eventually(within: .seconds(20)) { site.server.count >= count + 60 + 10 * number })
                if isKill { await lives.kill() } else { await lives.stop() }
            }
            try await lives.begin()

            #expect(await eventually(within: .seconds(40), every: .milliseconds(200)) { await Self.isDone(site, home) })
            let records = try await home.api.records()
            await Self.checkBlocks(site, home)
            await lives.stop()

            let check = PoliteCheck(log: site.server.requests, lives: lives.lives)
            check.stamps()
            check.gaps()
            check.quiet()
            check.inFlightAtOrigins()
            check.inFlightAtAddresses()
            Self.checkRecords(records, site)
        }

        /// Nothing is asked of the test that is not in an origin's log or in the store.
        private static func isKnown(_ site: PoliteSite, _ home: DaemonHome) async -> Bool {
            let byOrigin = Dictionary(grouping: site.server.requests, by: \.origin)
            guard (0..<PoliteSite.count).allSatisfy({ byOrigin[$0, default: []].count >= 3 }) else { return false }
            // What the scheduler goes by is known before it is written; a URL's record is read from the database.
            let records = (try? await home.api.records()) ?? []
            let written = Set(records.filter { $0.lastOutcome == "throttled" }.map(\.url))
            for (origin, throttle) in PoliteSite.throttles {
                let told = byOrigin[origin, default: []].filter { throttle.isAnswered($0) }
                let until = told.compactMap(\.answeredAtWall).map(throttle.until).max() ?? 0
                guard told.count >= 2 else { return false }
                if until < WallNow.nanoseconds { continue }
                guard told.allSatisfy({ written.contains(site.server.origins[origin] + $0.path) }) else { return false }
            }
            return true
        }

        private static func record(_ origin: Int, _ site: PoliteSite, _ home: DaemonHome) async throws -> OriginRecord?
        {
            let name = DaemonAPI.encoded(site.server.origins[origin])
            let answer = try await home.api.request("GET", "\(Routes.origins)?origin=\(name)")
            return answer.status == 200 ? try answer.decoded(OriginRecord.self) : nil
        }

        /// Two answers without a usable header were one incident: a minute from the later one, not two.
        private static func checkBlocks(_ site: PoliteSite, _ home: DaemonHome) async {
            for (origin, throttle) in PoliteSite.throttles where !throttle.isUsable {
                let told = site.server.requests.filter { $0.origin == origin && throttle.isAnswered($0) }
                #expect(told.count == 2, "origin \(origin)")
                let until = (told.compactMap(\.answeredAtWall).map(throttle.until).max() ?? 0) / 1_000_000
                let stored = try? await record(origin, site, home)
                #expect(stored?.blockLevel == 0, "origin \(origin)")
                let blockedUntil = stored?.blockedUntil.flatMap { Timestamp.milliseconds($0) } ?? 0
                #expect((until...until + 2000).contains(blockedUntil), "origin \(origin) after \(throttle)")
            }
        }

        private static func isDone(_ site: PoliteSite, _ home: DaemonHome) async -> Bool {
            guard let records = try? await home.api.records() else { return false }
            let open = Set(site.openURLs)
            return records.allSatisfy { !open.contains($0.url) || $0.attempts > 0 && $0.lastOutcome != "throttled" }
        }

        /// What was acknowledged is there, once, and is what its origin answered.
        private static func checkRecords(_ records: [URLRecord], _ site: PoliteSite) {
            #expect(records.count == site.urls.count)
            #expect(Set(records.map(\.url)) == Set(site.urls))
            let open = Set(site.openURLs)
            var wrong: [String] = []
            for record in records where open.contains(record.url) {
                let path = String(record.url.dropFirst(record.origin.count))
                if record.state != PoliteSite.state(of: path) || record.lastStatus != PoliteSite.status(of: path) {
                    wrong.append("\(record.url): \(record.state), \(record.lastStatus ?? 0)")
                }
            }
            #expect(wrong.isEmpty)
        }
    }
}
