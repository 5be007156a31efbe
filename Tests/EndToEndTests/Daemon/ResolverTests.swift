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
            let home = try DaemonHome(TestConfig.eager)
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
    }
}
