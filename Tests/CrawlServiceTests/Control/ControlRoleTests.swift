import ControlAPI
import Foundation
import Testing

@testable import CrawlService

struct ControlRoleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var peer: PeerIdentity
        var role = ControlRole(daemonUID: 100, socketGroup: 200)
        var mayWrite: Bool
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "root", peer: PeerIdentity(uid: 0, gid: 0, groups: []), mayWrite: true),
        Case(name: "daemon", peer: PeerIdentity(uid: 100, gid: 1, groups: []), mayWrite: true),
        Case(name: "primary group", peer: PeerIdentity(uid: 5, gid: 200, groups: []), mayWrite: true),
        Case(name: "further group", peer: PeerIdentity(uid: 5, gid: 5, groups: [7, 200]), mayWrite: true),
        Case(name: "other", peer: PeerIdentity(uid: 5, gid: 5, groups: [7]), mayWrite: false),
        Case(
            name: "overflow user", peer: PeerIdentity(uid: 65534, gid: 5, groups: []),
            role: ControlRole(daemonUID: 65534, socketGroup: 200), mayWrite: false),
        Case(
            name: "overflow group", peer: PeerIdentity(uid: 5, gid: 65534, groups: [65534]),
            role: ControlRole(daemonUID: 100, socketGroup: 65534), mayWrite: false),
    ]) func decision(_ example: Case) {
        #expect(example.role.mayWrite(example.peer) == example.mayWrite)
    }
}

extension ControlServerTests {
    /// What the kernel says of real clients; needs the right to change users.
    @Suite(.timeLimit(.minutes(1))) struct PeerTests {
        static let canSwitch =
            geteuid() == 0 && ["/usr/bin/setpriv", "/usr/bin/curl"].allSatisfy(FileManager.default.isExecutableFile)

        @Test(
            .enabled(if: canSwitch),
            arguments: [
                (["--regid", "12345", "--clear-groups"], "GET", "200"),
                (["--regid", "12345", "--clear-groups"], "POST", "403"),
                (["--regid", "12345", "--groups", "777,23456"], "POST", "200"),
                (["--regid", "23456", "--clear-groups"], "POST", "200"),
            ] as [([String], String, String)])
        func otherUsers(_ identity: [String], _ method: String, _ status: String) async throws {
            try await ServerFixture.run(socket: { path in
                let socket = try ControlSocket.open(path: path, mode: 0o666)
                chown(path, 0, 23456)
                chmod(URL(fileURLWithPath: path).deletingLastPathComponent().path, 0o755)
                return try ControlSocket.inherited(socket.descriptor)
            }) { server in
                let output = try await offPool {
                    let process = Process()
                    process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
                    process.arguments =
                        ["--reuid", "12345"] + identity + [
                            "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "--unix-socket",
                            server.path, method == "GET" ? "http://x/v1/status" : "http://x/v1/pause",
                        ]
                    let pipe = Pipe()
                    process.standardOutput = pipe
                    try process.run()
                    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
                    process.waitUntilExit()
                    return String(decoding: data, as: UTF8.self)
                }
                #expect(output == status)
            }
        }
    }
}
