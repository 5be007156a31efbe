import Dispatch
import Foundation
import Synchronization

/// The folder of one run and the processes started in it; both are gone after `remove`.
final class Workspace: Sendable {
    let path: String
    /// The daemon that is measured in it.
    let crawld: String
    private let children = Mutex<[ChildProcess]>([])

    /// In /var/tmp, which is on a disk: a frontier in memory would say nothing about commits.
    init(crawld: String) throws {
        self.crawld = crawld
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
