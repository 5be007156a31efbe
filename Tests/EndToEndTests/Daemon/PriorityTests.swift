import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// What Dispatch asks of the kernel for our threads.
    @Suite struct PriorityTests {
        @Test("an ordinary user's start asks for no priority that the kernel refuses")
        func priority() async throws {
            let home = try DaemonHome(TestConfig.eager)
            #expect(mkdir(home.statePath, 0o750) == 0)
            if geteuid() == 0 {
                #expect(chown(home.statePath, 65534, 65534) == 0 && chown(home.folder.path, 65534, 65534) == 0)
            }
            // The first makes the database, the second finds it.
            for life in 1...2 {
                let daemon = try Self.ordinary(home)
                try await home.ready(daemon)
                #expect(await home.api.isHealthy())
                daemon.signal(SIGTERM)
                #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
                #expect(!daemon.output.contains("thread priority"), "life \(life): \(daemon.output.text)")
            }
        }

        /// What Dispatch has to say goes to standard error. The socket is root's to reach as well.
        private static func ordinary(_ home: DaemonHome) throws -> ChildProcess {
            var command = home.command()
            if geteuid() == 0 {
                let own = [command.program] + command.arguments
                command.program = "/usr/bin/setpriv"
                command.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups"] + own
            }
            command.environment["LIBDISPATCH_LOG"] = "stderr"
            return try ChildProcess(command)
        }
    }
}
