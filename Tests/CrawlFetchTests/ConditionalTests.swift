import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// Requests with validators (RFC 9110 §13.1), and what a handle remembers of them.
@Suite(.timeLimit(.minutes(1)))
struct ConditionalTests {
    static let date = "Tue, 01 Jul 2025 10:00:00 GMT"

    @Test(arguments: ["\"strong\"", "W/\"weak\"", "\"\""]) func entityTagsAreAskedWith(etag: String) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(304, headers: [("ETag", "\"newer\"")]))
        let extra = FetchExtra(etag: etag, lastModified: Self.date)
        let result = await FetchHarness().fetch(origin.url("/x"), extra: extra)
        let request = try #require(origin.requests.first)
        #expect(request.header("if-none-match") == etag)
        #expect(request.header("if-modified-since") == Self.date)
        #expect(request.header("accept-encoding") == nil)
        #expect(result.flags.contains(.conditional))
        #expect(OutcomeClassifier().classify(result).outcome == .notModified)
        #expect(result.digest == nil && result.bodyBytes == 0)
        #expect(result.details?.etag == "\"newer\"")
        await origin.stop()
    }

    /// As robots.txt is refreshed: a 304 says anew how long it is fresh (RFC 9111 §4.3.4).
    @Test func aKeptBodyMayBeAskedConditionally() async throws {
        let origin = try await MisbehavingOrigin.start()
        let fresh = [("Cache-Control", "max-age=60"), ("ETag", "\"a\"")]
        origin.on("/x", .sequence([.status(200, headers: fresh, text: "x"), .status(304, headers: fresh)]))
        let harness = FetchHarness()
        let first = await harness.fetch(origin.url("/x"), extra: FetchExtra(body: .memory(limit: 9)))
        let extra = FetchExtra(etag: first.details?.etag, body: .memory(limit: 9))
        let second = await harness.fetch(origin.url("/x"), extra: extra)
        #expect(first.details?.body == Array("x".utf8) && !first.flags.contains(.conditional))
        #expect(second.status == 304 && second.flags.contains(.conditional))
        #expect(second.details?.body == nil && second.details?.etag == "\"a\"")
        #expect(first.details?.cacheControl == "max-age=60" && second.details?.cacheControl == "max-age=60")
        await origin.stop()
    }

    @Test func overHTTP2() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .status(200, text: "new"))
        let caFile = try TestCertificates.shared.get().caFile
        let result = await FetchHarness { $0.caFile = caFile }
            .fetch(origin.url("/x"), extra: FetchExtra(etag: "\"a\""))
        #expect(result.status == 200 && result.flags.contains(.conditional))
        #expect(origin.requests.first?.header("if-none-match") == "\"a\"")
        await origin.stop()
    }

    @Test func theNextRequestOfAHandleIsPlainAgain() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, text: "x"))
        let harness = FetchHarness()
        let extras: [FetchExtra?] = [
            FetchExtra(etag: "\"a\""), nil, FetchExtra(lastModified: Self.date), FetchExtra(body: .memory(limit: 9)),
            nil,
            nil,
        ]
        for extra in extras {
            let result = await harness.fetch(origin.url("/x"), extra: extra)
            #expect(result.flags.contains(.conditional) == (extra?.etag != nil || extra?.lastModified != nil))
            #expect((result.details?.body != nil) == (extra?.keepsBody == true))
        }
        let requests = origin.requests(for: "/x")
        #expect(requests.map { $0.header("if-none-match") } == ["\"a\"", nil, nil, nil, nil, nil])
        #expect(requests.map { $0.header("if-modified-since") } == [nil, nil, Self.date, nil, nil, nil])
        #expect(requests.map { $0.header("accept-encoding") != nil } == [false, false, false, true, false, false])
        #expect(Set(requests.map(\.connection)) == [1])
        await origin.stop()
    }

    @Test(arguments: [
        "\"a\"\r\nX-Injected: 1", "\"a\nX-Injected: 1\"", "\"a\u{0}\"", "\"a\u{7F}\"", "\"é\"", "*", "\"a\", \"b\"",
        "a",
        "\"", "", "w/\"a\"", "\"a b\"",
    ]) func whatIsNoEntityTagIsNotSent(etag: String) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(304))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(etag: etag))
        let request = try #require(origin.requests.first)
        #expect(request.header("if-none-match") == nil && request.header("x-injected") == nil)
        #expect(!result.flags.contains(.conditional))
        #expect(OutcomeClassifier().classify(result).outcome == .serverError)
        await origin.stop()
    }

    /// As the server wrote it, in whichever form.
    @Test(arguments: [date, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) func datesAreAskedWith(
        date: String
    ) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(304))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: FetchExtra(lastModified: date))
        #expect(origin.requests.first?.header("if-modified-since") == date)
        #expect(OutcomeClassifier().classify(result).outcome == .notModified)
        await origin.stop()
    }

    @Test(arguments: [
        "now\r\nX-Injected: 1", "now\u{1}", "", "à", "0", "now", "2025-07-01T10:00:00Z", "Tue, 1 Jul 2025 10:00:00 GMT",
        "Tue, 01 Jul 2025 10:00:00 UTC", "Tue, 31 Jun 2025 10:00:00 GMT", date + "\r\nX-Injected: 1",
    ]) func whatIsNoDateIsNotSent(date: String) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        let extra = FetchExtra(etag: "\"a\"", lastModified: date)
        #expect(await FetchHarness().fetch(origin.url("/x"), extra: extra).flags.contains(.conditional))
        let request = try #require(origin.requests.first)
        #expect(request.header("if-none-match") == "\"a\"")
        #expect(request.header("if-modified-since") == nil && request.header("x-injected") == nil)
        await origin.stop()
    }

    /// What the server may have answered to: a request that was never sent was never conditional.
    @Test func whetherItWasSent() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/closed", .raw("", then: .close))
        origin.on("/412", .status(412))
        let extra = FetchExtra(etag: "\"a\"")
        let harness = FetchHarness()
        let closed = await harness.fetch(origin.url("/closed"), extra: extra)
        #expect(closed.isConditional && OutcomeClassifier().classify(closed).outcome == .unknownOriginError)
        #expect(await !harness.fetch(origin.url("/closed")).isConditional)
        let failed = OutcomeClassifier().classify(await harness.fetch(origin.url("/412"), extra: extra))
        #expect(failed.outcome == .clientError && failed.isPreconditionFailed)
        let plain = OutcomeClassifier().classify(await harness.fetch(origin.url("/412")))
        #expect(plain.outcome == .clientError && !plain.isPreconditionFailed)
        let url = origin.url("/refused")
        await origin.stop()
        let refused = await FetchHarness().fetch(url, extra: extra)
        #expect(OutcomeClassifier().classify(refused).outcome == .originDown)
        #expect(refused.flags.contains(.conditional) && !refused.isConditional)
        let nameless = await FetchHarness().fetch("http://no-such-name.invalid/", extra: extra)
        #expect(!nameless.isConditional)
    }

    /// The rest of the request is 64 bytes, user agent and URL.
    @Test(arguments: [(spare: 20, isSent: true), (spare: 19, isSent: false)]) func validatorsThatDoNotFitAreLeftOut(
        spare: Int, isSent: Bool
    ) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        let url = origin.url("/x")
        let harness = FetchHarness {
            $0.userAgent = "test/1"
            $0.maxRequestBytes = url.utf8.count + 6 + 64 + spare
        }
        // `If-None-Match: "a"` and its line end.
        let result = await harness.fetch(url, extra: FetchExtra(etag: "\"a\""))
        #expect(result.status == 200)
        #expect(result.flags.contains(.conditional) == isSent)
        #expect(origin.requests.first?.header("if-none-match") == (isSent ? "\"a\"" : nil))
        await origin.stop()
    }
}
