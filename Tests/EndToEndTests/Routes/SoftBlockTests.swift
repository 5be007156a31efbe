import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// A site that answers 520 unless a header is there, and the profile that has it.
    @Suite struct SoftBlockTests {
        private static func configuration(_ onDetect: String) -> String {
            TestConfig.eager + TestConfig.impatientHealth + """
                profiles: {browser: {headers: {X-Control: "yes"}}}
                soft_block: {control_profile: browser, on_detect: \(onDetect)}

                """
        }

        /// Which requests wore the header, once the URL has the state.
        private func dresses(_ onDetect: String, until state: String) async throws -> [Bool] {
            let origin = try await MisbehavingOrigin.start()
            origin.on("/x", .byHeader("x-control", there: .status(200, text: "served"), missing: .edge520))
            let home = try DaemonHome(Self.configuration(onDetect))
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue([origin.url("/x")])
            let isThere = try await eventually(within: .seconds(30)) {
                try await home.api.record(origin.url("/x")).state == state
            }
            #expect(isThere)
            #expect(await eventually { daemon.output.contains(" warning soft-blocked ") })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let requests = origin.requests(for: "/x")
            await origin.stop()
            return requests.map { $0.header("x-control") == "yes" }
        }

        @Test func isParked() async throws {
            #expect(try await dresses("park", until: "soft-blocked") == [false, false, false, true, false])
        }

        @Test func isSwitched() async throws {
            #expect(try await dresses("switch", until: "done") == [false, false, false, true, false, true])
        }
    }
}
