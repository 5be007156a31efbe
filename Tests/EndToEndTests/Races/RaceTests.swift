import ControlAPI
import CrawlTesting
import GRDB
import Glibc
import Testing

extension EndToEnd {
    /// An operator acts while answers are in flight, or judged and not yet stored, over real sockets: pages of an origin
    /// fail, some share an incident, and at the very moment in which more are asked they are removed or revived.
    @Suite struct RaceTests {
        /// Each with an origin of its own, at the same time.
        static let lanes = 4
        static let rounds = 10
        private static let pages = 12

        private static let configuration =
            TestConfig.eager + """
                health:
                  burst: []
                  probes: [100ms, 250ms, 400ms, 600ms]
                  broken_after: 600ms
                  min_probe_times: 4
                  max_gap: 590ms
                  recheck_first: 2s
                  recheck_max: 4s
                  resolve_gap: 100ms
                  resolve_hold: 200ms
                  origin_trip: 0
                  probe_slots: 0
                  url_incidents: 2
                  jitter: 0

                """

        private enum Act: CaseIterable {
            case reviveOrigin, removeURL, reviveURL, renew, removeOrigin
        }

        /// What a lane has met.
        private struct Course {
            var partials = 0
            var faults: [String] = []
        }

        @Test("nothing that URLs share is left behind by an operator's action, whenever it comes")
        func operatorsRace() async throws {
            let home = try DaemonHome(Self.configuration)
            var daemon = try await home.startReady()
            let courses = try await withThrowingTaskGroup(of: Course.self) { group in
                for lane in 0..<Self.lanes { group.addTask { try await Self.run(lane, home) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(courses.flatMap(\.faults) == [])
            #expect(courses.reduce(0) { $0 + $1.partials } > Self.lanes, "too few races were any")
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            #expect(try await eventually { try await home.api.status().inFlight == 0 })
            let status = try await home.api.status()
            for (state, count) in status.urls {
                #expect(try await home.api.records("state=\(state)").count == count, "\(state)")
            }
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            daemon = try await home.startReady()
            #expect(!daemon.output.contains("the frontier was repaired"), "\(daemon.output.text)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        private static func run(_ lane: Int, _ home: DaemonHome) async throws -> Course {
            let origin = try await MisbehavingOrigin.start(address: "127.0.0.\(lane + 2)")
            origin.onEverythingElse(.edge520)
            let key = String(origin.url("/").dropLast())
            var course = Course()
            for round in 0..<rounds {
                // Enough are marked for others to share an incident.
                let first = (0..<3).map { origin.url("/\(round)/marked-\($0)") }
                _ = try await home.api.enqueue(first)
                _ = try await eventually(within: .seconds(10)) {
                    try await open(home, key).count { $0.scope == "url" } >= 2
                }
                let more = (0..<pages).map { origin.url("/\(round)/page-\($0)") }
                let before = origin.requests.count
                _ = try await home.api.enqueue(more)
                _ = await origin.got(before + 1 + round, within: .seconds(5))
                let asked = origin.requests.dropFirst(before).first.map { origin.url($0.path) } ?? more[0]
                try await act(Act.allCases[(round + lane) % Act.allCases.count], asked, key, home)
                if try await open(home, key).contains(where: { $0.scope == "partial" }) { course.partials += 1 }
                course.faults += try faults(home.databasePath).map { "round \(round) of lane \(lane): \($0)" }
            }
            await origin.stop()
            return course
        }

        private static func open(_ home: DaemonHome, _ key: String) async throws -> [IncidentRecord] {
            try await home.api.incidents("open=true").filter { $0.origin == key }
        }

        private static func act(_ act: Act, _ url: String, _ key: String, _ home: DaemonHome) async throws {
            switch act {
            case .reviveOrigin: _ = try await home.api.revive(origin: key)
            case .removeURL: _ = try await home.api.request("DELETE", target(Routes.urls, "url", url))
            case .reviveURL: _ = try await home.api.request("POST", target(Routes.revive, "url", url))
            case .renew:
                _ = try await home.api.request("DELETE", target(Routes.urls, "url", url))
                _ = try await home.api.enqueue([url])
            case .removeOrigin: _ = try await home.api.request("DELETE", target(Routes.urls, "origin", key))
            }
        }

        private static func target(_ route: String, _ name: String, _ value: String) -> String {
            // Nothing in these has to be escaped in a query but these two.
            let escaped = value.map { $0 == ":" ? "%3A" : $0 == "/" ? "%2F" : String($0) }.joined()
            return "\(route)?\(name)=\(escaped)"
        }

        /// By plain statements over the file, past the daemon.
        private static func faults(_ path: String) throws -> [String] {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        WITH name(mark, incident) AS (
                            SELECT i.id, i.id FROM incident i
                            UNION ALL SELECT mark, incident FROM relapse_mark),
                        sharing AS (
                            SELECT h.id AS url, h.phase, (
                                SELECT n.incident FROM name n WHERE n.mark = h.incident
                                ORDER BY n.incident <> n.mark DESC LIMIT 1) AS incident
                            FROM health h WHERE h.phase IN (3, 5))
                        SELECT 'URL ' || s.url || ' is in phase ' || s.phase || ' for a closed incident' FROM sharing s
                            WHERE NOT EXISTS (
                                SELECT 1 FROM incident i WHERE i.id = s.incident AND i.closed_at IS NULL)
                        UNION ALL SELECT i.scope || ' ' || i.id || ' is open without a URL' FROM incident i
                            WHERE i.closed_at IS NULL AND i.scope IN ('url', 'partial')
                                AND NOT EXISTS (SELECT 1 FROM sharing s WHERE s.incident = i.id)
                        """)
            }
        }
    }
}
