internal import CSpawn
internal import Glibc

/// A network of a test's own in which every address there is, public ones too, leads to the servers in it: whatever a
/// daemon on it connects to is seen, and nothing leaves the machine. A network namespace with a local route to all of
/// IPv4 and IPv6; gone with the object and the processes in it.
package final class NetworkIsland: Sendable {
    /// True if this machine lets a test make one: root, namespaces, `ip`, and IPv6.
    package static let isPossible: Bool = (try? NetworkIsland()) != nil

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// `CLONE_NEWNET`, a macro that Swift's Glibc module lacks.
    private static let newNetwork: CInt = 0x4000_0000
    private let descriptor: CInt

    package init() throws {
        descriptor = try Self.onThread {
            guard unshare(Self.newNetwork) == 0 else { throw Failure(call: "unshare", code: errno) }
            try Self.shell(
                "ip link set lo up && ip route add local 0.0.0.0/0 dev lo && ip -6 route add local ::/0 dev lo")
            let descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Failure(call: "open ns/net", code: errno) }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    /// Runs `body` on a thread in this network: sockets that it makes and processes that it starts stay there.
    package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
        try Self.onThread { [descriptor] in
            guard setns(descriptor, Self.newNetwork) == 0 else { throw Failure(call: "setns", code: errno) }
            return try body()
        }
    }

    /// Runs a command of the shell, as `ip`, in this network.
    package func shell(_ command: String) throws { try run { try Self.shell(command) } }

    /// The child is in the thread's network.
    private static func shell(_ text: String) throws {
        var command = ChildProcess.Command("/bin/sh", ["-ec", text])
        command.environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let child = try ChildProcess(command)
        while child.ending == nil { usleep(1000) }
        guard child.ending == .exited(0) else { throw Failure(call: "\(text): \(child.output.text)", code: 0) }
    }

    /// A daemon in this network that asks `nameServer` for all names. `environment` is added to its own.
    package func start(
        _ home: DaemonHome, nameServer: NameServer, environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        let (resolver, order) = (home.folder.file("resolv.conf"), home.folder.file("nsswitch.conf"))
        try home.write("nameserver \(NameServer.address)\noptions timeout:5 attempts:2\n", to: resolver)
        try home.write("hosts: dns\n", to: order)
        let crawld = home.command()
        let script = """
            mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"
            """
        var command = ChildProcess.Command(
            "/usr/bin/unshare",
            ["--mount", "sh", "-c", script, "sh", resolver, order, crawld.program] + crawld.arguments)
        command.environment = crawld.environment.merging(environment) { _, given in given }
        let daemon = try run { [command] in try ChildProcess(command) }
        try await home.ready(daemon)
        return daemon
    }

    /// A thread that changed its network is not to be used by anybody else.
    private static func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
        let outcome = Handover<Result<T, any Error>>()
        DetachedThread.run { outcome.put(Result(catching: body)) }
        return try outcome.take().get()
    }
}
