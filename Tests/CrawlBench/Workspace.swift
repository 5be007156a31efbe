import Dispatch
import Foundation
import Synchronization

/// The folder of one run and the processes started in it; both are gone after `remove`.
final class Workspace: Sendable {
    let path: String
    /// The daemon that is measured in it.
    let crawld: String
    /// That daemon is of another build, to which this one is compared: it may lack what a part needs.
    let isBase: Bool
    /// nil = not found out yet.
    private let knowsNameServers = Mutex<Bool?>(nil)
    private let children = Mutex<[ChildProcess]>([])

    /// In /var/tmp, which is on a disk: a frontier in memory would say nothing about commits.
    init(crawld: String, isBase: Bool = false) throws {
        (self.crawld, self.isBase) = (crawld, isBase)
        var template = Array("/var/tmp/crawld-bench.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BenchFailure("no folder in /var/tmp: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The server's process may be another user's.
        chmod(path, 0o755)
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// A new, empty folder.
    func folder(_ name: String) throws -> String {
        let folder = file(name)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        return folder
    }

    func start(_ executable: String, _ arguments: [String], log: String) throws -> ChildProcess {
        let child = try ChildProcess(executable, arguments, log: log)
        children.withLock { $0.append(child) }
        return child
    }

    /// Whether the daemon can be told in its configuration which name servers to ask (`dns.servers`).
    func crawldKnowsNameServers() throws -> Bool {
        try knowsNameServers.withLock { known in
            if let known { return known }
            let config = file("name-servers.yaml")
            try "dns: {servers: [\"127.0.0.1:53\"]}\n".write(toFile: config, atomically: false, encoding: .utf8)
            let check = try start(crawld, ["--config", config, "--check-config"], log: file("name-servers.log"))
            let code = check.end()
            guard [0, Self.configurationFault].contains(code) else {
                throw BenchFailure("\(crawld) --check-config ended with \(code): \(check.lastWords)")
            }
            known = code == 0
            return code == 0
        }
    }

    /// crawld's exit code.
    private static let configurationFault: Int32 = 78

    /// Kills what still runs and empties the folder: a part that failed leaves nothing to those after it.
    func clear() {
        let left = children.withLock { children in
            defer { children = [] }
            return children
        }
        for child in left { child.kill() }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            try? FileManager.default.removeItem(atPath: file(name))
        }
    }

    /// Ends what still runs, removes the folder.
    func remove() {
        for child in children.withLock({ $0 }) { child.stop() }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// An interrupted run leaves nothing behind either.
    static func endOnSignals(_ workspaces: [Workspace]) -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                for workspace in workspaces { workspace.remove() }
                exit(128 + number)
            }
            source.activate()
            return source
        }
    }
}
