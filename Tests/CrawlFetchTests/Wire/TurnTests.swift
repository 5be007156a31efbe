import CrawlCore
import CrawlFetch
import CrawlTesting
import Crypto
import Testing

/// Who always has bytes ready gets a share of its worker, and no more.
@Suite(.timeLimit(.minutes(2)))
struct TurnTests {
    private func harness() throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        return FetchHarness {
            $0.caFile = caFile
            $0.maxBody = 1 << 30
        }
    }

    @Test("a hundred polite pages end while the greedy one is still running", arguments: [false, true])
    func greedy(isTLS: Bool) async throws {
        let greedy = try await MisbehavingOrigin.start(transport: isTLS ? .tls(.good) : .plain)
        let polite = try await MisbehavingOrigin.start()
        let chunk = Array(repeating: UInt8(ascii: "a"), count: 1 << 16)
        let count = 12_000
        greedy.on(
            "/x",
            .stream(
                head: "HTTP/1.1 200 OK\r\nContent-Length: \(chunk.count * count)\r\n\r\n", chunk: chunk, count: count))
        polite.onEverythingElse(.status(200, text: "polite"))
        let harness = try harness()
        let stream = harness.begin([greedy.url("/x")])
        await greedy.wait(1)
        while greedy.streamedBytes < 1 << 22 { await Task.yield() }
        let pages = await harness.fetch((0..<100).map { polite.url("/\($0)") }, origins: 100)
        #expect(pages.allSatisfy { $0.status == 200 })
        #expect(!harness.has(stream))
        #expect(greedy.streamedBytes < chunk.count * count)
        harness.pool.cancelAll()
        #expect(await harness.results(stream, count: 1)[0].flags.contains(.cancelled))
        await greedy.stop()
        await polite.stop()
    }

    @Test("who takes more than a turn in each call is told so", arguments: [false, true])
    func overdraws(isGreedy: Bool) async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        let chunk = Array(repeating: UInt8(ascii: "a"), count: 1 << 16)
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(chunk.count * 256)\r\n\r\n"
        origin.on("/x", .stream(head: head, chunk: chunk, count: 256))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            // A turn of a body is 64 KiB, after which we make libcurl wait: no real one is longer.
            if isGreedy { $0.turn = 1 << 10 }
        }
        let result = await harness.fetch(origin.url("/x"))
        #expect(result.curlCode == 0 && result.bodyBytes == Int64(chunk.count * 256))
        #expect(result.flags.contains(.overdrew) == isGreedy && !result.flags.contains(.overhead))
        await origin.stop()
    }

    @Test("a long body comes whole, however often its request has to wait for others", arguments: [0, 1, 2])
    func longBody(transport: Int) async throws {
        let kind: MisbehavingOrigin.Transport = [.plain, .tls(.good), .http2(.good)][transport]
        let origin = try await MisbehavingOrigin.start(transport: kind)
        let quiet = try await MisbehavingOrigin.start()
        var random = SeededRandom(seed: 7)
        let part = (0..<4099).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let body = Array(repeatElement(part, count: 1000).joined())
        origin.on("/x", .status(200, body: body))
        quiet.onEverythingElse(.silence)
        let harness = try harness()
        let waiting = harness.begin([quiet.url("/x")])
        let result = await harness.fetch(origin.url("/x"))
        #expect(result.curlCode == 0 && result.bodyBytes == Int64(body.count))
        #expect(result.digest == Digest256(Array(SHA256.hash(data: body))))
        #expect(result.flags.isDisjoint(with: [.overhead, .overdrew]))
        harness.pool.cancelAll()
        _ = await harness.results(waiting, count: 1)
        await origin.stop()
        await quiet.stop()
    }
}
