import ControlAPI
import CurlKit
import Foundation

/// crawld from the same build as a child, with a state of its own, spoken to through its control socket.
struct Daemon {
    private let process: ChildProcess
    private let client: CurlClient
    private let state: String

    /// Starts it and waits until it answers. `politeness`: requests in flight, in all and per origin; no delay.
    init(in workspace: Workspace, name: String, inFlight: Int, perOrigin: Int) throws {
        state = try workspace.folder(name)
        let socket = state + "/control.sock"
        let config = state + "/crawld.yaml"
        try """
        daemon:
          state_dir: \(state)/state
        control:
          socket: \(socket)
          mode: "0600"
          group: ""
        fetch:
          max_in_flight: \(inFlight)
          allow_addresses: ["127.0.0.0/8"]
        politeness:
          per_origin_in_flight: \(perOrigin)
          per_address_in_flight: \(perOrigin)
          crawl_delay: 0s
        robots:
          obey: false

        """.write(toFile: config, atomically: false, encoding: .utf8)
        client = CurlClient(unixSocketPath: socket)
        process = try workspace.start(Self.executable, ["--config", config], log: state + "/log")
        for _ in 0..<400 {
            if (try? status()) != nil { return }
            guard process.isRunning else { break }
            usleep(25_000)
        }
        throw BenchFailure("crawld does not answer: \(process.lastWords)")
    }

    /// Beside this program.
    private static var executable: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/crawld"
    }

    var memory: (now: Int, peak: Int) { process.memory }
    var cpuMicroseconds: Double { process.cpuMicroseconds }

    /// Ends it cleanly; returns the bytes of its database, the log folded in. Its files are removed.
    func stop() throws -> Int {
        process.stop()
        let attributes = try FileManager.default.attributesOfItem(atPath: state + "/state/frontier.sqlite")
        try FileManager.default.removeItem(atPath: state)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    func status() throws -> StatusReport {
        try ControlJSON.decode(StatusReport.self, from: try send("GET", Routes.status))
    }

    func setPaused(_ paused: Bool) throws { _ = try send("POST", paused ? Routes.pause : Routes.resume) }

    func enqueue(_ body: [UInt8], as type: String = ContentType.text) throws -> EnqueueAnswer {
        try ControlJSON.decode(
            EnqueueAnswer.self,
            from: try send("POST", Routes.urls, headers: ["Content-Type: \(type)"], body: .bytes(body)))
    }

    /// Removes the whole origin; returns how many URLs that were.
    func remove(origin: [UInt8]) throws -> Int {
        let path = "\(Routes.urls)?origin=\(String(decoding: origin, as: UTF8.self))"
        return try ControlJSON.decode(AffectedAnswer.self, from: try send("DELETE", path)).affected
    }

    /// Removes one URL; returns how many that were.
    func remove(url: [UInt8]) throws -> Int {
        let path = "\(Routes.urls)?url=\(String(decoding: url, as: UTF8.self))"
        return try ControlJSON.decode(AffectedAnswer.self, from: try send("DELETE", path)).affected
    }

    private func send(
        _ method: String, _ path: String, headers: [String] = [], body: CurlClient.Body = .none
    ) throws -> [UInt8] {
        var request = CurlClient.Request(url: "http://crawld" + path)
        request.method = method
        request.headers = headers
        request.body = body
        let answer = try client.send(request)
        guard answer.response.status == 200 else {
            throw BenchFailure(
                "\(method) \(path): \(answer.response.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body
    }
}
