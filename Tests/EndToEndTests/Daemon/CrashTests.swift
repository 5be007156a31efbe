import CrawlTesting
import GRDB
import Glibc
import Testing

extension EndToEnd {
    /// How the process ends by a signal of its own faults, whoever sent it.
    @Suite struct CrashTests {
        @Test("one SIGABRT ends it, before the frontier is open too, and no backtrace holds the end up for long")
        func aborted() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let slow = try home.script("slow", "exec sleep 30")
            var command = home.command()
            command.environment["SWIFT_BACKTRACE"] = "enable=yes,swift-backtrace=\(slow)"
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            daemon.signal(SIGABRT)
            #expect(await daemon.ended(within: .seconds(25)) == .killed(signal: SIGKILL), "\(daemon.output.text)")

            // The frontier is busy, as one is that is brought up to date.
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let frontier = try DatabaseQueue(path: home.databasePath, configuration: configuration)
            try await frontier.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let manager = try NotifySocket(path: home.folder.file("notify"))
            command = home.command()
            command.environment["NOTIFY_SOCKET"] = manager.path
            let starting = try ChildProcess(command)
            #expect(await eventually { manager.contains("STATUS=starting") })
            #expect(await eventually { manager.count("WATCHDOG=1") >= 2 }, "it has come to the frontier")
            starting.signal(SIGABRT)
            #expect(await starting.ended(within: .seconds(25)) == .killed(signal: SIGABRT), "\(starting.output.text)")
            try await frontier.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        }
    }
}
