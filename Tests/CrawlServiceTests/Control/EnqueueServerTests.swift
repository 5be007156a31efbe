import ControlAPI
import CrawlCore
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    @Suite(.timeLimit(.minutes(2))) struct EnqueueServerTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var type: String
            var body: String
            var new = 0
            var known = 0
            /// Of each problem: its line and code.
            var problems: [String] = []
            var testDescription: String { name }
        }

        static let cases = [
            Case(name: "text", type: "text/plain", body: "http://a.example/1\nhttp://a.example/2\n", new: 2),
            Case(name: "no newline at the end", type: "text/plain; charset=utf-8", body: "http://a.example/1", new: 1),
            Case(
                name: "blank lines and CR", type: "text/plain",
                body: "\r\nhttp://a.example/1\r\n\n  http://a.example/2 \n",
                new: 2),
            Case(name: "twice", type: "text/plain", body: "http://a.example/1\nhttp://a.example/1\n", new: 1, known: 1),
            Case(name: "empty", type: "text/plain", body: ""),
            Case(name: "byte-order mark", type: "text/plain", body: "\u{FEFF}http://a.example/1\n", new: 1),
            Case(
                name: "byte-order mark, ndjson", type: "application/x-ndjson",
                body: "\u{FEFF}{\"url\":\"http://a.example/1\"}\n{\"url\":\"http://a.example/2\"}\n", new: 2),
            Case(
                name: "byte-order mark and a blank line, ndjson", type: "application/x-ndjson",
                body: "\u{FEFF}\r\n{\"url\":\"http://a.example/1\"}", new: 1),
            Case(
                name: "byte-order mark further on", type: "application/x-ndjson",
                body: "{\"url\":\"http://a.example/1\"}\n\u{FEFF}{\"url\":\"http://a.example/2\"}\n", new: 1,
                problems: ["2 bad-json"]),
            Case(
                name: "byte-order mark, json object", type: "application/json",
                body: "\u{FEFF}{\"url\":\"http://a.example/1\"}", new: 1),
            Case(
                name: "byte-order mark, json array", type: "application/json",
                body: "\u{FEFF} [{\"url\":\"http://a.example/1\"},7,{\"url\":\"http://a.example/2\"}]", new: 2,
                problems: ["2 wrong-type"]),
            Case(
                name: "not canonical", type: "text/plain", body: "http://a.example/1\nfoo\n\nHTTP://b/\n", new: 1,
                problems: ["2 invalid-url", "4 invalid-url"]),
            Case(
                name: "glued", type: "text/plain", body: "http://a.example/1http://a.example/2",
                problems: ["1 invalid-url"]),
            Case(
                name: "one URL in another, with newline", type: "text/plain",
                body: "http://a.example/http://b.example/\n",
                new: 1),
            Case(
                name: "ndjson", type: "application/x-ndjson",
                body: """
                    {"url":"http://a.example/1","priority":5,"due_at":"2026-01-01T00:00:00Z","recrawl":"7d"}

                    {"url":"http://a.example/\\u0032","meta":{"k":[1,2]},"force":true,"recrawl":"never"}
                    """, new: 2),
            Case(
                name: "ndjson faults", type: "application/x-ndjson",
                body: """
                    {"url":"http://a.example/1","prio":5}
                    {"url":7}
                    {"url":"http://a.example/1",}
                    {"url":"http://a.example/1","priority":"5"}
                    {"url":"http://a.example/1","priority":101}
                    {"priority":1}
                    []
                    {"url":"http://a.example/1","url":"http://a.example/2"}
                    {"url":"http://a.example/1","recrawl":"often"}
                    {"url":"http://a.example/1","due_at":"tomorrow"}
                    {"url":"x"}
                    """,
                problems: [
                    "1 unknown-field", "2 wrong-type", "3 bad-json", "4 wrong-type", "5 invalid-value",
                    "6 missing-field",
                    "7 wrong-type", "8 bad-json", "9 invalid-value", "10 invalid-value", "11 invalid-url",
                ]),
            Case(
                name: "sitemaps", type: "application/x-ndjson",
                body: """
                    {"sitemap":"http://a.example/s.xml","priority":5}
                    {"sitemap":"http://a.example/s.xml","url":"http://a.example/"}
                    {"url":"http://a.example/","sitemap":"http://a.example/s.xml"}
                    {"sitemap":["http://a.example/s.xml"]}
                    {"sitemap":"s.xml"}
                    """, new: 1,
                problems: ["2 invalid-value", "3 invalid-value", "4 wrong-type", "5 invalid-url"]),
            Case(name: "json object", type: "application/json", body: " {\"url\":\"http://a.example/1\"} ", new: 1),
            Case(
                name: "json array", type: "application/json",
                body: "[{\"url\":\"http://a.example/1\"}, 7 ,{\"url\":\"http://a.example/2\"},{\"x\":1}]", new: 2,
                problems: ["2 wrong-type", "4 unknown-field"]),
            Case(name: "empty array", type: "application/json", body: "[]"),
        ]

        @Test(arguments: cases) func lines(_ example: Case) async throws {
            try await ServerFixture.run { server in
                let response = try await server.enqueue(example.type, example.body)
                #expect(response.status == 200)
                let answer = try ControlJSON.decode(EnqueueAnswer.self, from: response.body)
                #expect(answer.new == example.new)
                #expect(answer.known == example.known)
                #expect(answer.rejected == example.problems.count)
                #expect(answer.problems.map { "\($0.line) \($0.code)" } == example.problems)
            }
        }

        @Test func optionsArrive() async throws {
            try await ServerFixture.run { server in
                _ = try await server.enqueue(
                    "application/x-ndjson",
                    "{\"url\":\"http://a.example/\",\"priority\":-100,\"due_at\":\"1970-01-01T00:00:01Z\","
                        + "\"recrawl\":\"12h\",\"meta\":{ \"k\": 1.50 },\"force\":true}\n{\"url\":\"http://b.example/\"}"
                )
                let options = await server.control.urls["http://a.example/"]
                #expect(options?.priority == -100)
                #expect(options?.dueAt == Instant(ms: 1000))
                #expect(options?.recrawl == .every(.seconds(43_200)))
                #expect(options?.meta == "{ \"k\": 1.50 }")
                #expect(options?.force == true)
                #expect(await server.control.urls["http://b.example/"] == EnqueueOptions())
                _ = try await server.enqueue("application/json", "{\"sitemap\":\"http://c.example/\",\"priority\":7}")
                let sitemap = await server.control.urls["http://c.example/"]
                #expect(sitemap?.isSitemap == true)
                #expect(sitemap?.priority == 7)
            }
        }

        @Test func adaptiveRecrawlsArrive() async throws {
            try await ServerFixture.run { server in
                let response = try await server.enqueue(
                    "application/json",
                    #"[{"url":"http://a.example/","recrawl":"adaptive"},{"url":"http://b.example/","recrawl":"adaptive 36h"}]"#
                )
                #expect(response.status == 200)
                #expect(await server.control.urls["http://a.example/"]?.recrawl == .adaptive(nil))
                #expect(await server.control.urls["http://b.example/"]?.recrawl == .adaptive(.seconds(129_600)))
            }
        }

        @Test func gluedLinesGetTheHint() async throws {
            try await ServerFixture.run { server in
                let long = (0..<5000).map { "https://a.example/page/\($0)" }.joined()
                for (type, body) in [
                    ("text/plain", "http://a.example/1http://a.example/2"), ("text/plain", long),
                    ("application/x-ndjson", "{\"url\":\"http://a.example/1\"}{\"url\":\"http://a.example/2\"}"),
                ] {
                    let response = try await server.enqueue(type, body)
                    let answer = try ControlJSON.decode(EnqueueAnswer.self, from: response.body)
                    #expect(answer.rejected == 1)
                    #expect(answer.problems.first?.detail.contains("use --data-binary") == true)
                }
                let form = try await server.enqueue("application/x-www-form-urlencoded", "http://a.example/1")
                #expect(form.status == 415)
                #expect(form.text.contains("use --data-binary"))
            }
        }

        struct Refusal: Sendable, CustomTestStringConvertible {
            var name: String
            var type: String
            var body: String
            var status: Int
            var code: String
            var testDescription: String { name }
        }

        @Test(arguments: [
            Refusal(
                name: "unknown field", type: "application/json", body: "{\"x\":1}", status: 400, code: "unknown-field"),
            Refusal(name: "no JSON", type: "application/json", body: "[{\"url\":1}", status: 400, code: "bad-json"),
            Refusal(name: "empty", type: "application/json", body: " ", status: 400, code: "bad-json"),
            Refusal(name: "a number", type: "application/json", body: "7", status: 400, code: "wrong-type"),
            Refusal(
                name: "bad URL", type: "application/json", body: "{\"url\":\"x\"}", status: 400, code: "invalid-url"),
            Refusal(name: "XML", type: "text/xml", body: "<a/>", status: 415, code: "unsupported-media-type"),
        ]) func wholeBodyRefused(_ example: Refusal) async throws {
            try await ServerFixture.run { server in
                let response = try await server.enqueue(example.type, example.body)
                #expect(response.status == example.status)
                #expect(response.code == example.code)
                #expect(response.headers["content-type"] == "application/problem+json")
            }
        }

        @Test func invalidUTF8() async throws {
            try await ServerFixture.run { server in
                let url = Array("http://a.example/".utf8)
                let text = try await server.send("POST", Routes.urls, type: "text/plain", bytes: url + [0xFF, 0x0A])
                #expect(text.text.contains("invalid-url"))
                let object = Array("{\"url\":\"".utf8) + url + [0xC0, 0x80] + Array("\"}\n".utf8)
                let json = try await server.send("POST", Routes.urls, type: "application/x-ndjson", bytes: object)
                #expect(json.text.contains("bad-json"))
            }
        }

        @Test func longLinesAndLongURLs() async throws {
            try await ServerFixture.run { server in
                let long = "http://a.example/" + String(repeating: "x", count: 70_000)
                let url = "http://a.example/" + String(repeating: "y", count: 8192)
                let response = try await server.enqueue(
                    "text/plain", "http://a.example/1\n\(long)\n\(url)\nhttp://a.example/2")
                let answer = try ControlJSON.decode(EnqueueAnswer.self, from: response.body)
                #expect(answer.new == 2)
                #expect(answer.problems.map { "\($0.line) \($0.code)" } == ["2 too-long", "3 too-long"])
                #expect(answer.problems.allSatisfy { $0.url?.utf8.count == 256 })
            }
        }

        @Test func jsonBodyTooLarge() async throws {
            var limits = ControlLimits()
            limits.jsonBody = 1000
            try await ServerFixture.run(limits: limits) { server in
                let response = try await server.enqueue(
                    "application/json", "[" + String(repeating: " ", count: 5000) + "]")
                #expect(response.status == 413)
                #expect(response.code == "too-large")
            }
        }

        @Test func onlyAHundredProblemsAreKept() async throws {
            try await ServerFixture.run { server in
                let response = try await server.enqueue("text/plain", String(repeating: "nonsense\n", count: 250))
                let answer = try ControlJSON.decode(EnqueueAnswer.self, from: response.body)
                #expect(answer.rejected == 250)
                #expect(answer.problems.count == 100)
                #expect(await server.control.batches.isEmpty)
            }
        }

        @Test func manyLinesStreamInBatches() async throws {
            var limits = ControlLimits()
            limits.growingUploads = 0
            try await ServerFixture.run(limits: limits) { server in
                let response = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send(
                        "POST /v1/urls HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    var body: [UInt8] = []
                    for i in 0..<200_000 { body += Array("http://h\(i % 1000).example/page/\(i)\n".utf8) }
                    var start = 0
                    var size = 1
                    while start < body.count {
                        let end = min(start + size, body.count)
                        client.send(Array("\(String(end - start, radix: 16))\r\n".utf8) + body[start..<end] + [13, 10])
                        start = end
                        size = size * 7 % 99_991 + 1
                    }
                    client.send("0\r\n\r\n")
                    return try client.response()
                }
                let answer = try ControlJSON.decode(EnqueueAnswer.self, from: response.body)
                #expect(answer == EnqueueAnswer(new: 200_000))
                #expect(await server.control.urls.count == 200_000)
                #expect(await server.control.batches == [50_000, 50_000, 50_000, 50_000])
                #expect(await !server.control.sawOverlap)
            }
        }

        @Test("while the store is busy the next batch grows, up to four times the size of others")
        func batchesGrow() async throws {
            var limits = ControlLimits()
            limits.batchEntries = 10
            let (read, signal) = AsyncStream<Void>.makeStream()
            let canonicalize: Canonicalize = { _ in
                signal.finish()
                return .failure(URLProblem(.invalidURL, "not canonical"))
            }
            try await ServerFixture.run(limits: limits, canonicalize: canonicalize) { server in
                await server.control.hold()
                let lines = (0..<200).map { "http://a.example/\($0)\n" + ($0 == 45 ? "nonsense\n" : "") }.joined()
                async let response = server.enqueue("text/plain", lines)
                for await _ in read {}  // the line that tells is read while the first batch waits
                await server.control.release()
                let new = try await response.json["new"] as? Int
                #expect(new == 200)
                let batches = await server.control.batches
                #expect(batches[0] == 10 && batches[1] > 30, "\(batches)")
                let all = batches.reduce(0, +)
                #expect(all == 200 && batches.max() ?? 0 <= 40, "\(batches)")
                #expect(await !server.control.sawOverlap)
            }
        }

        @Test func failureInMidBodySaysWhatWasStored() async throws {
            var limits = ControlLimits()
            limits.batchEntries = 10
            limits.growingUploads = 0
            try await ServerFixture.run(limits: limits) { server in
                await server.control.fail(batch: 3, with: .storageFull("the disk is full"))
                let body = (0..<100).map { "http://a.example/\($0)\n" + ($0 == 5 ? "bad\n" : "") }.joined()
                let response = try await server.enqueue("text/plain", body)
                #expect(response.status == 507)
                #expect(response.code == "storage-full")
                #expect(response.headers["retry-after"] == "60")
                #expect(response.json["new"] as? Int == 20)
                #expect(response.json["known"] as? Int == 0)
                #expect(response.json["rejected"] as? Int == 1)
            }
        }

        @Test func endlessLineTakesNoMemory() async throws {
            try await ServerFixture.run { server in
                let before = residentBytes()
                try await offPool {
                    let client = try RawClient(server.path)
                    client.send(
                        "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\n"
                    )
                    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
                    for _ in 0..<128 { client.send(piece) }
                    client.close()
                }
                #expect(residentBytes() - before < 48 << 20)
                #expect(try await server.send("GET", Routes.healthz).status == 200)
                #expect(await server.control.urls.isEmpty)
            }
        }

        @Test func bodyThatIsCutStoresNoHalfLine() async throws {
            try await ServerFixture.run { server in
                let response = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send(
                        "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
                            + "http://a.example/1\nhttp://a.exam")
                    client.endInput()
                    return try client.response()
                }
                #expect(response.status == 400)
                #expect(await server.control.urls.isEmpty)
            }
        }

        @Test func waitingBodyIsAskedFor() async throws {
            try await ServerFixture.run { server in
                let response = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send(
                        "POST /v1/urls HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                            + "Expect: 100-continue\r\nContent-Length: 19\r\n\r\n")
                    let go = client.read { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
                    #expect(String(decoding: go, as: UTF8.self).hasPrefix("HTTP/1.1 100"))
                    client.send("http://a.example/1\n")
                    return try client.response()
                }
                #expect(response.status == 200)
                #expect(response.json["new"] as? Int == 1)
            }
        }
    }
}

func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}
