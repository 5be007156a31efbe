import ControlAPI
import CurlKit
import Foundation

/// crawld of a workspace as a child, with a state of its own, spoken to through its control socket.
struct Daemon {
    private let process: ChildProcess
    private let client: CurlClient
    private let state: String
    private let command: Command

    /// What the daemon is told, no crawl delay besides.
    struct Settings {
        /// Requests at a time, in all and per origin.
        var inFlight: Int
        var perOrigin = 1
        /// At a time at an address; nil = as many as per origin.
        var perAddress: Int?
        var obeysRobots = false
        /// nil = as it comes, for a daemon that may know of no results.
        var keepsResults: Bool?
        /// Asked for names; nil = there are none.
        var nameServer: NameServer?
    }

    private struct Command {
        var program: String
        var arguments: [String]
    }

    /// Starts it and waits until it answers.
    init(in workspace: Workspace, name: String, _ settings: Settings) throws {
        let state = try workspace.folder(name)
        let config = state + "/crawld.yaml"
        var text = Self.config(settings, state)
        if let keeps = settings.keepsResults { text += "output: {results: {max_rows: \(keeps ? 10_000_000 : 0)}}\n" }
        var command = Command(program: workspace.crawld, arguments: ["--config", config])
        if let nameServer = settings.nameServer {
            if try workspace.crawldKnowsNameServers() {
                text += "dns: {servers: [\"127.0.0.1:\(nameServer.port)\"]}\n"
            } else {
                try nameServer.answerAsSystems()
                command = try Self.apart(command, state)
            }
        }
        try text.write(toFile: config, atomically: false, encoding: .utf8)
        try self.init(in: workspace, state: state, command: command)
    }

    private init(in workspace: Workspace, state: String, command: Command) throws {
        (self.state, self.command) = (state, command)
        client = CurlClient(unixSocketPath: state + "/control.sock")
        process = try workspace.start(command.program, command.arguments, log: state + "/log")
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

        """
    }

    /// In namespaces of its own, in which the system's resolver asks the bench's name server: for a daemon that cannot be
    /// told of it. Nothing of the machine changes, and nothing is left when the daemon has ended.
    private static func apart(_ command: Command, _ state: String) throws -> Command {
        let (resolver, order) = (state + "/resolv.conf", state + "/nsswitch.conf")
        try "nameserver \(NameServer.systemAddress)\n".write(toFile: resolver, atomically: false, encoding: .utf8)
        try "hosts: dns\n".write(toFile: order, atomically: false, encoding: .utf8)
        // A machine whose name has a domain asks once more, in that domain, for each name that is not known.
        let script = """
            { echo bench >/proc/sys/kernel/hostname; } 2>/dev/null
            mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"
            """
        return Command(
            program: "/usr/bin/unshare",
            arguments: ["--mount", "--uts", "sh", "-c", script, "sh", resolver, order, command.program]
                + command.arguments)
    }

    /// Kills it, and starts another with the same state; returns that one and what it took until that answered.
    func killed(in workspace: Workspace) throws -> (daemon: Daemon, took: Duration) {
        process.kill()
        let began = ContinuousClock.now
        let next = try Daemon(in: workspace, state: state, command: command)
        return (next, ContinuousClock.now - began)
    }

    var databasePath: String { state + "/state/frontier.sqlite" }
    var threads: Int { process.threads }
    var wakeUps: [String: Int] { process.wakeUps }
    var memory: (now: Int, peak: Int) { process.memory }
    var cpuMicroseconds: Double { process.cpuMicroseconds }

    /// Ends it cleanly; returns the bytes of its database, the log folded in. Its files are removed, once `look` had the
    /// database's path.
    func stop(_ look: (_ database: String) throws -> Void = { _ in }) throws -> Int {
        process.stop()
        let attributes = try FileManager.default.attributesOfItem(atPath: databasePath)
        try look(databasePath)
        try FileManager.default.removeItem(atPath: state)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    /// Kills it; its files are removed.
    func discard() throws {
        process.kill()
        try FileManager.default.removeItem(atPath: state)
    }

    func status() throws -> DaemonStatus {
        try ControlJSON.decode(DaemonStatus.self, from: try send("GET", Routes.status))
    }

    var feed: FeedReading { FeedReading(client: client) }

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
