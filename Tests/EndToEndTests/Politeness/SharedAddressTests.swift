import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// Many names at one address, from the log of the server that has it.
    @Suite struct SharedAddressTests {
        private static let names = 50
        private static let pages = 3
        private static let address = "127.0.3.1"

        private struct Site {
            let server: StampedServer
            let names: ScriptedNameServer

            static func start() async throws -> Site {
                let server = try StampedServer(addresses: [SharedAddressTests.address]) { _, _, _ in
                    StampedAnswer(200, after: .milliseconds(100))
                }
                let names = try await ScriptedNameServer.start { .addresses([SharedAddressTests.address], to: $0) }
                return Site(server: server, names: names)
            }

            var urls: [String] {
                let port = server.origins[0].split(separator: ":").last ?? ""
                return (0..<SharedAddressTests.names).flatMap { name in
                    (0..<SharedAddressTests.pages).map {
                        "http://n\(name).site\(name % 7).example:\(port)/\(name)/\($0)"
                    }
                }
            }
        }

        /// Most of `requests` that were open at a time.
        private func peak(_ requests: [StampedRequest]) -> Int {
            let ends = Set(requests.compactMap(\.ended))
            var (open, most) = (0, 0)
            let begun = Set(requests.map(\.began))
            for step in begun.union(ends).sorted() {
                open += begun.contains(step) ? 1 : -1
                most = max(most, open)
            }
            return most
        }

        @Test(
            "fifty names share an address' places from the first request on; a wide one has more",
            arguments: [
                (wide: "", places: 1...4),
                (wide: ", wide_addresses: [\"127.0.3.0/24\"], per_edge_address_in_flight: 16", places: 5...16),
            ])
        func places(_ wide: String, _ places: ClosedRange<Int>) async throws {
            let site = try await Site.start()
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"]}
                politeness: {crawl_delay: 0s\(wide)}
                robots: {obey: false}
                dns: {servers: ["127.0.0.1:\(site.names.port)"]}

                """)
            let daemon = try await home.startReady()
            let urls = site.urls
            _ = try await home.api.enqueue(urls)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await home.api.status().urls["done"] == urls.count
                })
            let requests = site.server.requests
            #expect(requests.count == urls.count)
            #expect(places.contains(peak(requests)))
            for name in 0..<Self.names {
                #expect(peak(requests.filter { $0.path.hasPrefix("/\(name)/") }) == 1, "per_origin_in_flight holds")
            }
            let questions = site.names.questions.map { "\($0.name) \($0.type)" }
            #expect(Set(questions).count == questions.count, "one look-up a name")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await site.names.stop()
        }
    }
}
