import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// libcurl has one code for a name that does not exist and for a resolver that does not answer. Each daemon here has
    /// name resolution of its own, in a mount namespace.
    @Suite struct ResolverTests {
        struct Resolution: CustomTestStringConvertible, Sendable {
            var name: String
            /// What stands in the place of the system's file.
            var file: String
            var text: String
            var outcome: String
            var testDescription: String { name }
        }

        @Test(
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"),
            arguments: [
                Resolution(
                    name: "the name does not exist", file: "/etc/nsswitch.conf", text: "hosts: files\n",
                    outcome: "unreachable"),
                Resolution(
                    name: "no resolver answers", file: "/etc/resolv.conf",
                    text: "nameserver 127.0.0.254\noptions timeout:1 attempts:1\n", outcome: "inconclusive"),
            ])
        func nameNotFound(_ resolution: Resolution) async throws {
            let home = try DaemonHome(TestConfig.eager + "dns: {resolver: system}\n")
            let standIn = home.folder.file("resolution")
            try home.write(resolution.text, to: standIn)
            let crawld = home.command()
            let daemon = try ChildProcess(
                ChildProcess.Command(
                    "/usr/bin/unshare",
                    [
                        "--mount", "sh", "-c", #"mount --bind "$1" "$2" && shift 2 && exec "$@""#, "sh", standIn,
                        resolution.file, crawld.program,
                    ] + crawld.arguments))
            try await home.ready(daemon)
            _ = try await home.api.enqueue(["http://no-such-name.example/"])
            #expect(
                try await eventually {
                    try await home.api.record("http://no-such-name.example/").attempts > 0
                })
            #expect(try await home.api.record("http://no-such-name.example/").lastOutcome == resolution.outcome)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test(
            "many names that do not exist are looked up side by side",
            .enabled(if: NetworkIsland.isPossible, "a network of its own takes root, namespaces, ip, and IPv6"),
            arguments: ["c-ares", "system"])
        func manyNames(_ resolver: String) async throws {
            let island = try NetworkIsland()
            let server = try NameServer(on: island)
            let home = try DaemonHome(TestConfig.eager + "dns: {resolver: \(resolver)}\n")
            let daemon = try await island.start(home, nameServer: server)
            let names = (1...16).map { "dead\($0).example" }
            // One at a time would get no answer from a server that waits for the others, which means that the resolver is down.
            // libcurl asks for all of them, then it is asked why each was not found.
            server.awaitCrowd(of: names.count, rounds: resolver == "system" ? 2 : 1)
            _ = try await home.api.enqueue(names.map { "http://\($0)/" })
            #expect(
                try await eventually {
                    try await home.api.status().fetches["unreachable"] ?? 0 >= names.count
                })
            #expect(server.roundsLeft == 0)
            #expect(try await home.api.status().fetches["inconclusive"] == nil)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }
    }
}
