import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// Where a redirect leads (RFC 9110 §10.2.2, RFC 3986 §5).
@Suite(.timeLimit(.minutes(1)))
struct RedirectTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var location: String?
        /// `ORIGIN` stands for the origin asked.
        var target: String?
        var testDescription: String { (location ?? "none").prefix(60).description }

        init(_ location: String?, _ target: String?) {
            self.location = location
            self.target = target
        }
    }

    static let cases = [
        Case("http://example.com/y?z=1", "http://example.com/y?z=1"),
        Case("https://example.com:8443/y#part", "https://example.com:8443/y#part"),
        Case("//example.com/y", "http://example.com/y"), Case("/y", "ORIGIN/y"), Case("y", "ORIGIN/a/y"),
        Case("../y", "ORIGIN/y"), Case("?q", "ORIGIN/a/b?q"), Case("/a b", "ORIGIN/a%20b"), Case("/é", "ORIGIN/%c3%a9"),
        Case("ftp://example.com/y", "ftp://example.com/y"), Case("mailto:a@example.com", "mailto:a@example.com"),
        Case("http://[::1", "http://[::1"), Case("//[::1", nil), Case("", nil), Case(nil, nil),
        Case(
            "http://example.com/" + String(repeating: "a", count: 8192 - 19),
            "http://example.com/" + String(repeating: "a", count: 8192 - 19)),
        Case("http://example.com/" + String(repeating: "a", count: 8192 - 18), nil),
        Case("/" + String(repeating: "a", count: 50_000), nil),
    ]

    @Test(arguments: cases, [301, 308]) func targets(test: Case, status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/a/b", .status(status, headers: test.location.map { [("Location", $0)] } ?? [], text: "moved"))
        let result = await FetchHarness().fetch(origin.url("/a/b"))
        #expect(result.status == status)
        #expect(
            result.details?.redirectURL
                == test.target?.replacing("ORIGIN", with: "http://127.0.0.1:\(origin.port)"))
        #expect(result.details?.location == test.location.map { String($0.prefix(256)) })
        #expect(origin.requests.count == 1)
        await origin.stop()
    }

    @Test(arguments: [200, 201, 404, 503]) func onlyARedirectLeadsSomewhere(status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(status, headers: [("Location", "/y")]))
        #expect(await FetchHarness().fetch(origin.url("/x")).details?.redirectURL == nil)
        await origin.stop()
    }
}
