import ControlAPI
import CrawlTesting
import CurlKit
import Glibc
import Testing

extension EndToEnd {
    /// Whatever comes over the socket gets an answer that says what was wrong and where; what was right is kept.
    @Suite struct BadInputTests {
        struct Line: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var line: [UInt8]
            var code: String
            var type = ContentType.ndjson

            init(_ name: String, _ line: String, _ code: String, as type: String = ContentType.ndjson) {
                self.init(name, bytes: Array(line.utf8), code, as: type)
            }

            init(_ name: String, bytes: [UInt8], _ code: String, as type: String = ContentType.ndjson) {
                testDescription = name
                line = bytes
                self.code = code
                self.type = type
            }
        }

        private static func url(_ url: String) -> String { "{\"url\":\"\(url)\"}" }

        static let lines: [Line] = [
            Line("no URL at all", url("what is this"), "invalid-url"),
            Line("relative", url("/a/path"), "invalid-url"),
            Line("relative, as text", "a/path", "invalid-url", as: ContentType.text),
            Line("no host", url("http:///path"), "invalid-url"),
            Line("a port nobody has", url("http://example.com:99999/"), "invalid-url"),
            Line("a space in the host", url("http://exa mple.com/"), "invalid-url"),
            Line("over-long", url("http://example.com/" + String(repeating: "a", count: 8192)), "too-long"),
            Line(
                "over-long, as text", "http://example.com/" + String(repeating: "a", count: 8192), "too-long",
                as: ContentType.text),
            Line("ftp", url("ftp://example.com/"), "unsupported-scheme"),
            Line("file", url("file:///etc/passwd"), "unsupported-scheme"),
            Line("javascript", url("javascript:alert(1)"), "unsupported-scheme"),
            Line("gopher, as text", "gopher://example.com/", "unsupported-scheme", as: ContentType.text),
            Line("user and password", url("http://user:secret@example.com/"), "userinfo"),
            Line("user alone", url("http://user@example.com/"), "userinfo"),
            Line("an unfinished object", "{\"url\":\"http://example.com/\"", "bad-json"),
            Line("no JSON", "http://example.com/", "bad-json"),
            Line("two objects", url("http://example.com/a") + url("http://example.com/b"), "bad-json"),
            Line("nested without end", String(repeating: "[", count: 30_000), "bad-json"),
            Line(
                "deep meta",
                "{\"url\":\"http://example.com/\",\"meta\":{\"a\":" + String(repeating: "[", count: 2000)
                    + String(repeating: "]", count: 2000) + "}}", "bad-json"),
            Line("an array as a line", "[]", "wrong-type"),
            Line("the URL is a number", "{\"url\":4711}", "wrong-type"),
            Line("the priority is text", "{\"url\":\"http://example.com/\",\"priority\":\"high\"}", "wrong-type"),
            Line("the priority is out of range", "{\"url\":\"http://example.com/\",\"priority\":101}", "invalid-value"),
            Line("force is a number", "{\"url\":\"http://example.com/\",\"force\":1}", "wrong-type"),
            Line("meta is a list", "{\"url\":\"http://example.com/\",\"meta\":[]}", "wrong-type"),
            Line("due_at is no time", "{\"url\":\"http://example.com/\",\"due_at\":\"soon\"}", "invalid-value"),
            Line("recrawl is no duration", "{\"url\":\"http://example.com/\",\"recrawl\":\"often\"}", "invalid-value"),
            Line("an unknown field", "{\"url\":\"http://example.com/\",\"colour\":\"red\"}", "unknown-field"),
            Line("no url", "{\"priority\":1}", "missing-field"),
            Line("a sitemap that is a file", "{\"sitemap\":\"file:///etc/passwd\"}", "unsupported-scheme"),
            Line(
                "invalid UTF-8",
                bytes: Array("{\"url\":\"http://example.com/".utf8) + [0xff, 0xfe]
                    + Array("\"}".utf8), "bad-json"),
            Line(
                "invalid UTF-8, as text", bytes: Array("http://example.com/".utf8) + [0xc3, 0x28], "invalid-url",
                as: ContentType.text),
            Line(
                "a line over the limit", url("http://example.com/" + String(repeating: "a", count: 70_000)),
                "too-long"),
            Line(
                "a null byte", bytes: Array("http://example.com/a".utf8) + [0] + Array("b".utf8), "invalid-url",
                as: ContentType.text),
        ]

