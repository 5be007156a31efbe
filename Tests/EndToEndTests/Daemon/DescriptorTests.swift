import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Our own lack of descriptors is nobody's fault, and does not come about by itself.
    @Suite struct DescriptorTests {
        private static func configuration(delay: String) -> String {
            """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: \(delay), per_address_in_flight: 0}

            """
        }

        /// Origins of one server, each at an address of its own.
        private static func urls(_ origin: MisbehavingOrigin, origins: Int, pages: Int) -> [String] {
            (0..<pages).flatMap { page in
                (0..<origins).map { "http://127.\(1 + $0 / 200).0.\(1 + $0 % 200):\(origin.port)/page-\(page)" }
            }
        }

        private static func server(headers: [(String, String)] = []) async throws -> MisbehavingOrigin {
            // The server is in this process, and has a descriptor for each connection too.
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let origin = try await MisbehavingOrigin.start(address: "0.0.0.0")
            origin.onEverythingElse(.status(200, headers: headers, text: "a page"))
            return origin
        }

        /// Its soft limit; what it has open stays open.
        private static func setLimit(of daemon: ChildProcess, _ limit: Int) async throws {
            let child = try ChildProcess(
                ChildProcess.Command("/usr/bin/prlimit", ["--pid", "\(daemon.pid)", "--nofile=\(limit):"]))
            #expect(await child.ended() == .exited(0), "\(child.output.text)")
        }

        private static func descriptors(of daemon: ChildProcess) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.pid)/fd").count) ?? 0
        }

        @Test("more origins than descriptors: all are fetched, none is blamed, and the control socket answers")
        func moreOriginsThanDescriptors() async throws {
            let origin = try await Self.server()
            let home = try DaemonHome(Self.configuration(delay: "0s"))
            let crawld = home.command()
            var command = ChildProcess.Command(
                "/bin/sh", ["-c", #"ulimit -n 700 && exec "$@""#, "sh", crawld.program] + crawld.arguments)
            command.environment = crawld.environment
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            let warning = try #require(daemon.output.lines.first { $0.contains("fetch.max_in_flight is lowered") })
            for part in ["max_in_flight=87", "configured=1024", "descriptors=700", "LimitNOFILE=4608"] {
                #expect(warning.contains(part), "\(warning)")
            }
            let urls = Self.urls(origin, origins: 1500, pages: 2)
            #expect(try await home.api.enqueue(urls).new == urls.count)
            var most = 0
            let isDone = try await eventually {
                most = max(most, Self.descriptors(of: daemon))
                return try await home.api.status().urls["done"] == urls.count
            }
            let status = try await home.api.status()
            #expect(isDone, "\(status)")
            #expect(status.fetches == ["success": urls.count])
            #expect(status.incidentsOpen == 0)
            #expect(status.localLimit == nil)
            #expect(most > 100 && most < 700, "\(most) descriptors")
            #expect(!daemon.output.contains("local-limit"))
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        @Test("the limit is lowered under a running daemon: it pauses, tells so once, and goes on")
        func lackForAWhile() async throws {
            // Each page needs a connection of its own.
            let origin = try await Self.server(headers: [("connection", "close")])
            let home = try DaemonHome(Self.configuration(delay: "200ms"))
            let daemon = try await home.startReady()
            let urls = Self.urls(origin, origins: 400, pages: 5)
            #expect(try await home.api.enqueue(urls).new == urls.count)
            try await Self.setLimit(of: daemon, 8)
            #expect(await eventually { daemon.output.contains(" warning local-limit: ") })
            try await Self.setLimit(of: daemon, 20_000)
            #expect(await eventually { daemon.output.contains(" notice local-limit is over") })
            let isDone = try await eventually { try await home.api.status().urls["done"] == urls.count }
            let status = try await home.api.status()
            #expect(isDone, "\(status)")
            #expect(Set(status.fetches.keys).isSubset(of: ["success", "inconclusive"]), "\(status.fetches)")
            #expect(status.incidentsOpen == 0)
            #expect(status.localLimit == nil)
            for record in try await home.api.records() { #expect(record.health == "healthy" && record.run == nil) }
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }
    }
}
