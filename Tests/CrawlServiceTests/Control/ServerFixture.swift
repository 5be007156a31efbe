import ControlAPI
import CrawlCore
import CrawlService
import Foundation
import Logging

/// The real server on a real socket in a directory of its own.
struct ServerFixture: Sendable {
    let path: String
    let control: MemoryControl

    static let refuseAll: Canonicalize = { _ in .failure(URLProblem(.invalidURL, "not canonical")) }

    static func directory() throws -> String {
        var template = Array("/tmp/crawld-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ClientError(description: "mkdtemp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func run(
        limits: ControlLimits = ControlLimits(), jsonRoom: ByteRoom? = nil, answerRoom: ByteRoom? = nil,
        canonicalize: @escaping Canonicalize = refuseAll,
        socket: (@Sendable (String) throws -> ControlSocket)? = nil,
        _ body: @escaping @Sendable (ServerFixture) async throws -> Void
    ) async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let fixture = ServerFixture(path: directory + "/s", control: MemoryControl())
        let listening = try socket?(fixture.path) ?? ControlSocket.open(path: fixture.path)
        let (started, signal) = AsyncStream<Void>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let server = ControlServer(
            control: fixture.control, socket: listening, canonicalize: canonicalize, limits: limits,
            jsonRoom: jsonRoom, answerRoom: answerRoom, logger: logger, onRunning: { signal.finish() })
        let task = Task { try await server.run() }
        for await _ in started {}
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(fixture))
        } catch {
            result = .failure(error)
        }
        task.cancel()
        try await task.value
        try result.get()
    }

    /// One request on a connection of its own.
    func send(
        _ method: String, _ target: String, type: String? = nil, _ body: String = "", headers: [String] = []
    ) async throws -> RawResponse {
        try await send(method, target, type: type, bytes: Array(body.utf8), headers: headers)
    }

    func send(
        _ method: String, _ target: String, type: String? = nil, bytes: [UInt8], headers: [String] = []
    ) async throws -> RawResponse {
        try await offPool {
            let client = try RawClient(path)
            defer { client.close() }
            var head = "\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            if let type { head += "Content-Type: \(type)\r\n" }
            for header in headers { head += header + "\r\n" }
            if !bytes.isEmpty { head += "Content-Length: \(bytes.count)\r\n" }
            client.send(Array((head + "\r\n").utf8) + bytes)
            return try client.response()
        }
    }

    func enqueue(_ type: String, _ body: String) async throws -> RawResponse {
        try await send("POST", Routes.urls, type: type, body)
    }
}
