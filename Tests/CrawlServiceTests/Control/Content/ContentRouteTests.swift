import ControlAPI
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    /// `GET /v1/content`: what is asked for, and what is refused.
    @Suite(.timeLimit(.minutes(1))) struct ContentRouteTests {
        private static let url = "https://a.example/"
        private static let page = MemoryPages.Page(
            body: Array("hello\r\n\0\u{ff}".utf8), raw: [0x1F, 0x8B, 8], codings: ["br"], cut: ["length", "limit"],
            original: "https://b.example/")

        @Test("the body is the page and nothing else; what is known of it is told beside it")
        func page() async throws {
            try await ServerFixture.run { server in
                server.control.pages.set(Self.url, .success(Self.page))
                let answer = try await server.send("GET", "/v1/content?url=\(Self.url)")
                #expect(answer.status == 200)
                #expect(answer.body == Self.page.body)
                let wanted = [
                    "content-type": "application/octet-stream", "content-length": "\(Self.page.body.count)",
                    "crawld-page-status": "200", "crawld-page-type": "text/html", "crawld-page-coding": "br",
                    "crawld-page-date": "1970-01-01T00:00:00.000Z", "crawld-page-cut": "length, limit",
                    "crawld-page-same-as": "https://b.example/",
                ]
                for (name, value) in wanted { #expect(answer.headers[name] == value, "\(name)") }
                #expect(answer.headers["crawld-head-length"] == nil)
                #expect(answer.headers["content-encoding"] == nil, "a client would undo it")
            }
        }

        @Test("raw leaves the codings; headers begins with the head, and says how long it is")
        func wishes() async throws {
            try await ServerFixture.run { server in
                server.control.pages.set(Self.url, .success(Self.page))
                let raw = try await server.send("GET", "/v1/content?url=\(Self.url)&raw=true")
                #expect(raw.body == [0x1F, 0x8B, 8])
                #expect(raw.headers["crawld-page-coding"] == "gzip")
                let both = try await server.send("GET", "/v1/content?url=\(Self.url)&headers=true&raw=false")
                #expect(both.body == Self.page.head + Self.page.body)
                #expect(both.headers["crawld-head-length"] == "\(Self.page.head.count)")
                #expect(both.headers["content-length"] == "\(both.body.count)")
            }
        }

        @Test("HEAD tells of the page without it")
        func head() async throws {
            try await ServerFixture.run { server in
                server.control.pages.set(Self.url, .success(Self.page))
                let answer = try await server.send("HEAD", "/v1/content?url=\(Self.url)")
                #expect(answer.status == 200 && answer.body.isEmpty)
                #expect(answer.headers["content-length"] == "\(Self.page.body.count)")
                #expect(server.control.pages.reads.isEmpty)
            }
        }

        @Test("an empty page is an answer")
        func empty() async throws {
            try await ServerFixture.run { server in
                server.control.pages.set(Self.url, .success(.init(body: [])))
                let answer = try await server.send("GET", "/v1/content?url=\(Self.url)")
                #expect(answer.status == 200 && answer.body.isEmpty)
                #expect(answer.headers["content-length"] == "0")
            }
        }

        @Test("a large page goes out in pieces")
        func large() async throws {
            var limits = ControlLimits()
            limits.answerPiece = 1000
            let body = (0..<25_500).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try await ServerFixture.run(limits: limits) { server in
                server.control.pages.set(Self.url, .success(.init(body: body)))
                let answer = try await server.send("GET", "/v1/content?url=\(Self.url)")
                #expect(answer.body == body)
                #expect(server.control.pages.reads == Array(repeating: 1000, count: 26))
            }
        }

        @Test("a page that cannot be read on ends before its length")
        func broken() async throws {
            var limits = ControlLimits()
            limits.answerPiece = 1000
            try await ServerFixture.run(limits: limits) { server in
                server.control.pages.set(Self.url, .success(.init(body: Array(repeating: 1, count: 5000))))
                server.control.pages.fail(after: 2)
                let answer = try await server.send("GET", "/v1/content?url=\(Self.url)")
                #expect(answer.headers["content-length"] == "5000")
                #expect(answer.body.count < 5000)
            }
        }

        @Test("without room among the answers there is none")
        func noRoom() async throws {
            var limits = ControlLimits()
            limits.answers = 1000
            limits.answerPatience = .milliseconds(1)
            try await ServerFixture.run(limits: limits) { server in
                server.control.pages.set(Self.url, .success(Self.page))
                let answer = try await server.send("GET", "/v1/content?url=\(Self.url)")
                #expect(answer.status == 503 && answer.code == "busy")
                #expect(answer.headers["retry-after"] == "1")
            }
        }

        struct Refusal: Sendable, CustomTestStringConvertible {
            var request: String
            var status: Int
            var code: String
            var testDescription: String { request }
        }

        @Test(arguments: [
            Refusal(request: "GET /v1/content", status: 400, code: "missing-filter"),
            Refusal(request: "GET /v1/content?url=nonsense", status: 400, code: "invalid-url"),
            Refusal(request: "GET /v1/content?url=https://a.example/&raw=yes", status: 400, code: "invalid-value"),
            Refusal(request: "GET /v1/content?url=https://a.example/&headers=1", status: 400, code: "invalid-value"),
            Refusal(request: "GET /v1/content?url=https://a.example/&file=x", status: 400, code: "unknown-field"),
            Refusal(request: "GET /v1/content?url=https://c.example/", status: 404, code: "not-found"),
            Refusal(request: "GET /v1/content?url=https://b.example/", status: 404, code: "not-archived"),
            Refusal(request: "POST /v1/content?url=https://a.example/", status: 405, code: "method-not-allowed"),
        ])
        func refused(_ wanted: Refusal) async throws {
            try await ServerFixture.run { server in
                server.control.pages.set(Self.url, .success(Self.page))
                server.control.pages.set(
                    "https://b.example/",
                    .failure(ControlError(status: 404, code: ProblemCode.notArchived, detail: "gone", hint: "do this")))
                let words = wanted.request.split(separator: " ").map(String.init)
                let answer = try await server.send(words[0], words[1])
                #expect(answer.status == wanted.status && answer.code == wanted.code, "\(answer.text)")
            }
        }
    }
}
