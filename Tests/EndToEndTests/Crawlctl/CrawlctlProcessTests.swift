import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// The command line as a process, against a real daemon: what it prints and how it exits.
    @Suite struct CrawlctlProcessTests {
        struct Run {
            var exit: Int32?
            var output: String
        }

        /// `input` becomes a file that is named to the verb.
        private static func run(_ home: DaemonHome, _ arguments: [String]) async throws -> Run {
            let command = ChildProcess.Command(
                BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments)
            let process = try ChildProcess(command)
            guard case .exited(let code) = await process.ended() else { return Run(exit: nil, output: "") }
            _ = await eventually { process.output.isComplete }
            return Run(exit: code, output: process.output.text)
        }

        @Test func everyVerb() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            origin.on("/broken", .edge520)
            let home = try DaemonHome(TestConfig.eager + TestConfig.impatientHealth)
            let daemon = try await home.startReady()

            let file = home.folder.file("urls.txt")
            try home.write(
                "\(origin.url("/a"))\nnonsense\n\(origin.url("/broken"))\nftp://example.com/\n", to: file)
            let enqueued = try await Self.run(home, ["enqueue", "-f", file])
            #expect(enqueued.exit == 65)
            for part in [
                "2 new, 0 known, 2 rejected", "line 2: nonsense: invalid-url", "line 4: ftp", "unsupported-scheme",
            ] {
                #expect(enqueued.output.contains(part), "\(part) in \(enqueued.output)")
            }
            let again = try await Self.run(home, ["enqueue", origin.url("/a")])
            #expect(again.exit == 0 && again.output.contains("0 new, 1 known, 0 rejected"), "\(again.output)")

            _ = await eventually { daemon.output.contains(" warning broken-origin ") }
            let shown = try await Self.run(home, ["show", origin.url("/broken")])
            #expect(shown.exit == 0 && shown.output.contains("broken-origin"), "\(shown.output)")
            let json = try await Self.run(home, ["--json", "show", origin.url("/a")])
            let record = try ControlJSON.decode(URLRecord.self, from: json.output.utf8)
            #expect(record.state == "done" && record.url == origin.url("/a"))
            let list = try await Self.run(home, ["list", "--state", "broken-origin"])
            #expect(
                list.exit == 0 && list.output.contains("/broken") && !list.output.contains("/a\n"), "\(list.output)")
            let status = try await Self.run(home, ["status"])
            #expect(status.exit == 0 && status.output.contains("1 open"), "\(status.output)")
            let incidents = try await Self.run(home, ["incidents"])
            #expect(incidents.exit == 0 && incidents.output.contains("520"), "\(incidents.output)")
            let alerts = try await Self.run(home, ["alerts"])
            #expect(alerts.exit == 0 && alerts.output.contains("broken-origin"), "\(alerts.output)")

            let paused = try await Self.run(home, ["pause"])
            #expect(paused.exit == 0 && paused.output.contains("paused"), "\(paused.output)")
            let revived = try await Self.run(home, ["revive", origin.url("/broken")])
            #expect(revived.exit == 0 && revived.output.contains("revived 1"), "\(revived.output)")
            #expect(try await home.api.record(origin.url("/broken")).health == "healthy")
            let removed = try await Self.run(home, ["remove", origin.url("/broken")])
            #expect(removed.exit == 0, "\(removed.output)")
            let gone = try await Self.run(home, ["show", origin.url("/broken")])
            #expect(gone.exit == 66, "\(gone.output)")
            let resumed = try await Self.run(home, ["resume"])
            #expect(resumed.exit == 0, "\(resumed.output)")

            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let alone = try await Self.run(home, ["status"])
            #expect(alone.exit == 69 && alone.output.contains(home.socketPath), "\(alone.output)")
            await origin.stop()
        }

        @Test(arguments: [["nonsense"], ["enqueue"], ["list", "--state", "nonsense"], ["remove"]])
        func aWrongCommandLineIsUsage(_ arguments: [String]) async throws {
            let home = try DaemonHome()
            #expect(try await Self.run(home, arguments).exit == 64)
        }
    }
}
