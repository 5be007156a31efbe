import ControlAPI
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    /// The feed's paths: what is asked for, and what is refused.
    @Suite(.timeLimit(.minutes(1))) struct ResultRouteTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var request: String
            var status: Int
            var code: String?
            var lines: Int?
            var testDescription: String { request }
        }

        @Test(arguments: [
            Case(request: "GET /v1/results", status: 200, lines: 5),
            Case(request: "GET /v1/results?after=0", status: 200, lines: 5),
            Case(request: "GET /v1/results?after=1003", status: 200, lines: 2),
            Case(request: "GET /v1/results?after=1005", status: 200, lines: 0),
            Case(request: "GET /v1/results?limit=2", status: 200, lines: 2),
            Case(request: "GET /v1/results?follow=true&limit=3", status: 200, lines: 3),
            Case(
                request: "GET /v1/results?outcome=success,notModified&origin=https://a.example", status: 200, lines: 5),
            Case(request: "GET /v1/results?outcome=gone", status: 200, lines: 0),
            Case(request: "GET /v1/results?consumer=known", status: 200, lines: 1),
            Case(request: "GET /v1/results?consumer=unknown", status: 404, code: "not-found"),
            Case(request: "GET /v1/results?consumer=known&after=1001", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?outcome=success,nonsense", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?outcome=", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?limit=0", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?after=-1", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?after=x", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?follow=yes", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results?nonsense=1", status: 400, code: "unknown-field"),
            Case(request: "GET /v1/results?after=1006", status: 409, code: "unknown-cursor"),
            Case(request: "GET /v1/results?after=1006&follow=true", status: 409, code: "unknown-cursor"),
            Case(request: "GET /v1/results?after=999&follow=true", status: 410, code: "results-gone"),
            Case(request: "PUT /v1/results", status: 405, code: "method-not-allowed"),
            Case(request: "PUT /v1/results/consumers/A-b_3.c", status: 200),
            Case(request: "PUT /v1/results/consumers/a?after=1002", status: 200),
            Case(request: "PUT /v1/results/consumers/a%20b", status: 400, code: "invalid-value"),
            Case(
                request: "PUT /v1/results/consumers/" + String(repeating: "n", count: 65), status: 400,
                code: "invalid-value"),
            Case(request: "PUT /v1/results/consumers", status: 404, code: "not-found"),
            Case(request: "PUT /v1/results/consumers/", status: 404, code: "not-found"),
            Case(request: "PUT /v1/results/consumers/a/b", status: 404, code: "not-found"),
            Case(request: "GET /v1/results/consumers/known", status: 405, code: "method-not-allowed"),
            Case(request: "DELETE /v1/results/consumers/known", status: 200),
            Case(request: "DELETE /v1/results/consumers/unknown", status: 404, code: "not-found"),
            Case(request: "POST /v1/results/ack?consumer=known&seq=1005", status: 200),
            Case(request: "POST /v1/results/ack?consumer=known&seq=1006", status: 409, code: "unknown-cursor"),
            Case(request: "POST /v1/results/ack?consumer=unknown&seq=1005", status: 404, code: "not-found"),
            Case(request: "POST /v1/results/ack?consumer=known", status: 400, code: "missing-filter"),
            Case(request: "POST /v1/results/ack?seq=1005", status: 400, code: "missing-filter"),
            Case(request: "POST /v1/results/ack?consumer=known&seq=1.5", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/results/ack?consumer=known&seq=1005", status: 405, code: "method-not-allowed"),
        ])
        func route(_ wanted: Case) async throws {
            try await ServerFixture.run { server in
                server.control.feed.add(5)
                _ = try await server.control.feed.addConsumer("known", after: 1004)
                let words = wanted.request.split(separator: " ").map(String.init)
                let response = try await server.send(words[0], words[1])
                #expect(response.status == wanted.status, "\(response.text)")
                #expect(response.code == wanted.code)
                if let lines = wanted.lines {
                    #expect(response.lines.count == lines)
                    #expect(response.headers["content-type"] == ContentType.ndjson)
                }
            }
        }

        @Test("who fell behind is told where the feed begins, and can go on from there")
        func gone() async throws {
            try await ServerFixture.run { server in
                server.control.feed.add(3)
                let refused = try await server.send("GET", "/v1/results?after=1")
                #expect(refused.status == 410)
                let after = try #require(refused.json["after"] as? Int)
                #expect(try await server.send("GET", "/v1/results?after=\(after)").lines.count == 3)
            }
        }

        @Test("a place is kept, never goes back, and is where its consumer reads on")
        func consumer() async throws {
            try await ServerFixture.run { server in
                server.control.feed.add(5)
                for _ in 0..<2 {
                    #expect(try await server.send("PUT", "/v1/results/consumers/a").json["cursor"] as? Int == 1000)
                }
                for seq in [1003, 1002] {
                    let answer = try await server.send("POST", "/v1/results/ack?consumer=a&seq=\(seq)")
                    #expect(answer.json["cursor"] as? Int == 1003)
                }
                #expect(try await server.send("GET", "/v1/results?consumer=a").lines.count == 2)
            }
        }
    }
}
