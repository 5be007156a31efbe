import CrawlCore
import CrawlFetch
import CrawlTesting
import CurlKit
import Dispatch
import Testing

/// A header line that begins with a blank goes on with the line before (obs-fold, RFC 9112 §5.2).
@Suite(.timeLimit(.minutes(1)))
struct FoldedHeaderTests {
    private func fetch(_ status: Int, _ headers: String, body: String = "") async throws -> FetchResult {
        let origin = try await MisbehavingOrigin.start()
        origin.on(
            "/a/b", .raw("HTTP/1.1 \(status) X\r\nServer: t\r\n\(headers)\r\n\r\n\(body)", then: .close))
        let result = await FetchHarness().fetch(origin.url("/a/b"))
        await origin.stop()
        return result
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var lines: String
        var value: String?
        var testDescription: String { lines.debugDescription }

        init(_ lines: String, _ value: String?) {
            self.lines = lines
            self.value = value
        }
    }

    static let retryAfter = [
        Case("Retry-After:\r\n 120", "120"), Case("Retry-After:\r\n\t120", "120"),
        Case("Retry-After: Sun, 29 Nov\r\n  2026 08:00:00 GMT", "Sun, 29 Nov 2026 08:00:00 GMT"),
        Case("Retry-After:\r\n\r\n", ""), Case("Retry-After: \r\n \r\n\t\r\n 7 \r\n \r\nX: y", "7"),
        Case("Retry-After: 1\r\n 2\r\n 3", "1 2 3"), Case("X-Other: a\r\n Retry-After: 9", nil),
        Case("Retry-After: 5\r\nX-Other: a\r\n b", "5"),
        Case("Retry-After: 5\r\nX-Other: a\r\n b\r\nRetry-After: 6\r\n 7", "5"),
        Case("X-Other: a\r\n b: c\r\nRetry-After: 5", "5"),
    ]

    @Test(arguments: retryAfter) func isJoined(test: Case) async throws {
        let result = try await fetch(503, test.lines)
        #expect(result.status == 503 && result.details?.retryAfter == test.value)
        #expect(result.details?.server == "t")
    }

    @Test func everyHeaderThatIsReadMayBeFolded() async throws {
        let edge = try await fetch(520, "CF-RAY:\r\n 0123456789abcdef-AMS\r\ncf-error-type:\r\n  origin_bad_gateway")
        #expect(edge.details?.cfRay == "0123456789abcdef-AMS" && edge.details?.cfErrorType == "origin_bad_gateway")
        #expect(edge.flags.contains(.edge))
        let page = try await fetch(
            200, "ETag:\r\n \"a\"\r\nLast-Modified: Sun,\r\n 29 Nov 2026 08:00:00 GMT", body: "x")
        #expect(page.details?.etag == "\"a\"")
        #expect(page.details?.lastModified == "Sun, 29 Nov 2026 08:00:00 GMT")
        let lengths = try await fetch(200, "Content-Length: 5\r\nContent-Length: 5,\r\n 6", body: "hello")
        #expect(lengths.flags.contains(.contentLengthConflict))
    }

    @Test(arguments: [
        ("Location:\r\n /y", "/y"), ("Location: /y\r\n\tz", "/y%20z"), ("Location: /y?a\r\n b", "/y?a%20b"),
        ("Location:\r\n \r\n  ../y", "/y"), ("Location:\r\n", nil),
        (
            "Location: /LONG\r\n z", "/LONG%20z"
        ),
    ]) func aRedirect(lines: String, target: String?) async throws {
        let long = String(repeating: "y", count: 5000)
        let result = try await fetch(301, lines.replacing("LONG", with: long))
        let found = result.details?.redirectURL?.replacing(long, with: "LONG")
        #expect(found.map { $0.drop { $0 != "/" }.dropFirst(2).drop { $0 != "/" } }.map(String.init) == target)
    }

    @Test func aCookie() async throws {
        let result = try await fetch(302, "Location: /y\r\nSet-Cookie: a=1;\r\n Path=/\r\nSet-Cookie: b=2")
        #expect(result.details?.setCookies.map { String(decoding: $0, as: UTF8.self) } == ["a=1; Path=/", "b=2"])
    }

    /// What is joined is bounded as a single line is, and the next request of the worker knows nothing of it.
    @Test func aLongOneIsCut() async throws {
        let origin = try await MisbehavingOrigin.start()
        let folds = String(repeating: "\r\n " + String(repeating: "x", count: 1000), count: 20)
        origin.on(
            "/long",
            .raw(
                "HTTP/1.1 503 X\r\nRetry-After: 1\(folds)\r\nETag: \"a\(folds)\"\r\nContent-Length: 0\r\n\r\n",
                then: .keepOpen))
        origin.on("/plain", .status(503, headers: [("Retry-After", "2")]))
        let harness = FetchHarness()
        let long = await harness.fetch(origin.url("/long"))
        #expect(long.details?.retryAfter?.utf8.count == FetchDetails.textLimit && long.details?.etag == nil)
        #expect(await harness.fetch(origin.url("/plain")).details?.retryAfter == "2")
        await origin.stop()
    }

    @Test func ofTheClient() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on(
            "/x",
            .raw("HTTP/1.1 200 OK\r\nX-One: a\r\n\tb \r\n \r\nX-Two:\r\n c\r\nContent-Length: 0\r\n\r\n", then: .close))
        let url = origin.url("/x")
        let response: CurlClient.Response = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try CurlClient(options: EasyOptions()).send(CurlClient.Request(url: url)).response })
            }
        }
        #expect(response.header("x-one") == "a b")
        #expect(response.header("x-two") == "c" || response.header("x-two") == " c")
        await origin.stop()
    }
}
