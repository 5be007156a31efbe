import CrawlTesting
import Foundation
import Testing

/// Debian's unbound or dnsmasq on a loopback port, which asks one other server for everything; ended with the object.
final class NameDaemon: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case unbound, dnsmasq
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder

    static func start(_ kind: Kind, asking upstream: Int) async throws -> NameDaemon {
        for _ in 1...5 {
            // Free a moment ago.
            let free = try await ScriptedNameServer.start { _ in .silence }
            await free.stop()
            let daemon = try NameDaemon(kind, port: free.port, upstream: upstream)
            let isDecided = await eventually(within: .seconds(20)) {
                if daemon.process.ending != nil { return true }
                return await RawQuestion.ask(RawQuestion.message("ready.example"), port: daemon.port) != nil
            }
            if isDecided, daemon.process.ending == nil { return daemon }
        }
        throw Failure(description: "\(kind.rawValue) does not start")
    }

    private init(_ kind: Kind, port: Int, upstream: Int) throws {
        let program = "/usr/sbin/\(kind.rawValue)"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Failure(description: "\(program) is needed: apt-get install unbound dnsmasq-base")
        }
        self.port = port
        folder = try TemporaryFolder()
        let path = folder.file("conf")
        let text =
            kind == .unbound ? Self.unbound(port, upstream, folder.path) : Self.dnsmasq(port, upstream, folder.path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        process = try ChildProcess(
            ChildProcess.Command(program, kind == .unbound ? ["-d", "-c", path] : ["-k", "-C", path]))
    }

    func stop() async {
        process.signal(SIGKILL)
        _ = await process.ended(within: .seconds(30))
    }

    private static func unbound(_ port: Int, _ upstream: Int, _ folder: String) -> String {
        """
        server:
            interface: 127.0.0.1
            port: \(port)
            do-ip6: no
            do-daemonize: no
            username: ""
            chroot: ""
            directory: "\(folder)"
            pidfile: ""
            use-syslog: no
            logfile: ""
            module-config: "iterator"
            do-not-query-localhost: no
            access-control: 127.0.0.0/8 allow
        remote-control:
            control-enable: no
        forward-zone:
            name: "."
            forward-addr: 127.0.0.1@\(upstream)

        """
    }

    private static func dnsmasq(_ port: Int, _ upstream: Int, _ folder: String) -> String {
        """
        port=\(port)
        listen-address=127.0.0.1
        bind-interfaces
        no-resolv
        no-hosts
        no-poll
        pid-file=\(folder)/pid
        server=127.0.0.1#\(upstream)
        \(geteuid() == 0 ? "user=root" : "")

        """
    }
}
