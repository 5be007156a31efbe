import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// Certificates that are refused everywhere at once are our own store's fault.
    @Suite struct CertificateTests {
        @Test func allRefusedAtOnceIsInconclusive() async throws {
            var origins: [MisbehavingOrigin] = []
            for host in 2...7 {
                origins.append(
                    try await MisbehavingOrigin.start(address: "127.0.0.\(host)", transport: .tls(.selfSigned)))
            }
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue(origins.map { $0.url("/") })
            let isAsked = try await eventually(within: .seconds(20)) {
                try await home.api.records().allSatisfy { $0.attempts > 0 }
            }
            #expect(isAsked)
            let outcomes = try await home.api.records().compactMap(\.lastOutcome)
            #expect(outcomes.filter { $0 == "inconclusive" }.count >= 2)
            #expect(outcomes.allSatisfy { $0 == "inconclusive" || $0 == "tlsCertificate" })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }
    }
}
