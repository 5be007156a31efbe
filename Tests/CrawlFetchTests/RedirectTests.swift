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
        Case("https://example.com:8443/y#part", "https://example.com:8443/y"),
        Case("//example.com/y", "http://example.com/y"), Case("/y", "ORIGIN/y"), Case("y", "ORIGIN/a/y"),
        Case("../y", "ORIGIN/y"), Case("?q", "ORIGIN/a/b?q"), Case("/a b", "ORIGIN/a%20b"), Case("/é", "ORIGIN/%C3%A9"),
        Case("?a b", "ORIGIN/a/b?a%20b"), Case("\\y", "ORIGIN/y"), Case("#part", "ORIGIN/a/b"),
        Case("/y\tz", "ORIGIN/yz"), Case("  /y  ", "ORIGIN/y"), Case("HTTP://Example.COM:80", "http://example.com/"),
        Case("ftp://example.com/y", nil), Case("mailto:a@example.com", nil), Case("http://[::1", nil),
        Case("//[::1", nil), Case("", nil), Case(nil, nil),
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
        #expect(result.details?.location == test.location.map { String($0.drop { $0 == " " }.prefix(256)).trimmedEnd })
        #expect(origin.requests.count == 1)
        await origin.stop()
    }

    @Test(arguments: [200, 201, 404, 503]) func onlyARedirectLeadsSomewhere(status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(status, headers: [("Location", "/y")]))
        #expect(await FetchHarness().fetch(origin.url("/x")).details?.redirectURL == nil)
        await origin.stop()
    }

    struct Body: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Behind the status line and Location.
        var rest: String
        var ending: OriginBehaviour.Ending = .close
        var limit: Int64 = 100
    }

    static let bodies = [
        Body(testDescription: "cut short of its length", rest: "Content-Length: 50\r\n\r\nmoved"),
        Body(testDescription: "no body at all", rest: "Content-Length: 50\r\n\r\n"),
        Body(testDescription: "over the limit", rest: "\r\n" + String(repeating: "x", count: 200)),
        Body(testDescription: "a chunk that is none", rest: "Transfer-Encoding: chunked\r\n\r\nmoved\r\n"),
        Body(testDescription: "chunks that end early", rest: "Transfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n"),
        Body(testDescription: "an unknown coding", rest: "Content-Encoding: none-such\r\n\r\nmoved"),
        Body(testDescription: "false gzip", rest: "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nmoved"),
        Body(
            testDescription: "two lengths", rest: "Content-Length: 5\r\nContent-Length: 6\r\n\r\nmoved"),
        Body(testDescription: "reset after the head", rest: "Content-Length: 50\r\n\r\n", ending: .reset),
        Body(testDescription: "that never comes", rest: "Content-Length: 50\r\n\r\n", ending: .keepOpen),
    ]

    @Test("a redirect is one whatever becomes of its body", arguments: bodies, [301, 307])
    func whateverTheBody(body: Body, status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .raw("HTTP/1.1 \(status) Moved\r\nLocation: /y\r\n" + body.rest, then: body.ending))
        let harness = FetchHarness {
            $0.maxBody = body.limit
            $0.totalTimeout = .seconds(1)
        }
        let result = await harness.fetch(origin.url("/x"))
        #expect(result.status == Int32(status) && result.leadsElsewhere)
        #expect(result.details?.redirectURL == "http://127.0.0.1:\(origin.port)/y")
        #expect(OutcomeClassifier().classify(result).outcome == .redirected)
        await origin.stop()
    }

    @Test("a 3xx with a cut body that leads nowhere is no redirect", arguments: ["", "Location: ftp://a.test/\r\n"])
    func nowhere(location: String) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .raw("HTTP/1.1 302 Found\r\n\(location)Content-Length: 50\r\n\r\nmoved", then: .close))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(!result.leadsElsewhere && OutcomeClassifier().classify(result).outcome == .truncated)
        await origin.stop()
    }

    @Test("cookies are kept of redirects only, whole or not at all, 8 KiB of them", arguments: [200, 302, 403, 503])
    func cookies(status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        let long = "b=" + String(repeating: "x", count: 8000)
        let headers = [
            ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", long), ("set-cookie", "c=" + long), ("SET-COOKIE", "d=4"),
            ("Location", "/y"),
        ]
        origin.on("/x", .status(status, headers: headers))
        let cookies = await FetchHarness().fetch(origin.url("/x")).details?.setCookies ?? []
        #expect(
            cookies.map { String(decoding: $0, as: UTF8.self) } == (status == 302 ? ["a=1; Path=/", long, "d=4"] : []))
        await origin.stop()
    }

    @Test("of a redirect's cookies the first fifty are kept")
    func manyCookies() async throws {
        let origin = try await MisbehavingOrigin.start()
        let headers = (0..<60).map { ("Set-Cookie", "c\($0)=") } + [("Location", "/y")]
        origin.on("/x", .status(302, headers: headers))
        let cookies = await FetchHarness().fetch(origin.url("/x")).details?.setCookies ?? []
        #expect(cookies.map { String(decoding: $0, as: UTF8.self) } == (0..<50).map { "c\($0)=" })
        await origin.stop()
    }

    @Test("the first of several that is not empty counts")
    func severalLocations() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(302, headers: [("Location", ""), ("Location", "/y"), ("Location", "/z")]))
        let result = await FetchHarness().fetch(origin.url("/x"))
        #expect(result.details?.redirectURL == "http://127.0.0.1:\(origin.port)/y")
        await origin.stop()
    }

    @Test("a URL goes out as it is spelled, with the cookies of this one request")
    func asItIsAsked() async throws {
        let origin = try await MisbehavingOrigin.start()
        let harness = FetchHarness()
        let path = "/x[1]|^{}%zz%u0131%c3%A9?a[]=`\\\"<>"
        origin.on(path, .status(200))
        let first = await harness.fetch(origin.url(path), extra: FetchExtra(etag: "\"e\"", cookies: "a=1; b=2"))
        _ = await harness.fetch(origin.url(path))
        #expect(first.status == 200 && first.flags.contains(.conditional))
        let requests = origin.requests
        #expect(requests.map(\.path) == [path, path])
        #expect(requests.map { $0.header("cookie") } == ["a=1; b=2", nil])
        #expect(requests.map { $0.header("if-none-match") } == ["\"e\"", nil])
        let plain = await harness.fetch(origin.url(path), extra: FetchExtra(cookies: "a=1"))
        #expect(!plain.flags.contains(.conditional))
        let long = FetchExtra(etag: "\"e\"", cookies: "a=" + String(repeating: "x", count: 16_000))
        let short = await FetchHarness { $0.maxRequestBytes = 16_000 }.fetch(origin.url(path), extra: long)
        #expect(short.flags.contains(.conditional) && origin.requests.last?.header("cookie") == nil)
        await origin.stop()
    }

    @Test("a redirect to another spelling of what was asked says so")
    func respelled() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x%5B", .status(301, headers: [("Location", "/x[?a"), ("Location", "/y")]))
        origin.on("/x%5B?a", .status(301, headers: [("Location", "x[?a#part")]))
        let harness = FetchHarness()
        #expect(await harness.fetch(origin.url("/x%5B")).details?.respelling == nil)
        let result = await harness.fetch(origin.url("/x%5B?a"))
        #expect(result.details?.respelling == "/x[?a")
        #expect(
            result.details?.redirectURL == origin.url("/x%5B?a") && result.details?.requestURL == origin.url("/x%5B?a"))
        await origin.stop()
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
