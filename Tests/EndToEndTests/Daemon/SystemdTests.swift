import CrawlTesting
import Foundation
import GRDB
import Testing

extension EndToEnd {
    /// As the service manager runs it: notifications, watchdog, a socket passed in, reload.
    @Suite struct SystemdTests {
        @Test func itTellsThatItIsReadyAliveAndStopping() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let manager = try NotifySocket(path: home.folder.file("notify"))
            var command = home.command()
            command.environment.merge(["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"]) { $1 }
            let daemon = try ChildProcess(command)
            #expect(await eventually { manager.contains("READY=1") })
            #expect(await home.api.isHealthy(), "ready means that it answers")
            #expect(await eventually { manager.count("WATCHDOG=1") >= 5 })
            #expect(manager.contains("STATUS=starting"))
            #expect(await eventually { manager.contains("STATUS=0 fetches") })
            #expect(manager.count("STATUS=0 fetches") == 1, "only what is new is told")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(await eventually { manager.contains("STOPPING=1") && manager.contains("STATUS=stopping") })
            #expect(manager.count("READY=1") == 1)
        }

        @Test func theWatchdogGoesOnWhileAStopWaits() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.on("/slow", .silence)
            let home = try DaemonHome("fetch: {allow_addresses: [\"127.0.0.0/8\"], response_timeout: 2s}\n")
            let manager = try NotifySocket(path: home.folder.file("notify"))
            var command = home.command()
            command.environment.merge(["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"]) { $1 }
            let daemon = try ChildProcess(command)
            #expect(await eventually { manager.contains("READY=1") })
            _ = try await home.api.enqueue([origin.url("/slow")])
            #expect(await origin.got(1, for: "/slow"))
            daemon.signal(SIGTERM)
            #expect(await eventually { manager.contains("STOPPING=1") })
            let before = manager.count("WATCHDOG=1")
            #expect(await daemon.ended() == .exited(0))
            #expect(manager.count("WATCHDOG=1") >= before + 2)
            await origin.stop()
        }

        @Test func aStartThatTakesLongKeepsAskingForTime() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let first = try await home.startReady()
            first.signal(SIGTERM)
            #expect(await first.ended() == .exited(0))
            // A frontier that is busy, as one is that is brought up to date.
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let frontier = try DatabaseQueue(path: home.databasePath, configuration: configuration)
            try await frontier.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let manager = try NotifySocket(path: home.folder.file("notify"))
            var command = home.command()
            command.environment["NOTIFY_SOCKET"] = manager.path
            let daemon = try ChildProcess(command)
            #expect(await eventually { manager.count("EXTEND_TIMEOUT_USEC=60000000") >= 2 })
            #expect(!manager.contains("READY=1"))
            try await frontier.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            #expect(await eventually { manager.contains("READY=1") }, "\(daemon.output.text)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test func aSocketThatIsPassedInIsUsedAndLeftInPlace() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let passed = home.folder.file("passed.sock")
            let listener = try UnixSockets.listen(path: passed)
            defer { close(listener) }
            let api = DaemonAPI(socketPath: passed)
            for round in 1...2 {
                // A client that comes before the daemon waits in the backlog.
                async let early = api.status()
                let daemon = try ChildProcess(Self.activated(home, listener, count: 1))
                try await home.ready(daemon)
                _ = try await early
                #expect(await api.isHealthy(), "round \(round)")
                #expect(!FileManager.default.fileExists(atPath: home.socketPath), "no socket of its own beside it")
                daemon.signal(SIGTERM)
                #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
                #expect(FileManager.default.fileExists(atPath: passed), "it is the manager's")
            }
        }

        @Test func aDescriptorThatIsNoListeningSocketIsRefused() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            let daemon = try ChildProcess(Self.activated(home, file, count: 1))
            #expect(await daemon.ended() == .exited(73), "\(daemon.output.text)")
            #expect(daemon.output.contains("the socket that was passed in"), "\(daemon.output.text)")
        }

        /// The manager sets LISTEN_PID to the process that it starts: only that process knows its number.
        private static func activated(_ home: DaemonHome, _ descriptor: CInt, count: Int) -> ChildProcess.Command {
            let daemon = home.command()
            var command = ChildProcess.Command(
                "/bin/sh", ["-c", "LISTEN_PID=$$ exec \"$0\" \"$@\"", daemon.program] + daemon.arguments)
            command.environment = ["LISTEN_FDS": "\(count)", "LISTEN_FDNAMES": "control"]
            command.descriptor3 = descriptor
            return command
        }

        @Test func aReloadTakesAGoodFileAndRefusesAFaultyOneWhole() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            let home = try DaemonHome(
                "fetch: {allow_addresses: [\"127.0.0.0/8\"]}\npoliteness: {crawl_delay: 1h}\n")
            let manager = try NotifySocket(path: home.folder.file("notify"))
            var command = home.command()
            command.environment["NOTIFY_SOCKET"] = manager.path
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            _ = try await home.api.enqueue((1...20).map { origin.url("/page\($0)") })
            #expect(await origin.got(1))

            // Faulty: the delay that it names must not come into force either.
            try home.configure("politeness: {crawl_delay: 0s}\nlog: {level: loud}\n")
            daemon.signal(SIGHUP)
            #expect(await eventually { daemon.output.contains("configuration refused, the old one stays") })
            let refused = daemon.output.lines.first { $0.contains("configuration refused") } ?? ""
            #expect(refused.contains("log.level") && refused.contains("loud"), "\(refused)")
            #expect(await eventually { manager.count("READY=1") == 2 })
            #expect(await home.api.isHealthy())
            #expect(origin.requests.count == 1)

            try home.configure(
                "fetch: {allow_addresses: [\"127.0.0.0/8\"], workers: 2}\npoliteness: {crawl_delay: 0s}\n")
            daemon.signal(SIGHUP)
            #expect(await eventually { daemon.output.contains("configuration read again") })
            let taken = daemon.output.lines.first { $0.contains("configuration read again") } ?? ""
            #expect(taken.contains("politeness.crawl_delay is in force; fetch.workers waits for a restart"), "\(taken)")
            #expect(taken.contains("restart=fetch.workers"), "\(taken)")
            #expect(await origin.got(20))
            #expect(manager.messages.contains { $0.contains("RELOADING=1") && $0.contains("MONOTONIC_USEC=") })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }
    }
}
