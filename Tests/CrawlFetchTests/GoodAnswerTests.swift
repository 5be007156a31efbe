import CrawlCore
import CrawlFetch
import CrawlTesting
import Crypto
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GoodAnswerTests {
    private static func digest(_ body: [UInt8]) -> Digest256? { Digest256(Array(SHA256.hash(data: body))) }

    @Test func everythingIsKnownOfAGoodAnswer() async throws {
        let origin = try await MisbehavingOrigin.start()
        let body = Array("hello".utf8)
        origin.on("/x?y=1", .status(200, headers: [("ETag", "\"a\""), ("Last-Modified", "yesterday")], body: body))
        let before = WallClock().now()
        let result = await FetchHarness { $0.userAgent = "test/1" }.fetch(origin.url("/x?y=1"))
        #expect(result.curlCode == 0)
        #expect(result.status == 200)
        #expect(result.flags.isSuperset(of: [.headersComplete, .connected, .firstByte]))
        #expect(result.flags.isDisjoint(with: [.reusedConnection, .https, .edge, .addressRefused]))
        #expect(result.httpVersion == .http11)
        #expect(result.bodyBytes == 5)
        #expect(result.digest == Self.digest(body))
        #expect(result.remoteAddress == IPAddress(v4: 0x7F00_0001))
        #expect(result.details?.etag == "\"a\"")
        #expect(result.details?.lastModified == "yesterday")
        #expect(result.times.connectUs > 0 && result.times.firstByteUs >= result.times.connectUs)
        #expect(result.times.totalUs > 0)
        #expect(result.startedAt >= before && result.completedAt >= result.startedAt)
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .success && judged.evidence == nil)
        let request = try #require(origin.requests(for: "/x?y=1").first)
        #expect(request.header("user-agent") == "test/1")
        #expect(request.header("host") == "127.0.0.1:\(origin.port)")
        #expect(request.header("accept-encoding") == nil)
        await origin.stop()
    }

    @Test func anEmptyBodyHasADigest() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.digest == Self.digest([]))
        #expect(result.details == nil)
        await origin.stop()
    }

    @Test func interimAnswersAreSkipped() async throws {
        let origin = try await MisbehavingOrigin.start()
        let hint = "HTTP/1.1 103 Early Hints\r\nETag: no\r\nContent-Length: 7\r\n\r\n"
        origin.on("/x", .raw(hint + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: yes\r\n\r\nok", then: .keepOpen))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.status == 200)
        #expect(result.details?.etag == "yes")
        #expect(!result.flags.contains(.contentLengthConflict))
        await origin.stop()
    }

    @Test func trailersChangeNothing() async throws {
        let origin = try await MisbehavingOrigin.start()
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nETag: late\r\n\r\n"
        origin.on("/x", .raw(answer, then: .keepOpen))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.status == 200)
        #expect(result.bodyBytes == 2)
        #expect(result.details == nil)
        await origin.stop()
    }

    @Test func bodiesAreNotDecoded() async throws {
        let origin = try await MisbehavingOrigin.start()
        let body: [UInt8] = [0x1F, 0x8B, 8, 0]
        origin.on("/x", .status(200, headers: [("Content-Encoding", "gzip")], body: body))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.curlCode == 0)
        #expect(result.digest == Self.digest(body))
        await origin.stop()
    }

    @Test func http2() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .status(200, headers: [("ETag", "e")], text: "over two"))
        let caFile = try TestCertificates.shared.get().caFile
        let result = await FetchHarness { $0.caFile = caFile }.fetch(origin.url("/x"))
        #expect(result.status == 200)
        #expect(result.httpVersion == .http2)
        #expect(result.flags.isSuperset(of: [.https, .tlsEstablished, .headersComplete]))
        #expect(result.details?.etag == "e")
        #expect(result.digest == Self.digest(Array("over two".utf8)))
        #expect(origin.requests(for: "/x").first?.isHTTP2 == true)
        await origin.stop()
    }

    @Test func http2SharesAConnection() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.onEverythingElse(.status(200, text: "x"))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            $0.sharesConnections = true
        }
        let results = await harness.fetch((0..<20).map { origin.url("/\($0)") })
        #expect(results.allSatisfy { $0.status == 200 && $0.flags.contains(.tlsEstablished) })
        #expect(origin.connectionCount == 1)
        await origin.stop()
    }

    @Test func http2CanBeTurnedOff() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .status(200))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            $0.http2 = false
        }
        #expect(await harness.fetch(origin.url("/x")).httpVersion == .http11)
        await origin.stop()
    }

    @Test func connectionsAreReusedUnlessItIsTheLast() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, text: "x"))
        let harness = FetchHarness()
        let first = await harness.fetch(origin.url("/x"))
        let second = await harness.fetch(origin.url("/x"), isLastOfOrigin: true)
        let third = await harness.fetch(origin.url("/x"))
        let fourth = await harness.fetch(origin.url("/x"))
        #expect(!first.flags.contains(.reusedConnection))
        #expect(second.flags.contains(.reusedConnection))
        #expect(!third.flags.contains(.reusedConnection))
        #expect(fourth.flags.contains(.reusedConnection))
        #expect(fourth.flags.contains(.connected))
        #expect(fourth.remoteAddress == first.remoteAddress)
        #expect(origin.requests(for: "/x").map(\.connection) == [1, 1, 2, 2])
        await origin.stop()
    }

    @Test func multiHandlesAreReplaced() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200, text: "x"))
        let harness = FetchHarness { $0.connectionsPerMultiHandle = 3 }
        for _ in 0..<10 {
            let results = await harness.fetch((0..<4).map { origin.url("/\($0)") }, isLastOfOrigin: true)
            #expect(results.allSatisfy { $0.status == 200 })
        }
        await origin.stop()
    }

    @Test(arguments: [1, 2]) func aThousandRequests(workers: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        for i in 0..<50 { origin.on("/\(i)", .status(200, body: Array(repeating: UInt8(i), count: i * 400))) }
        let harness = FetchHarness { $0.workers = workers }
        let results = await harness.fetch((0..<1000).map { origin.url("/\($0 % 50)") }, origins: 7)
        #expect(results.count == 1000)
        for (i, result) in results.enumerated() {
            #expect(result.status == 200 && result.bodyBytes == Int64(i % 50 * 400))
            #expect(result.digest == Self.digest(Array(repeating: UInt8(i % 50), count: i % 50 * 400)))
        }
        #expect(harness.largestBatch <= 128)
        await origin.stop()
    }

    @Test func allThatIsInFlightCanBeCancelled() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .silence)
        let harness = FetchHarness()
        let first = harness.begin(Array(repeating: origin.url("/x"), count: 5))
        await origin.wait(5, for: "/x")
        harness.pool.cancelAll()
        let results = await harness.results(first, count: 5)
        #expect(results.allSatisfy { $0.flags.contains(.cancelled) && $0.curlCode == 42 })
        #expect(results.allSatisfy { OutcomeClassifier().classify($0).outcome == .inconclusive })
        origin.on("/x", .status(200))
        #expect(await harness.fetch(origin.url("/x")).status == 200)
        await origin.stop()
    }
}
