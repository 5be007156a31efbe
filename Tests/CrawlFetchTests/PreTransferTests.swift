import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// When a request began to be sent: what a crawl delay is counted from.
@Suite(.timeLimit(.minutes(1)))
struct PreTransferTests {
    @Test(arguments: [MisbehavingOrigin.Transport.plain, .tls(.good), .http2(.good)])
    func afterTheHandshakeAndBeforeTheAnswer(
        transport: MisbehavingOrigin.Transport
    ) async throws {
        let origin = try await MisbehavingOrigin.start(transport: transport)
        origin.on("/x", .status(200, text: "x"))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness { $0.caFile = caFile }
        let first = await harness.fetch(origin.url("/x"))
        #expect(first.times.preTransferUs >= max(first.times.connectUs, first.times.tlsUs))
        #expect(first.times.preTransferUs <= first.times.totalUs)
        let second = await harness.fetch(origin.url("/x"))
        #expect(second.flags.contains(.reusedConnection))
        #expect(second.times.preTransferUs > 0 && second.times.preTransferUs <= second.times.totalUs)
        await origin.stop()
    }

    @Test func knownOfARequestThatGotNoAnswer() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .silence)
        let result = await FetchHarness { $0.responseTimeout = .seconds(1) }.fetch(origin.url("/x"))
        #expect(result.curlCode == 28)
        #expect(result.times.preTransferUs > 0 && result.times.preTransferUs < 1_000_000)
        await origin.stop()
    }

    @Test func zeroIfNothingWasSent() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good), onAccept: .hang)
        let harness = FetchHarness { $0.connectTimeout = .milliseconds(200) }
        #expect(await harness.fetch(origin.url("/x")).times.preTransferUs == 0)
        await origin.stop()
        #expect(await harness.fetch(origin.url("/x")).times.preTransferUs == 0)
    }
}
