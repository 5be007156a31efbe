import ControlAPI
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    @Suite(.timeLimit(.minutes(1))) struct ConnectionLimitTests {
        struct Stall: Sendable, CustomTestStringConvertible {
            var name: String
            var sent: String
            /// What the client is told; nil = the connection just ends.
            var status: Int?
            var testDescription: String { name }
        }

        static var short: ControlLimits {
            var limits = ControlLimits()
            limits.headTimeout = .milliseconds(100)
            limits.readTimeout = .milliseconds(150)
            limits.writeTimeout = .milliseconds(150)
            limits.linger = .milliseconds(100)
            return limits
        }

        @Test(arguments: [
            Stall(name: "nothing", sent: "", status: 408),
            Stall(name: "a byte of a head", sent: "G", status: 408),
            Stall(name: "half a head", sent: "GET /healthz HTTP/1.1\r\nHost", status: 408),
            Stall(
                name: "half a body",
                sent: "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nx",
                status: 408),
            Stall(
                name: "half a body after an early answer",
                sent: "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", status: 415),
            Stall(name: "between two requests", sent: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", status: 200),
        ]) func stalledClient(_ stall: Stall) async throws {
            try await ServerFixture.run(limits: Self.short) { server in
                let bytes = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send(stall.sent)
                    return client.readToEnd()
                }
                #expect(RawResponse(try #require(bytes))?.status == stall.status)
            }
        }

        @Test func clientThatDoesNotReadIsCut() async throws {
            try await ServerFixture.run(limits: Self.short) { server in
                await server.control.set(
                    rows: (0..<1000).map { i in
                        URLRecord(
                            url: "http://a.example/\(i)/" + String(repeating: "x", count: 8000), origin: "",
                            state: "done")
                    })
                let received = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send("GET /v1/urls?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
                    // The other end's going away shows as a hang-up without reading a byte.
                    var poller = pollfd(fd: client.descriptor, events: 0, revents: 0)
                    let gone = poll(&poller, 1, 20_000)
                    return (gone, client.readToEnd()?.count ?? .max)
                }
                #expect(received.0 == 1)
                #expect(received.1 < 8_000_000)
            }
        }

        @Test func slowReaderThatReadsIsServed() async throws {
            try await ServerFixture.run { server in
                await server.control.set(
                    rows: (0..<1000).map { URLRecord(url: "http://a.example/\($0)", origin: "", state: "done") })
                let response = try await server.send("GET", "/v1/urls?limit=1000")
                #expect(response.lines.count == 1000)
            }
        }

        @Test func tooManyConnections() async throws {
            var limits = ControlLimits()
            limits.connections = 3
            try await ServerFixture.run(limits: limits) { server in
                try await offPool {
                    let open = try (0..<3).map { _ in try RawClient(server.path) }
                    for client in open {
                        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                        _ = client.read { $0.last == UInt8(ascii: "}") }
                    }
                    let further = try RawClient(server.path)
                    let response = try further.response()
                    #expect(response.status == 503)
                    #expect(response.code == "too-many-connections")
                    further.close()
                    for client in open { client.close() }
                }
            }
        }

        @Test func headTooLarge() async throws {
            try await ServerFixture.run { server in
                let response = try await server.send(
                    "GET", "/healthz", headers: ["X-A: " + String(repeating: "a", count: 40_000)])
                #expect(response.status == 431)
                #expect(response.code == "head-too-large")
                #expect(try await server.send("GET", "/healthz", headers: ["X-A: a"]).status == 200)
            }
        }

        @Test func noRequest() async throws {
            try await ServerFixture.run { server in
                let response = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send("\u{16}\u{03}\u{01}nonsense\r\n\r\n")
                    return try client.response()
                }
                #expect(response.status == 400)
                #expect(response.headers["content-type"] == "application/problem+json")
            }
        }

        @Test func requestsFollowOneAnother() async throws {
            try await ServerFixture.run { server in
                let bytes = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send(String(repeating: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", count: 3))
                    client.endInput()
                    return client.readToEnd()
                }
                let text = String(decoding: try #require(bytes), as: UTF8.self)
                #expect(text.components(separatedBy: "HTTP/1.1 200").count == 4)
            }
        }

        @Test func bodyAfterAnEarlyAnswerIsNotReadForEver() async throws {
            var limits = ControlLimits()
            limits.discard = 1 << 20
            limits.linger = .milliseconds(100)
            try await ServerFixture.run(limits: limits) { server in
                let (accepted, bytes) = try await offPool {
                    let client = try RawClient(server.path)
                    defer { client.close() }
                    client.send("POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
                    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
                    var sent = 0
                    while sent < 64 << 30, client.send(piece) { sent += piece.count }
                    return (sent, client.readToEnd())
                }
                #expect(accepted < 64 << 30)
                #expect(RawResponse(try #require(bytes))?.status == 415)
            }
        }
    }
}
