import CrawlCore
import CrawlFetch
import CrawlTesting
import Crypto
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LimitTests {
    @Test(arguments: [(999, false), (1000, false), (1001, true), (200_000, true)])
    func bodies(size: Int, isCut: Bool) async throws {
        let origin = try await MisbehavingOrigin.start()
        let body = Array(repeating: UInt8(ascii: "a"), count: size)
        origin.on("/x", .status(200, body: body))
        let result = await FetchHarness { $0.maxBody = 1000 }.fetch(origin.url("/x"))
        #expect(result.flags.contains(.bodyOverLimit) == isCut)
        #expect(result.bodyBytes == Int64(min(size, 1000)))
        #expect(result.digest == Digest256(Array(SHA256.hash(data: body.prefix(1000)))))
        #expect(OutcomeClassifier().classify(result).outcome == (isCut ? .tooLarge : .success))
        await origin.stop()
    }

    @Test func aFailuresStatusCountsMoreThanItsLongBody() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(521, body: Array(repeating: 32, count: 5000)))
        let result = await FetchHarness { $0.maxBody = 1000 }.fetch(origin.url("/x"))
        #expect(OutcomeClassifier().classify(result).outcome == .originDown)
        #expect(result.details?.bodyHead.count == 1000)
        await origin.stop()
    }

    @Test func aLongRequestIsNotSent() async throws {
        let origin = try await MisbehavingOrigin.start()
        let harness = FetchHarness { $0.maxRequestBytes = 1000 }
        let result = await harness.fetch(origin.url("/" + String(repeating: "a", count: 1000)))
        #expect(result.flags == .requestTooLarge)
        #expect(OutcomeClassifier().classify(result).outcome == .refusedByPolicy)
        #expect(origin.connectionCount == 0)
        await origin.stop()
    }

    @Test func textsOfHeadersAreCut() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(404, headers: [("server", String(repeating: "e", count: 1000))]))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.details?.server == String(repeating: "e", count: FetchDetails.textLimit))
        await origin.stop()
    }

    @Test(arguments: ["ETag", "Last-Modified"], [256, 257]) func validatorsAreWholeOrNotThere(
        name: String, length: Int
    ) async throws {
        let origin = try await MisbehavingOrigin.start()
        let value = String(repeating: "e", count: length)
        origin.on("/x", .status(200, headers: [(name, value), (name, "second")]))
        let details = await FetchHarness().fetch(origin.url("/x")).details
        #expect((name == "ETag" ? details?.etag : details?.lastModified) == (length == 256 ? value : nil))
        await origin.stop()
    }

    @Test(arguments: [OriginBehaviour.silence, .status(200)])
    func theGuardRefusesLoopback(behaviour: OriginBehaviour) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(behaviour)
        let harness = FetchHarness { $0.allowAddresses = [] }
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
            let result = await harness.fetch("http://\(host):\(origin.port)/x")
            #expect(result.flags.contains(.addressRefused), "\(host)")
            let refused = result.details?.refusedAddress?.description
            #expect(["127.0.0.1", "::1", "::ffff:7f00:1"].contains(refused), "\(host): \(refused ?? "-")")
            #expect(!result.flags.contains(.connected))
            #expect(OutcomeClassifier().classify(result).outcome == .refusedByPolicy)
        }
        #expect(origin.connectionCount == 0)
        await origin.stop()
    }
}
