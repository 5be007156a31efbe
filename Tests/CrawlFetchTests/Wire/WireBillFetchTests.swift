import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// A peer that sends far more than answers is cut, and nobody else is. Every stream here is bounded, and slow or long
/// enough to be looked at while it lasts.
@Suite(.timeLimit(.minutes(2)))
struct WireBillFetchTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let end = "0\r\n\r\n"

    /// A byte of body behind 200 of a chunk extension (RFC 9112 §7.1.1), a hundred times.
    private static let wrapped = Array(
        String(repeating: "1;x=" + String(repeating: "y", count: 200) + "\r\na\r\n", count: 100).utf8)

    private func harness() throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        return FetchHarness {
            $0.caFile = caFile
            // Where nothing is cut a test fails, and does not wait for ever.
            $0.totalTimeout = .seconds(60)
            $0.maxBody = 1 << 30
        }
    }

    @Test("little in much: a byte in a chunk of 200", arguments: [false, true])
    func chunkExtensions(isTLS: Bool) async throws {
        let origin = try await MisbehavingOrigin.start(transport: isTLS ? .tls(.good) : .plain)
        let times = 3000
        origin.on(
            "/x", .paced(head: Self.head, piece: Self.wrapped, pieces: 1, times: times, everyMs: 10, end: Self.end))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(result.flags.isSuperset(of: [.overhead, .headersComplete]))
        #expect(result.status == 200 && result.curlCode == 56)
        #expect(origin.streamedBytes < times * Self.wrapped.count)
        await origin.stop()
    }

    @Test("at full speed it is cut, and twenty good requests of its worker end well", arguments: [false, true])
    func fullSpeed(isTLS: Bool) async throws {
        let greedy = try await MisbehavingOrigin.start(transport: isTLS ? .tls(.good) : .plain)
        let good = try await MisbehavingOrigin.start()
        let count = 40_000
        greedy.on("/x", .stream(head: Self.head, chunk: Self.wrapped, count: count))
        good.onEverythingElse(.status(200, text: "good"))
        let harness = try harness()
        let stream = harness.begin([greedy.url("/x")])
        await greedy.wait(1)
        let pages = await harness.fetch((0..<20).map { good.url("/\($0)") }, origins: 20)
        #expect(pages.allSatisfy { $0.status == 200 && $0.curlCode == 0 && $0.bodyBytes == 4 })
        #expect(pages.allSatisfy { $0.flags.isDisjoint(with: [.overhead, .overdrew, .stalledInParser]) })
        let result = await harness.results(stream, count: 1)[0]
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .truncated && judged.evidence?.connectionEnd == "overhead", "\(result)")
        #expect(greedy.streamedBytes < count * Self.wrapped.count)
        await greedy.stop()
        await good.stop()
    }

    @Test("a robots.txt and a sitemap too", arguments: [BodyUse.memory(limit: 1 << 20), .digestOnly])
    func kept(use: BodyUse) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on(
            "/robots.txt",
            .paced(head: Self.head, piece: Self.wrapped, pieces: 1, times: 3000, everyMs: 10, end: Self.end))
        let result = try await harness().fetch(origin.url("/robots.txt"), extra: FetchExtra(body: use))
        #expect(result.flags.isSuperset(of: [.overhead, .headersComplete]))
        await origin.stop()
    }

    @Test("frames of HTTP/2 that are no answer")
    func frames() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        let times = 3000
        origin.on("/x", .http2(.unknownFrames(count: 100, times: times, everyMs: 10)))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(result.flags.contains(.overhead) && !result.flags.contains(.headersComplete))
        #expect(result.httpVersion == .http2 && !result.flags.contains(.retriedOverHTTP1))
        #expect(origin.requests.count == 1)
        #expect(origin.streamedBytes < times * 20_900)
        await origin.stop()
    }

    @Test("all requests of the connection end, and none uses it again")
    func whole() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/fine", .status(200, text: "fine"))
        origin.on("/x", .http2(.unknownFrames(count: 100, times: 3000, everyMs: 10)))
        origin.on("/y", .http2(.unknownFrames(count: 1, times: 1, everyMs: 10)))
        let harness = try harness()
        #expect(await harness.fetch(origin.url("/fine")).status == 200)
        let cut = await harness.fetch([origin.url("/x"), origin.url("/y")])
        #expect(cut.allSatisfy { $0.flags.contains(.overhead) })
        #expect(await harness.fetch(origin.url("/fine")).status == 200)
        #expect(origin.requests(for: "/fine").map(\.connection) == [1, 2])
        await origin.stop()
    }

    @Test("16 MB to a reader that has to wait between turns go through", arguments: [0, 1, 2])
    func pausing(transport: Int) async throws {
        let kind: MisbehavingOrigin.Transport = [.plain, .tls(.good), .http2(.good)][transport]
        let origin = try await MisbehavingOrigin.start(transport: kind)
        let quiet = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: [UInt8](repeating: UInt8(ascii: "b"), count: 16 << 20)))
        quiet.onEverythingElse(.silence)
        let harness = try harness()
        // With another one under way each of its 256 turns is followed by a rest nine times as long.
        let waiting = harness.begin([quiet.url("/x")])
        let result = await harness.fetch(origin.url("/x"))
        #expect(result.curlCode == 0 && result.bodyBytes == 16 << 20)
        #expect(result.flags.isDisjoint(with: [.overhead, .overdrew]))
        harness.pool.cancelAll()
        _ = await harness.results(waiting, count: 1)
        await origin.stop()
        await quiet.stop()
    }

    @Test("3 MB in lines of 80 bytes, a chunk and a TLS record each, go through")
    func lines() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        let line = Array(("50\r\n" + String(repeating: "z", count: 79) + "\n\r\n").utf8)
        origin.on("/x", .paced(head: Self.head, piece: line, pieces: 150, times: 250, everyMs: 10, end: Self.end))
        let result = try await harness().fetch(origin.url("/x"))
        #expect(result.curlCode == 0 && result.status == 200 && result.bodyBytes == 3_000_000)
        #expect(result.flags.isDisjoint(with: [.overhead, .overdrew]))
        await origin.stop()
    }
}
