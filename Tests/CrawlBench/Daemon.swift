import ControlAPI
import CurlKit
import Foundation

/// crawld from the same build as a child, with a state of its own, spoken to through its control socket.
struct Daemon {
    private let process: ChildProcess
    private let client: CurlClient
    private let state: String

    /// What the daemon is told, no crawl delay besides.
    struct Settings {
        /// Requests at a time, in all and per origin.
        var inFlight: Int
        var perOrigin = 1
        /// At a time at an address; nil = as many as per origin.
        var perAddress: Int?
        var obeysRobots = false
        /// On the loopback, asked for names; nil = there are none.
        var nameServerPort: Int?
    }

    /// Starts it and waits until it answers.
    init(in workspace: Workspace, name: String, _ settings: Settings) throws {
        let state = try workspace.folder(name)
        let config = state + "/crawld.yaml"
        try Self.config(settings, state).write(toFile: config, atomically: false, encoding: .utf8)
        try self.init(in: workspace, state: state, config: config)
    }

    private init(in workspace: Workspace, state: String, config: String) throws {
        self.state = state
        client = CurlClient(unixSocketPath: state + "/control.sock")
        process = try workspace.start(workspace.crawld, ["--config", config], log: state + "/log")
        for _ in 0..<20_000 {
            if (try? status()) != nil { return }
            guard process.isRunning else { break }
            usleep(1000)
        }
        throw BenchFailure("crawld does not answer: \(process.lastWords)")
    }

    init(in workspace: Workspace, name: String, inFlight: Int, perOrigin: Int) throws {
        try self.init(in: workspace, name: name, Settings(inFlight: inFlight, perOrigin: perOrigin))
    }

    private static func config(_ settings: Settings, _ state: String) -> String {
        """
        daemon:
          state_dir: \(state)/state
        control:
          socket: \(state)/control.sock
          mode: "0600"
          group: ""
        fetch:
          max_in_flight: \(settings.inFlight)
          allow_addresses: ["127.0.0.0/8"]
        politeness:
          per_origin_in_flight: \(settings.perOrigin)
          per_address_in_flight: \(settings.perAddress ?? settings.perOrigin)
          crawl_delay: 0s
        robots:
          obey: \(settings.obeysRobots)
        \(settings.nameServerPort.map { "dns: {servers: [\"127.0.0.1:\($0)\"]}" } ?? "")

        """
    }

    /// Kills it, and starts another with the same state; returns that one and what it took until that answered.
    func killed(in workspace: Workspace) throws -> (daemon: Daemon, took: Duration) {
        process.kill()
        let began = ContinuousClock.now
        let next = try Daemon(in: workspace, state: state, config: state + "/crawld.yaml")
        return (next, ContinuousClock.now - began)
    }

    var databasePath: String { state + "/state/frontier.sqlite" }
    var threads: Int { process.threads }
    var wakeUps: [String: Int] { process.wakeUps }
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
