import ControlAPI
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    @Suite(.timeLimit(.minutes(1))) struct RouteTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var request: String
            var status: Int
            var code: String?
            var testDescription: String { request }
        }

        @Test(arguments: [
            Case(request: "GET /v1/urls?url=http%3A%2F%2Fa.example%2F", status: 200),
            Case(request: "GET /v1/urls?url=http://a.example/", status: 200),
            Case(request: "GET /v1/urls?url=http://a.example/2", status: 404, code: "not-found"),
            Case(request: "GET /v1/urls?url=nonsense", status: 400, code: "invalid-url"),
            Case(request: "GET /v1/urls?url=http://a.example/&state=done", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls", status: 200),
            Case(request: "GET /v1/urls?state=done&origin=http://a.example&limit=7&after=x", status: 200),
            Case(request: "GET /v1/urls?state=nonsense", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls?limit=0", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls?limit=1001", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls?limit=1&limit=2", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls?origin=http://a.example/path", status: 400, code: "invalid-url"),
            Case(request: "GET /v1/urls?nonsense=1", status: 400, code: "unknown-field"),
            Case(request: "GET /v1/urls?after=%GG", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/urls?after=%FF", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/explain?url=http%3A%2F%2Fa.example%2F", status: 200),
            Case(request: "GET /v1/explain?url=http://a.example/2", status: 404, code: "not-found"),
            Case(request: "GET /v1/explain?url=nonsense", status: 400, code: "invalid-url"),
            Case(request: "GET /v1/explain?url=", status: 400, code: "invalid-url"),
            Case(request: "GET /v1/explain", status: 400, code: "missing-filter"),
            Case(request: "GET /v1/explain?origin=http://a.example", status: 400, code: "unknown-field"),
            Case(request: "POST /v1/explain?url=http://a.example/", status: 405, code: "method-not-allowed"),
            Case(request: "DELETE /v1/urls", status: 400, code: "missing-filter"),
            Case(
                request: "DELETE /v1/urls?url=http://a.example/&origin=http://a.example", status: 400,
                code: "missing-filter"),
            Case(request: "DELETE /v1/urls?origin=http://a.example", status: 200),
            Case(request: "POST /v1/urls/revive", status: 400, code: "missing-filter"),
            Case(request: "POST /v1/urls/revive?origin=https://broken.example", status: 409, code: "origin-broken"),
            Case(request: "POST /v1/urls/revive?url=http://a.example/", status: 200),
            Case(request: "POST /v1/urls/revive?incident=k3f9qz", status: 200),
            Case(request: "POST /v1/urls/revive?incident=k3f9", status: 400, code: "invalid-value"),
            Case(request: "POST /v1/urls/revive?cause=520", status: 200),
            Case(request: "POST /v1/urls/revive?cause=520&incident=k3f9qz", status: 400, code: "missing-filter"),
            Case(request: "DELETE /v1/urls?cause=520", status: 400, code: "unknown-field"),
            Case(request: "GET /v1/incidents?id=K3F9QZ", status: 200),
            Case(request: "GET /v1/incidents?id=K3F9QZ&open=true", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/incidents?id=", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/incidents?id=K3F9%20Q", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/incidents?open=true&cause=520", status: 200),
            Case(request: "GET /v1/alerts?open=true", status: 200),
            Case(request: "GET /v1/urls/revive?url=http://a.example/", status: 405, code: "method-not-allowed"),
            Case(request: "PUT /v1/urls", status: 405, code: "method-not-allowed"),
            Case(request: "GET /v1/incidents?open=true", status: 200),
            Case(request: "GET /v1/incidents?open=1", status: 400, code: "invalid-value"),
            Case(request: "GET /v1/sitemaps?open=true&limit=5&after=1", status: 200),
            Case(request: "GET /v1/sitemaps?url=http://a.example/", status: 400, code: "unknown-field"),
            Case(request: "GET /v1/alerts?limit=1", status: 200),
            Case(request: "GET /v1/status", status: 200),
            Case(request: "HEAD /v1/status", status: 200),
            Case(request: "HEAD /nonsense", status: 404),
            Case(request: "POST /v1/pause", status: 200),
            Case(request: "POST /v1/resume", status: 200),
            Case(request: "GET /healthz", status: 200),
            Case(request: "GET /", status: 404, code: "not-found"),
            Case(request: "GET /v1/urls/", status: 404, code: "not-found"),
            Case(request: "GET /../etc/passwd", status: 404, code: "not-found"),
        ]) func answers(_ example: Case) async throws {
            try await ServerFixture.run { server in
                _ = try await server.enqueue("text/plain", "http://a.example/\n")
                let parts = example.request.components(separatedBy: " ")
                let response = try await server.send(parts[0], parts[1])
                #expect(response.status == example.status)
                #expect(response.code == example.code)
                if parts[0] == "HEAD" { #expect(response.body.isEmpty) }
                if example.status >= 400 {
                    #expect(response.headers["content-type"] == "application/problem+json")
                    #expect(!String(decoding: response.body, as: UTF8.self).contains(#""title":"""#))
                }
            }
        }

        @Test func listPassesItsFiltersAndCursor() async throws {
            try await ServerFixture.run { server in
                await server.control.set(
                    rows: (0..<3).map {
                        URLRecord(url: "http://a.example/\($0)", origin: "http://a.example", state: "done")
                    })
                let response = try await server.send(
                    "GET", "/v1/urls?state=broken-origin&origin=http%3A%2F%2Fa.example&after=a%20b&limit=2")
                #expect(await server.control.lastList == ["broken-origin", "http://a.example", "a b", "2"])
                #expect(response.headers["crawld-next"] == "more")
                #expect(response.headers["content-type"] == "application/x-ndjson")
                let rows = try response.lines.map { try ControlJSON.decode(URLRecord.self, from: $0.utf8) }
                #expect(rows.map(\.url) == ["http://a.example/0", "http://a.example/1"])
                #expect(response.lines.first?.contains("\"due_at\":null") == true)
            }
        }

        @Test func pauseStatusAndHealth() async throws {
            try await ServerFixture.run { server in
                #expect(try await server.send("POST", Routes.pause).text == "{\"paused\":true}")
                let status = try await server.send("GET", Routes.status)
                #expect(try ControlJSON.decode(StatusReport.self, from: status.body).paused)
                #expect(try await server.send("POST", Routes.resume).text == "{\"paused\":false}")
                await server.control.set(healthy: false)
                let health = try await server.send("GET", Routes.healthz)
                #expect(health.status == 503)
                #expect(health.text == #"{"healthy":false,"reasons":["worker 0 has not come back"]}"#)
            }
        }

        @Test func incidentsAndAlertsAreRecords() async throws {
            try await ServerFixture.run { server in
                let incidents = try await server.send("GET", Routes.incidents)
                #expect(try ControlJSON.decode(IncidentRecord.self, from: incidents.body).cause == "520")
                let alerts = try await server.send("GET", Routes.alerts)
                let alert = try ControlJSON.decode(AlertRecord.self, from: alerts.body)
                #expect(alert.alert.id == "02")
                #expect(alert.deliveries.first?.sink == "log")
            }
        }

        @Test func explainGivesReasonsAndLedger() async throws {
            try await ServerFixture.run { server in
                _ = try await server.enqueue("text/plain", "http://a.example/\n")
                let reason = Explanation.Reason(rule: "storm", detail: "many sites", until: Timestamp.text(1000))
                await server.control.set(
                    because: [reason], ledger: LedgerRecord(scope: "origin", spent: 19, wasted: nil, saved: 5))
                let response = try await server.send("GET", "/v1/explain?url=http://a.example/")
                #expect(response.headers["content-type"] == "application/json")
                #expect(
                    response.text == #"""
                        {"asked_apart":null,"because":[{"detail":"many sites","rule":"storm","until":"1970-01-01T00:00:01.000Z"}],\#
                        "history":[],"incident":null,\#
                        "ledger":{"saved":5,"scope":"origin","spent":19,"wasted":null},\#
                        "next_attempt_at":null,"queue":null,"robots":null,"state":"scheduled","url":"http://a.example/"}
                        """#)
            }
        }

        @Test func explainOfAnUnknownURLSaysWhatToDo() async throws {
            try await ServerFixture.run { server in
                let response = try await server.send("GET", "/v1/explain?url=http://a.example/2")
                let problem = try ControlJSON.decode(Problem.self, from: response.body)
                #expect(problem.status == 404 && problem.code == "not-found")
                #expect(problem.detail == "this URL is not known")
                #expect(
                    problem.hint == "nobody enqueued it, or it was removed: crawlctl enqueue hands it over")
            }
        }

        @Test func metaComesBack() async throws {
            try await ServerFixture.run { server in
                _ = try await server.enqueue(
                    "application/json", "{\"url\":\"http://a.example/\",\"meta\":{\"a\":[1,null,true,\"é\",1.5]}}")
                let record = try await server.send("GET", "/v1/urls?url=http://a.example/")
                #expect(record.text.contains("\"meta\":{\"a\":[1,null,true,\"é\",1.5]}"))
            }
        }
    }
}
