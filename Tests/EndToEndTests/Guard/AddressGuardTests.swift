import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// Without `fetch.allow_addresses` nothing on this host or its networks is ever connected to.
    @Suite struct AddressGuardTests {
        @Test func aLoopbackAddressIsRefusedUnconnected() async throws {
            let origin = try await MisbehavingOrigin.start()
            let home = try DaemonHome()
            let daemon = try await home.startReady()
            let urls = [
                origin.url("/"), "http://localhost:\(origin.port)/", "http://2130706433:\(origin.port)/",
                "http://[::ffff:127.0.0.1]:\(origin.port)/", "http://0.0.0.0:\(origin.port)/",
                "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]:\(origin.port)/",
            ]
            let answer = try await home.api.enqueue(urls)
            #expect(answer.rejected == 0)
            let isOver = try await eventually {
                try await home.api.records().allSatisfy { $0.state != "scheduled" && $0.state != "in-flight" }
            }
            let records = try await home.api.records()
            #expect(isOver)
            for record in records { #expect(record.state == "refused", "\(record.url): \(record)") }
            #expect(origin.connectionCount == 0)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        @Test func whatIsAllowedIsFetchedAndNothingElse() async throws {
            let allowed = try await MisbehavingOrigin.start(address: "127.0.0.2")
            let other = try await MisbehavingOrigin.start(address: "127.0.0.3")
            allowed.onEverythingElse(.status(200, text: "a page"))
            let home = try DaemonHome("fetch: {allow_addresses: [\"127.0.0.2/32\"]}\n")
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue([allowed.url("/"), other.url("/")])
            let isOver = try await eventually {
                let states = [
                    try await home.api.record(allowed.url("/")).state, try await home.api.record(other.url("/")).state,
                ]
                return states == ["done", "refused"]
            }
            #expect(isOver)
            #expect(other.connectionCount == 0)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await allowed.stop()
            await other.stop()
        }
    }
}
