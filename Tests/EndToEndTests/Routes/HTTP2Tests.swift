import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// An origin whose HTTP/2 fails is asked over HTTP/1.1 for the rest of the streak, through a restart too.
    @Suite struct HTTP2Tests {
        @Test func askedOnceOverHTTP2() async throws {
            let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
            origin.onEverythingElse(.http2(.resetStream))
            let caFile = try TestCertificates.shared.get().caFile
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"], ca_file: "\(caFile)"}
                politeness: {crawl_delay: 0s}

                """ + TestConfig.impatientHealth)
            let daemon = try await home.startReady()
            let url = origin.url("/broken")
            _ = try await home.api.enqueue([url])
            let isMarked = try await eventually(within: .seconds(30)) {
                try await home.api.record(url).state == URLState.brokenOrigin.rawValue
            }
            #expect(isMarked)
            #expect(try await home.api.record(url).run?.grade == "direct")
            // What had to be sent twice counts twice.
            let addsUp = try await eventually(within: .seconds(20)) {
                let attempts = try await home.api.record(url).attempts
                return try await home.api.status().budget.spent == attempts + 1
            }
            #expect(addsUp)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let before = origin.requests.count
            let again = try await home.startReady()
            let isRechecked = await eventually(within: .seconds(30)) { origin.requests.count > before }
            #expect(isRechecked)
            again.signal(SIGTERM)
            #expect(await again.ended() == .exited(0))
            #expect(
                origin.requests.map(\.isHTTP2) == [true] + Array(repeating: false, count: origin.requests.count - 1))
            await origin.stop()
        }
    }
}
