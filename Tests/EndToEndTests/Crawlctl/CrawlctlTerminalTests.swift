import ControlAPI
import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// The command line at a terminal, and with daemons and inputs that are not as they should be.
    @Suite struct CrawlctlTerminalTests {
        private static func start(
            _ home: DaemonHome, _ arguments: [String], columns: UInt16? = 80, environment: [String: String] = [:]
        ) throws -> ChildProcess {
            var command = ChildProcess.Command(
                BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments)
            command.terminalColumns = columns
            command.environment = environment.merging(["TERM": "xterm"]) { own, _ in own }
            return try ChildProcess(command)
        }

        private static func run(
            _ home: DaemonHome, _ arguments: [String], columns: UInt16? = 80, environment: [String: String] = [:]
        ) async throws -> (exit: ProcessEnding?, lines: [String]) {
            let process = try start(home, arguments, columns: columns, environment: environment)
            let ending = await process.ended()
            _ = await eventually { process.output.isComplete }
            return (ending, process.output.lines.map { $0.replacing("\r", with: "") })
        }

        private static func plain(_ line: String) -> String { line.replacing(/\u{1B}\[[0-9;]*[mK]/, with: "") }

        @Test("at 80, 120 and 200 columns, with URLs of 20 to 2,000 characters: no row wraps, every host is whole")
        func widths() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            let lengths = [20, 60, 75, 100, 150, 400, 2000]
            let paths = lengths.map { "/b" + String(repeating: "x", count: $0) }
            for path in paths { origin.on(path, .edge520) }
            let alerts = "alerts: {exec: [\"/bin/false\"], webhook: \"http://127.0.0.1:1/\"}\n"
            let home = try DaemonHome(TestConfig.eager + TestConfig.impatientHealth + "  origin_trip: 0\n" + alerts)
            let daemon = try await home.startReady()
            let urls = paths.map { origin.url($0) }
            _ = try await home.api.enqueue(urls + [origin.url("/a")])
            let isMarked = await eventually {
                (try? await home.api.incidents("open=true"))?.count == lengths.count
            }
            #expect(isMarked)
            let host = try #require(urls[0].split(separator: "/").dropFirst().first)
            for columns: UInt16 in [80, 120, 200] {
                for (verb, rows) in [("list", urls.count + 1), ("incidents", urls.count), ("alerts", urls.count)] {
                    let shown = try await Self.run(home, [verb], columns: columns)
                    #expect(shown.exit == .exited(0))
                    let lines = shown.lines.map(Self.plain)
                    #expect(lines.allSatisfy { $0.count <= Int(columns) }, "\(columns): \(lines)")
                    #expect(lines.count { $0.contains(host + "/") } == rows, "\(columns): \(lines)")
                    #expect(shown.lines.contains { $0.contains("\u{1B}[3") } == (verb != "alerts" || columns > 80))
                    let grey = try await Self.run(home, [verb], columns: columns, environment: ["NO_COLOR": "1"])
                    #expect(!grey.lines.joined().contains("\u{1B}"))
                }
            }
            let wide = try await Self.run(home, ["incidents", "--wide"])
            #expect(urls.allSatisfy { url in wide.lines.contains { $0.hasSuffix(url) } }, "nothing is cut")
            let pipe = try await Self.run(home, ["incidents"], columns: nil)
            #expect(urls.allSatisfy { url in pipe.lines.contains { $0.hasSuffix(url) } })
            #expect(!pipe.lines.joined().contains("\u{1B}"))

            // By name, and all of a cause: asked at the terminal, refused where there is none.
            let id = try #require(try await home.api.incidents("open=true").first?.id)
            let story = try await Self.run(home, ["incident", String(id.suffix(6)).lowercased()])
            #expect(story.exit == .exited(0) && story.lines.contains { $0.contains(id) }, "\(story.lines)")
            #expect(story.lines.contains { $0.contains("marked: broken-origin") }, "\(story.lines)")
            let alone = try await Self.run(home, ["revive", "--cause", "520"], columns: nil)
            #expect(alone.exit == .exited(64) && alone.lines.joined().contains("--yes"), "\(alone.lines)")
            let no = try Self.start(home, ["revive", "--cause", "520"])
            no.type("n\n")
            #expect(await no.ended() == .exited(0))
            #expect(try await home.api.incidents("open=true").count == lengths.count)
            _ = try await Self.run(home, ["pause"])
            let one = try await Self.run(home, ["revive", "--incident", id])
            #expect(one.lines.joined().contains("revived 1 incident: 1 URL goes free"), "\(one.lines)")
            let over = try await Self.run(home, ["revive", "--incident", id])
            #expect(over.lines.joined().contains("nothing was broken: the incident is over"), "\(over.lines)")
            let yes = try Self.start(home, ["revive", "--cause", "520"])
            yes.type("y\n")
            #expect(await yes.ended() == .exited(0))
            _ = await eventually { yes.output.isComplete }
            #expect(yes.output.contains("revived \(lengths.count - 1) incidents"), "\(yes.output.text)")
            #expect(try await home.api.incidents("open=true").isEmpty)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        @Test("a daemon that is stopped in its tracks: what is waited for is said, then exit 75; it goes on afterwards")
        func hung() async throws {
            let home = try DaemonHome()
            let daemon = try await home.startReady()
            daemon.signal(SIGSTOP)
            let status = try await Self.run(home, ["--timeout", "3s", "status"], columns: nil)
            #expect(status.exit == .exited(75))
            let said = status.lines.joined(separator: "\n")
            #expect(
                said.contains("crawlctl: waiting for the daemon at \(home.socketPath) to answer, up to 3s"), "\(said)")
            #expect(said.contains("has not answered for 3s"), "\(said)")
            let json = try await Self.run(home, ["--timeout", "500ms", "--json", "status"], columns: nil)
            #expect(json.exit == .exited(75))
            let problem = try ControlJSON.decode(Problem.self, from: json.lines.joined().utf8)
            #expect(problem.code == "no-answer" && problem.status == 0)
            daemon.signal(SIGCONT)
            #expect(try await Self.run(home, ["status"], columns: nil).exit == .exited(0))
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test("Ctrl-C: the lines before it are stored and counted, half a line is not")
        func interrupted() async throws {
            let home = try DaemonHome()
            let daemon = try await home.startReady()
            _ = try await Self.run(home, ["pause"])
            let process = try Self.start(home, ["enqueue", "-f", "-"])
            var sent = 0
            // The progress line shows that it reads.
            let isReading = await eventually(every: .milliseconds(50)) {
                sent += 1
                process.type("https://example.com/\(sent)\n")
                return process.output.contains("lines/s")
            }
            #expect(isReading, "\(process.output.text)")
            process.type("https://example.com/ha\u{3}")
            #expect(await process.ended() == .exited(130), "\(process.output.text)")
            _ = await eventually { process.output.isComplete }
            // What was typed and not read yet is gone with Ctrl-C.
            let new = try #require(process.output.text.firstMatch(of: /(\d+) new, 0 known, 0 rejected/))
            let stored = try #require(Int(new.1))
            #expect((1...sent).contains(stored))
            #expect(process.output.contains("sending all of it again is safe"), "\(process.output.text)")
            #expect(try await home.api.records().count == stored)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test("ends of pipes and files, gzip, and what is no list")
        func inputs() async throws {
            let home = try DaemonHome()
            let daemon = try await home.startReady()
            _ = try await Self.run(home, ["pause"])
            func sh(_ script: String) async throws -> (exit: ProcessEnding?, text: String) {
                let program = BuiltProgram.path("crawlctl")
                var command = ChildProcess.Command("/bin/sh", ["-c", script.replacing("CTL", with: program)])
                command.environment = ["CRAWLD_SOCKET": home.socketPath, "DIR": home.folder.path]
                let process = try ChildProcess(command)
                let ending = await process.ended()
                return (ending, process.output.text)
            }
            var run = try await sh("printf 'https://a.example/1\\nhttps://a.example/ha' | CTL enqueue -f -")
            #expect(run.exit == .exited(65))
            #expect(run.text.contains("1 new, 0 known, 0 rejected"), "\(run.text)")
            #expect(run.text.contains("line 2 does not end with a newline and is not stored"), "\(run.text)")
            #expect(run.text.contains("https://a.example/ha"))
            run = try await sh("printf 'https://a.example/only' | CTL enqueue -f - --priority 3")
            #expect(run.exit == .exited(0) && run.text.contains("1 new"), "\(run.text)")
            run = try await sh(
                "printf 'https://a.example/2\\nhttps://a.example/3' > $DIR/u; CTL enqueue -f $DIR/u && CTL enqueue -f - < $DIR/u"
            )
            #expect(
                run.exit == .exited(0) && run.text.contains("2 new, 0 known") && run.text.contains("0 new, 2 known"))
            run = try await sh("gzip -k $DIR/u; cat $DIR/u.gz | CTL enqueue -f - --force && CTL enqueue -f $DIR/u.gz")
            #expect(run.exit == .exited(0) && run.text.split(separator: "\n").count == 2, "\(run.text)")
            run = try await sh("head -c 20 $DIR/u.gz > $DIR/cut.gz; CTL enqueue -f $DIR/cut.gz")
            #expect(run.exit == .exited(65) && run.text.contains("gzip that ends before it is complete"), "\(run.text)")
            run = try await sh("CTL enqueue -f CTL")
            #expect(run.exit == .exited(65) && run.text.contains("is a binary file"), "\(run.text)")
            #expect(run.text.split(separator: "\n").count == 1)
            run = try await sh("seq 1000 | sed 's/^/no URL /' | CTL enqueue -f -")
            #expect(run.exit == .exited(65) && run.text.split(separator: "\n").count == 11, "\(run.text)")
            #expect(run.text.contains("0 new, 0 known, 1,000 rejected (the first 10 are shown)"), "\(run.text)")
            // A URL as it is written elsewhere.
            run = try await sh("CTL enqueue 'https://a.example/~x' && CTL show 'https://a.example/%7Ex'")
            #expect(run.exit == .exited(0) && run.text.contains("https://a.example/~x"), "\(run.text)")
            run = try await sh(
                "CTL explain 'https://a.example/%7Ex' && CTL revive 'https://a.example/%7Ex' && CTL remove 'https://a.example/%7Ex'"
            )
            #expect(run.exit == .exited(0), "\(run.text)")
            #expect(run.text.contains("nothing was broken; 1 URL due now") && run.text.contains("removed 1 URL"))
            run = try await sh("CTL --json show a.example/~x")
            #expect(run.exit == .exited(65))
            let problem = try ControlJSON.decode(Problem.self, from: run.text.utf8)
            #expect(problem.detail == "no scheme: https://a.example/~x was probably meant")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test(arguments: [["help", "wrong"], ["statsu"], ["revive", "--cause"], ["revive", "x", "--yes"]])
        func wrongUsage(_ arguments: [String]) async throws {
            let home = try DaemonHome()
            #expect(try await Self.run(home, arguments, columns: nil).exit == .exited(64))
        }
    }
}
