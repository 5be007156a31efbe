import CrawlCore
import CrawlFetch
import CrawlTesting
import Crypto
import Testing

/// What a body in memory is coded in is told by its bytes, whatever its label says.
@Suite(.timeLimit(.minutes(1)))
struct ContentCodingTests {
    static let text = Array("User-agent: *\nDisallow: /private/\n# gzip, deflate\n".utf8)

    struct Body: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
    }

    static let bodies = [
        Body(testDescription: "plain", bytes: text),
        Body(testDescription: "gzip", bytes: Gzip.compress(text)),
        Body(
            testDescription: "gzip in two members",
            bytes: Gzip.compress(Array(text.prefix(20))) + Gzip.compress(Array(text.dropFirst(20)))),
        Body(testDescription: "gzip with zeros behind it", bytes: Gzip.compress(text) + [0, 0, 0, 0]),
        Body(testDescription: "zlib", bytes: Deflate.compress(text, .zlib)),
        Body(testDescription: "gzip in gzip", bytes: Gzip.compress(Gzip.compress(text))),
        Body(testDescription: "bare deflate", bytes: Deflate.compress(text, .bare)),
        Body(testDescription: "bare deflate in gzip", bytes: Gzip.compress(Deflate.compress(text, .bare))),
    ]

    static let labels: [[String]] = [
        [], ["gzip"], ["x-gzip"], ["gz"], ["deflate"], ["UTF-8"], ["none"], ["identity"], ["br"], ["zstd"], [""],
        ["gzip, gzip"], ["gzip", "gzip"], ["identity, Deflate"], ["gzip", "deflate"], ["*"],
    ]

    @Test(arguments: bodies) func whateverTheLabel(body: Body) async throws {
        let origin = try await MisbehavingOrigin.start()
        let harness = FetchHarness()
        for (i, label) in Self.labels.enumerated() {
            origin.on("/\(i)", .status(200, headers: label.map { ("Content-Encoding", $0) }, body: body.bytes))
            let result = await harness.fetch(origin.url("/\(i)"), extra: FetchExtra(body: .memory(limit: 1000)))
            #expect(result.details?.body == Self.text, "\(label)")
            #expect(result.curlCode == 0 && !result.flags.contains(.bodyOverLimit), "\(label)")
            #expect(!result.flags.contains(.codingCut) && !result.flags.contains(.conditional), "\(label)")
            #expect(OutcomeClassifier().classify(result).outcome == .success)
            // Of what was received.
            #expect(result.bodyBytes == Int64(body.bytes.count))
            #expect(result.digest == Digest256(Array(SHA256.hash(data: body.bytes))))
        }
        #expect(origin.requests.allSatisfy { $0.header("accept-encoding") == "gzip" })
        await origin.stop()
    }

    /// What could be a stream without a frame, but does not inflate to its last byte, is what it is: nothing says that it
    /// is more. `#` begins such a stream, and letters of windows-1252 are no text in Latin-1.
    @Test func textThatIsNoStreamStays() async throws {
        let origin = try await MisbehavingOrigin.start()
        let harness = FetchHarness()
        let bare = Deflate.compress(Self.text, .bare)
        let bodies: [[UInt8]] = [
            [0x23, 0x93], [0x23, 0x93, 0x0A], [0x53, 0x94], Array("# \u{fc}".utf8) + [0x93, 0x94, 0x0A],
            Array(bare.dropLast(3)),
            bare + [0x0A], [0x03, 0x00, 0x93],
        ]
        for (i, body) in bodies.enumerated() {
            origin.on("/\(i)", .status(200, body: body))
            let result = await harness.fetch(origin.url("/\(i)"), extra: FetchExtra(body: .memory(limit: 1000)))
            #expect(result.details?.body == body, "\(i)")
            #expect(!result.flags.contains(.codingCut), "\(i)")
        }
        await origin.stop()
    }

    /// By what the coding itself says, although the transfer was whole.
    @Test func aCodingThatEndsEarlyIsAFact() async throws {
        let origin = try await MisbehavingOrigin.start()
        let gzip = Gzip.compress(Self.text)
        var damaged = gzip
        damaged[gzip.count - 6] ^= 1
        let harness = FetchHarness()
        for (i, body) in [Array(gzip.dropLast(9)), damaged, Array(Deflate.compress(gzip, .zlib).dropLast(12))]
            .enumerated()
        {
            origin.on("/\(i)", .status(200, body: body))
            let result = await harness.fetch(origin.url("/\(i)"), extra: FetchExtra(body: .memory(limit: 1000)))
            #expect(result.curlCode == 0 && result.flags.contains(.codingCut))
            let kept = try #require(result.details?.body)
            #expect(!kept.isEmpty && Self.text.starts(with: kept))
        }
        await origin.stop()
    }

    struct Cut: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var behaviour: OriginBehaviour
    }

    static let head = "HTTP/1.1 200 OK\r\n"
    static let cuts = [
        Cut(
            testDescription: "its length is short",
            behaviour: .raw(head + "Content-Length: 99\r\n\r\nAllow: /\nDis", then: .close)),
        Cut(
            testDescription: "its chunks end early",
            behaviour: .raw(head + "Transfer-Encoding: chunked\r\n\r\nc\r\nAllow: /\nDis\r\n", then: .close)),
        Cut(
            testDescription: "a reset in its middle",
            behaviour: .raw(head + "Content-Length: 99\r\n\r\nAllow: /\nDis", then: .reset)),
    ]

    @Test(arguments: cuts) func ofATransferThatIsCutTheBeginIsThere(cut: Cut) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", cut.behaviour)
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 1000)))
        #expect(OutcomeClassifier().classify(result).outcome == .truncated)
        let kept = try #require(result.details?.body)
        #expect(Array("Allow: /\nDis".utf8).starts(with: kept))
        await origin.stop()
    }

    @Test func aProfilesCodingsAreNotAskedForWhereABodyIsRead() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        var profile = RequestProfile()
        profile.headers = [.init("Accept-Encoding", "gzip, br, zstd"), .init("Accept-Language", "en")]
        let harness = FetchHarness { $0.profiles = [profile] }
        let dressed = FetchRoute(profile: 0)
        _ = await harness.fetch(origin.url("/page"), route: dressed)
        _ = await harness.fetch(origin.url("/robots.txt"), route: dressed, extra: FetchExtra(body: .memory(limit: 9)))
        #expect(origin.requests.map { $0.header("accept-encoding") } == ["gzip, br, zstd", "gzip"])
        #expect(origin.requests.map { $0.header("accept-language") } == ["en", "en"])
        await origin.stop()
    }

    @Test func aChallengeIsToldByItsHeaders() async throws {
        let origin = try await MisbehavingOrigin.start()
        let harness = FetchHarness()
        let answers: [(Int, [(String, String)])] = [
            (202, [("X-Amzn-Waf-Action", "challenge")]), (405, [("x-amzn-waf-action", "captcha")]),
            (202, [("cf-mitigated", "challenge")]), (503, [("cf-mitigated", "challenge")]),
            (206, [("Content-Range", "bytes 0-4/10")]),
        ]
        for (i, (status, headers)) in answers.enumerated() {
            origin.on("/\(i)", .status(status, headers: headers, text: "hello"))
            for extra in [nil, FetchExtra(body: .memory(limit: 100))] {
                let judged = OutcomeClassifier().classify(await harness.fetch(origin.url("/\(i)"), extra: extra))
                #expect(judged.outcome == .blocked && judged.byEdge, "\(status)")
            }
        }
        origin.on("/202", .status(202, text: "later"))
        #expect(OutcomeClassifier().classify(await harness.fetch(origin.url("/202"))).outcome == .success)
        await origin.stop()
    }
}
