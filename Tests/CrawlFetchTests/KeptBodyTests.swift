import CrawlCore
import CrawlFetch
import CrawlTesting
import Crypto
import Testing

/// Bodies that are kept in memory: whole, decoded, and never more than was asked for.
@Suite(.timeLimit(.minutes(1)))
struct KeptBodyTests {
    @Test(arguments: [(limit: 100, kept: 100), (limit: 1, kept: 1), (limit: 0, kept: 0), (limit: -1, kept: 0)])
    func aBombIsCutAtTheLimit(limit: Int, kept: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        let bomb = DeflateBomb.gzip(count: 256 << 20)
        origin.on("/x", .status(200, headers: [("Content-Encoding", "gzip")], body: bomb))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: limit)))
        #expect(result.status == 200)
        #expect(result.flags.isSuperset(of: [.bodyOverLimit, .headersComplete]))
        #expect(result.details?.body == Array(repeating: UInt8(ascii: "a"), count: kept))
        await origin.stop()
    }

    @Test func theBombIsReal() async throws {
        let origin = try await MisbehavingOrigin.start()
        let bomb = DeflateBomb.gzip(count: 2064 * 100)
        origin.on("/x", .status(200, headers: [("Content-Encoding", "gzip")], body: bomb))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 1 << 20)))
        #expect(result.details?.body?.count ?? 0 > 2064 * 100 && bomb.count < 1400)
        #expect(result.bodyBytes == Int64(bomb.count) && result.flags.contains(.codingCut), "it has no trailer")
        await origin.stop()
    }

    /// What a robots.txt of 1 GB is to a caller that reads 500 KiB.
    @Test func aStreamEndsSoonAfterTheLimit() async throws {
        let origin = try await MisbehavingOrigin.start()
        let chunk = Array("User-agent: *\nDisallow: /x\n\n\n\n\n".utf8)
        let megabyte = Array(repeatElement(chunk, count: (1 << 20) / chunk.count).joined())
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(megabyte.count * 1024)\r\n\r\n"
        origin.on("/robots.txt", .stream(head: head, chunk: megabyte, count: 1024))
        let limit = 500 << 10
        let result = await FetchHarness { $0.maxBody = 1000 }
            .fetch(origin.url("/robots.txt"), extra: FetchExtra(body: .memory(limit: limit)))
        #expect(result.status == 200 && result.flags.isSuperset(of: [.bodyOverLimit, .headersComplete]))
        #expect(result.details?.body == Array(megabyte.prefix(limit)))
        #expect(result.bodyBytes > Int64(limit) && result.bodyBytes < Int64(limit) + 128 << 10)
        // The sockets' buffers hold a few MB; the rest never left.
        #expect(origin.streamedBytes < 64 << 20)
        await origin.stop()
    }

    @Test(arguments: [404, 503, 301]) func otherAnswersAreNotKept(status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on(
            "/x", .status(status, headers: [("Content-Encoding", "gzip")], body: Gzip.compress(Array("hello".utf8))))
        let harness = FetchHarness { $0.maxBody = 3 }
        let result = await harness.fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 100)))
        #expect(result.status == Int32(status))
        #expect(result.details?.body == nil)
        #expect(result.bodyBytes == 3, "the worker's own limit holds")
        await origin.stop()
    }

    @Test func anEmptyBodyIsKeptToo() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 100)))
        #expect(result.details?.body == [])
        await origin.stop()
    }

    @Test func ofABodyThatEndsEarlyIsKeptWhatCame() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then: .close))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 100)))
        #expect(OutcomeClassifier().classify(result).outcome == .truncated)
        #expect(result.details?.body == Array("abc".utf8) && !result.flags.contains(.codingCut))
        await origin.stop()
    }

    /// A coding may spend bytes on nothing: blocks of no length, without end.
    @Test func aCodedStreamOfNothingEndsSoon() async throws {
        let origin = try await MisbehavingOrigin.start()
        let nothing = Array(repeatElement([0, 0, 0, 0xFF, 0xFF] as [UInt8], count: (1 << 20) / 5).joined())
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: identity\r\n\r\n"
        origin.on("/x", .stream(head: head, chunk: nothing, count: 1024))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 100)))
        #expect(result.status == 200 && result.curlCode == 23)
        #expect(result.flags.isSuperset(of: [.bodyOverLimit, .headersComplete, .codingCut]))
        #expect(result.details?.body == [])
        #expect(origin.streamedBytes < 64 << 20)
        await origin.stop()
    }

    @Test func aStatusIsJudgedWhateverItsCoding() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(404, headers: [("Content-Encoding", "gzip, gzip")], text: "none"))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 100)))
        #expect(OutcomeClassifier().classify(result).outcome == .gone)
        await origin.stop()
    }

    @Test func cacheControlIsWholeOrNotThere() async throws {
        let origin = try await MisbehavingOrigin.start()
        let long = String(repeating: "c", count: 250)
        origin.on("/two", .status(200, headers: [("Cache-Control", "no-cache"), ("Cache-Control", "max-age=1")]))
        origin.on("/long", .status(200, headers: [("Cache-Control", long), ("Cache-Control", "max-age=1")]))
        origin.on("/plain", .status(200, headers: [("Cache-Control", "max-age=1")]))
        let harness = FetchHarness()
        let extra = FetchExtra(body: .memory(limit: 100))
        #expect(await harness.fetch(origin.url("/two"), extra: extra).details?.cacheControl == "no-cache,max-age=1")
        #expect(await harness.fetch(origin.url("/long"), extra: extra).details?.cacheControl == nil)
        #expect(await harness.fetch(origin.url("/plain")).details == nil)
        await origin.stop()
    }

    @Test("where it is wanted, every answer tells its content type: whole, or not at all")
    func contentTypeOfAnyAnswer() async throws {
        let origin = try await MisbehavingOrigin.start()
        let type = "text/html; charset=UTF-8"
        origin.on("/x", .status(200, headers: [("Content-Type", type)], body: Array("<a/>".utf8)))
        origin.on("/404", .status(404, headers: [("Content-Type", "text/plain")]))
        let long = String(repeating: "c", count: 250) + "; charset=koi8-r"
        origin.on("/long", .status(200, headers: [("Content-Type", long)]))
        let harness = FetchHarness { $0.tellsContentType = true }
        let result = await harness.fetch(origin.url("/x"))
        #expect(result.contentType == Array(type.utf8) && result.details == nil)
        #expect(await harness.fetch(origin.url("/404")).contentType == Array("text/plain".utf8))
        #expect(await harness.fetch(origin.url("/long")).contentType == [])
        #expect(await FetchHarness().fetch(origin.url("/x")).contentType == [])
        await origin.stop()
    }

    /// Of a body that is kept, whole or not there; of any other nobody asks for it.
    @Test func theContentTypeComesWithAKeptBody() async throws {
        let origin = try await MisbehavingOrigin.start()
        let type = "text/xml; charset=\"windows-1251\""
        origin.on("/x", .status(200, headers: [("Content-Type", type)], body: Array("<a/>".utf8)))
        origin.on("/none", .status(200, body: Array("<a/>".utf8)))
        let long = String(repeating: "c", count: 250) + "; charset=koi8-r"
        origin.on("/long", .status(200, headers: [("Content-Type", long)], body: Array("<a/>".utf8)))
        let harness = FetchHarness()
        let extra = FetchExtra(body: .memory(limit: 100))
        #expect(await harness.fetch(origin.url("/x"), extra: extra).details?.contentType == type)
        #expect(await harness.fetch(origin.url("/long"), extra: extra).details?.contentType == nil)
        #expect(await harness.fetch(origin.url("/none"), extra: extra).details?.contentType == nil)
        #expect(await harness.fetch(origin.url("/x")).details == nil)
        await origin.stop()
    }
}
