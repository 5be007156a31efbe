import ControlAPI
import CurlKit
import Foundation

/// The program `crawld`, as it was built beside these tests.
final class RealDaemon {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private let process: ChildProcess
    private let client: CurlClient

    /// Returns when it answers. `configuration` says all but the state directory and the socket.
    init(folder: String, configuration: String) throws {
        let socket = folder + "/control.sock"
        try configuration.write(toFile: folder + "/crawld.yaml", atomically: true, encoding: .utf8)
        process = try ChildProcess(
            try Self.program(),
            [
                "--config", folder + "/crawld.yaml", "--state-dir", folder + "/state", "--socket", socket,
                "--log-format", "text",
            ], output: folder + "/crawld.log")
        client = CurlClient(unixSocketPath: socket)
        _ = try Patience.wait(for: "crawld's socket", within: .seconds(30), pause: .milliseconds(20)) {
            guard process.isRunning else {
                let log = try? String(contentsOfFile: folder + "/crawld.log", encoding: .utf8)
                throw Refusal(description: "crawld does not start: \(log ?? "")")
            }
            return try? ask(Routes.healthz).body
        }
    }

    /// Returns the exit status.
    func stop() -> Int32 { process.stop() }

    func enqueue(text: String) throws -> EnqueueAnswer {
        var request = CurlClient.Request(url: "http://crawld" + Routes.urls)
        request.method = "POST"
        request.headers = ["Content-Type: \(ContentType.text)", "Expect:"]
        request.body = .bytes(Array(text.utf8))
        return try ControlJSON.decode(EnqueueAnswer.self, from: try send(request).body)
    }

    func status() throws -> StatusReport {
        try ControlJSON.decode(StatusReport.self, from: try ask(Routes.status).body)
    }

    /// `url` in canonical form.
    func show(_ url: String) throws -> URLRecord {
        try ControlJSON.decode(URLRecord.self, from: try ask("\(Routes.urls)?url=\(Self.inQuery(url))").body)
    }

    /// Every record of a list, page after page.
    func list<Record: Decodable>(_ path: String, of record: Record.Type, limit: Int = Routes.maxLimit) throws
        -> [Record]
    {
        var records: [Record] = []
        var cursor: String?
        repeat {
            let (next, body) = try ask("\(path)?limit=\(limit)" + (cursor.map { "&after=\(Self.inQuery($0))" } ?? ""))
            for line in body.split(separator: UInt8(ascii: "\n")) {
                records.append(try ControlJSON.decode(record, from: line))
            }
            cursor = next
        } while cursor != nil
        return records
    }

    private func ask(_ target: String) throws -> (next: String?, body: [UInt8]) {
        try send(CurlClient.Request(url: "http://crawld" + target))
    }

    private func send(_ request: CurlClient.Request) throws -> (next: String?, body: [UInt8]) {
        let (response, body) = try client.send(request)
        guard response.status == 200 else {
            throw Refusal(description: "\(request.url): \(response.status) \(String(decoding: body, as: UTF8.self))")
        }
        return (response.header(Routes.nextCursor.lowercased()), body)
    }

    private static func inQuery(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// The test bundle is an executable, and programs are linked into the same folder.
    private static func program() throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("crawld").path
        guard access(program, X_OK) == 0 else { throw Refusal(description: "\(program) is not built") }
        return program
    }
}
