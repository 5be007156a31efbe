package import ControlAPI
package import CurlKit
internal import Dispatch

/// The control socket of a real daemon as tests use it. May be used from any thread.
package struct DaemonAPI: Sendable {
    package struct Answer: Sendable {
        package var response: CurlClient.Response
        package var body: [UInt8]

        package var status: Int { response.status }
        package var text: String { String(decoding: body, as: UTF8.self) }

        package func decoded<T: Decodable>(_ type: T.Type) throws -> T { try ControlJSON.decode(type, from: body) }
    }

    /// An answer with another status than the one that was hoped for.
    package struct Refused: Error, CustomStringConvertible {
        package var status: Int
        package var text: String
        package var description: String { "\(status): \(text)" }
    }

    private static let queue = DispatchQueue(label: "crawld.testing.api", attributes: .concurrent)
    private let client: CurlClient

    package init(socketPath: String) {
        var options = EasyOptions()
        options.unixSocketPath = socketPath
        options.totalTimeoutMs = 60_000
        client = CurlClient(options: options)
    }

    /// Throws `CurlError` if no whole answer came.
    package func request(
        _ method: String, _ target: String, headers: [String] = [], body: CurlClient.Body = .none
    ) async throws -> Answer {
        var request = CurlClient.Request(url: "http://localhost" + target)
        request.method = method
        request.headers = headers + ["Expect:"]
        request.body = body
        return try await withCheckedThrowingContinuation { [client, request] continuation in
            Self.queue.async {
                continuation.resume(
                    with: Result {
                        let (response, body) = try client.send(request, limit: 64 << 20)
                        return Answer(response: response, body: body)
                    })
            }
        }
    }

    private func expect<T: Decodable>(
        _ type: T.Type, _ method: String, _ target: String, headers: [String] = [], body: CurlClient.Body = .none
    ) async throws -> T {
        let answer = try await request(method, target, headers: headers, body: body)
        guard answer.status == 200 else { throw Refused(status: answer.status, text: answer.text) }
        return try answer.decoded(type)
    }

    // MARK: Verbs

    /// One URL a line.
    package func enqueue(_ urls: [String]) async throws -> EnqueueAnswer {
        try await enqueue(text: urls.joined(separator: "\n"), as: ContentType.text)
    }

    package func enqueue(text: String, as type: String = ContentType.ndjson) async throws -> EnqueueAnswer {
        try await expect(
            EnqueueAnswer.self, "POST", Routes.urls, headers: ["Content-Type: \(type)"], body: .bytes(Array(text.utf8)))
    }

    package func record(_ url: String) async throws -> URLRecord {
        try await expect(URLRecord.self, "GET", "\(Routes.urls)?url=\(Self.encoded(url))")
    }

    package func origin(_ key: String) async throws -> OriginRecord {
        try await expect(OriginRecord.self, "GET", "\(Routes.origins)?origin=\(Self.encoded(key))")
    }

    package func revive(origin: String) async throws -> Int {
        try await expect(AffectedAnswer.self, "POST", "\(Routes.revive)?origin=\(Self.encoded(origin))").affected
    }

    package func remove(_ url: String) async throws -> Int {
        try await expect(AffectedAnswer.self, "DELETE", "\(Routes.urls)?url=\(Self.encoded(url))").affected
    }

    package func revive(_ url: String) async throws -> Int {
        try await expect(AffectedAnswer.self, "POST", "\(Routes.revive)?url=\(Self.encoded(url))").affected
    }

    package func status() async throws -> StatusReport { try await expect(StatusReport.self, "GET", Routes.status) }

    package func explain(_ url: String) async throws -> Explanation {
        try await expect(Explanation.self, "GET", "\(Routes.explain)?url=\(Self.encoded(url))")
    }

    package func isHealthy() async -> Bool { (try? await request("GET", Routes.healthz))?.status == 200 }

    /// All of them, page by page.
    package func records(_ query: String = "", limit: Int = Routes.maxLimit) async throws -> [URLRecord] {
        try await pages(URLRecord.self, Routes.urls, query, limit: limit)
    }

    package func incidents(_ query: String = "") async throws -> [IncidentRecord] {
        try await pages(IncidentRecord.self, Routes.incidents, query)
    }

    package func alerts() async throws -> [AlertRecord] { try await pages(AlertRecord.self, Routes.alerts, "") }

    package func sitemaps(_ query: String = "") async throws -> [SitemapRecord] {
        try await pages(SitemapRecord.self, Routes.sitemaps, query)
    }

    private func pages<T: Decodable>(
        _ type: T.Type, _ route: String, _ query: String, limit: Int = Routes.maxLimit
    ) async throws -> [T] {
        var rows: [T] = []
        var after: String?
        while true {
            let parts = [query, "limit=\(limit)", after.map { "after=\($0)" } ?? ""].filter { !$0.isEmpty }
            let answer = try await request("GET", "\(route)?\(parts.joined(separator: "&"))")
            guard answer.status == 200 else { throw Refused(status: answer.status, text: answer.text) }
            for line in answer.body.split(separator: UInt8(ascii: "\n")) {
                rows.append(try ControlJSON.decode(T.self, from: line))
            }
            after = answer.response.header(Routes.nextCursor.lowercased())
            if after == nil { return rows }
        }
    }

    package static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
