import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// What fails over HTTP/2 is asked once more over HTTP/1.1 before it counts.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2RetryTests {
    static let faults: [(name: String, fault: OriginBehaviour.HTTP2Fault)] = [
        ("stream reset", .resetStream), ("GOAWAY", .goAway), ("protocol error", .protocolError),
        ("ends in the body", .endMidBody),
    ]

    private func harness() throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        return FetchHarness { $0.caFile = caFile }
    }

    @Test("HTTP/1.1 makes it good", arguments: faults.indices)
    func madeGood(index: Int) async throws {
        let (name, fault) = Self.faults[index]
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .sequence([.http2(fault), .status(200, text: "whole")]))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(origin.requests.map(\.isHTTP2) == [true, false], "\(name)")
        #expect(result.curlCode == 0 && result.status == 200 && result.bodyBytes == 5, "\(name)")
        #expect(result.httpVersion == .http11)
        #expect(result.flags.contains(.retriedOverHTTP1) && result.requests == 2)
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .success && judged.prefersHTTP1)
        await origin.stop()
    }

    @Test("what fails over both counts once, as it failed over HTTP/1.1")
    func failsTwice() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .http2(.resetStream))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(origin.requests.map(\.isHTTP2) == [true, false])
        #expect(result.curlCode == 52 && result.requests == 2)
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .unknownOriginError && judged.grade == .direct && judged.prefersHTTP1)
        await origin.stop()
    }

    @Test("a body that is kept is kept of the second answer only")
    func keptBody() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/robots.txt", .sequence([.http2(.endMidBody), .status(200, text: "second")]))
        let result = try await harness().fetch(
            origin.url("/robots.txt"), extra: FetchExtra(etag: "\"e\"", body: .memory(limit: 1000)))
        #expect(result.details?.body == Array("second".utf8))
        #expect(origin.requests.map { $0.header("if-none-match") } == ["\"e\"", "\"e\""])
        await origin.stop()
    }

    @Test("an origin known for it is asked over HTTP/1.1 at once, although a connection for HTTP/2 is there")
    func staysOnHTTP1() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.onEverythingElse(.status(200))
        let harness = try harness()
        _ = await harness.fetch(origin.url("/a"))
        let result = await harness.fetch(origin.url("/b"), route: FetchRoute(http1: true))
        #expect(result.httpVersion == .http11 && result.requests == 1)
        _ = await harness.fetch(origin.url("/c"))
        #expect(origin.requests.map(\.isHTTP2) == [true, false, true])
        await origin.stop()
    }

    @Test("HTTP/1.1 over TLS is not asked twice", arguments: ["close", "reset"])
    func notForHTTP1(ending: String) async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        origin.on("/x", .raw("", then: ending == "close" ? .close : .reset))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(origin.requests.count == 1)
        #expect(!result.flags.contains(.retriedOverHTTP1))
        await origin.stop()
    }
}