        /// One daemon for all lines: that it goes on is part of the test.
        @Test func everyBadLineIsNamedAndTheGoodOnesAreKept() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            for (number, line) in Self.lines.enumerated() {
                let good = ["http://good.example/\(number)/before", "http://good.example/\(number)/after"]
                    .map { line.type == ContentType.text ? $0 : Self.url($0) }
                let body = Array((good[0] + "\n\n").utf8) + line.line + Array(("\n" + good[1]).utf8)
                let answer = try await home.api.request(
                    "POST", Routes.urls, headers: ["Content-Type: \(line.type)"], body: .bytes(body))
                #expect(answer.status == 200, "\(line.testDescription): \(answer.text)")
                let counts = try answer.decoded(EnqueueAnswer.self)
                #expect(counts.new == 2 && counts.known == 0 && counts.rejected == 1, "\(line.testDescription)")
                #expect(counts.problems.map(\.line) == [3], "\(line.testDescription)")
                #expect(counts.problems.first?.code == line.code, "\(line.testDescription): \(counts.problems)")
            }
            #expect(try await home.api.records().count == 2 * Self.lines.count)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        struct Request: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var method = "POST"
            var target = Routes.urls
            var type = ContentType.json
            var body = ""
            var status = 400
            var code: String
        }

        static let requests = [
            Request(testDescription: "no JSON", body: "{", code: "bad-json"),
            Request(
                testDescription: "a single wrong object", body: "{\"url\":\"ftp://a.example/\"}",
                code: "unsupported-scheme"),
            Request(testDescription: "a number", body: "17", code: "wrong-type"),
            Request(
                testDescription: "a type that is none of ours", type: "text/html", status: 415,
                code: "unsupported-media-type"),
            Request(testDescription: "no such path", method: "GET", target: "/v2/urls", status: 404, code: "not-found"),
            Request(testDescription: "no such method", method: "PUT", status: 405, code: "method-not-allowed"),
            Request(testDescription: "nothing named for removal", method: "DELETE", code: "missing-filter"),
            Request(
                testDescription: "two named for removal", method: "DELETE",
                target: Routes.urls + "?url=http%3A%2F%2Fa.example%2F&origin=http%3A%2F%2Fa.example",
                code: "missing-filter"),
            Request(
                testDescription: "an unknown parameter", method: "DELETE", target: Routes.urls + "?all=true",
                code: "unknown-field"),
            Request(
                testDescription: "an unknown URL", method: "DELETE",
                target: Routes.urls + "?url=http%3A%2F%2Fa.example%2F",
                status: 404, code: "not-found"),
            Request(
                testDescription: "a limit over the limit", method: "GET", target: Routes.urls + "?limit=1001",
                code: "invalid-value"),
            Request(
                testDescription: "a cursor of somebody else", method: "GET", target: Routes.urls + "?after=../../etc",
                code: "invalid-value"),
            Request(
                testDescription: "a cursor of somebody else, for alerts", method: "GET",
                target: Routes.alerts + "?after=zz", code: "invalid-value"),
        ]

        @Test func everyBadRequestIsAnsweredWithACode() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            for request in Self.requests {
                let answer = try await home.api.request(
                    request.method, request.target,
                    headers: request.method == "POST" ? ["Content-Type: \(request.type)"] : [],
                    body: request.method == "POST" ? .bytes(Array(request.body.utf8)) : .none)
                #expect(answer.status == request.status, "\(request.testDescription): \(answer.text)")
                let problem = try? answer.decoded(Problem.self)
                #expect(problem?.code == request.code, "\(request.testDescription): \(answer.text)")
            }
            #expect(await home.api.isHealthy())
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }
    }
}
