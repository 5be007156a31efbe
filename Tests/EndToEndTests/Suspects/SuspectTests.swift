import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Answers that end the daemon: the one that does it is found out and put back, and the rest of the crawl is done.
    @Suite struct SuspectTests {
        private static let fault = "the process before this one ended by a fault of its own"

        /// The daemon that does not outlive the answers of `deadly`.
        private static func start(
            _ home: DaemonHome, deadly: [String] = [], entry: String? = nil, by death: String = "trap",
            backtrace: Bool = false
        ) throws -> ChildProcess {
            var command = home.command()
            command.program = BuiltProgram.path("TrapCrawld")
            command.arguments += ["--by", death] + deadly.flatMap { ["--trap-on", $0] }
            if let entry { command.arguments += ["--trap-on-entry", entry] }
            if !backtrace { command.environment["SWIFT_BACKTRACE"] = "enable=no" }
            return try ChildProcess(command)
        }

        /// Starts it again and again until it lives; what it was killed by each time, and all that it logged.
        private static func untilItLives(
            _ home: DaemonHome, deadly: [String], by death: String, ends: [Int32]
        ) async throws -> (ChildProcess, [String]) {
            var log: [String] = []
            for signal in ends {
                let daemon = try start(home, deadly: deadly, by: death)
                #expect(await daemon.ended() == .killed(signal: signal), "\(daemon.output.text)")
                log += daemon.output.lines
            }
            let daemon = try start(home, deadly: deadly, by: death)
            try await home.ready(daemon)
            return (daemon, log)
        }

        private static func stop(_ daemon: ChildProcess) async {
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        struct Kind: CustomTestStringConvertible, Sendable {
            var death: String
            var signal: Int32
            var testDescription: String { death }
        }

        #if arch(x86_64)
            private static let trap = SIGILL
        #else
            private static let trap = SIGTRAP
        #endif

        @Test(
            "two ends make suspects, the third, alone, is put back with a warning; all others are fetched",
            arguments: [
                Kind(death: "trap", signal: trap), Kind(death: "abort", signal: SIGABRT),
                Kind(death: "pointer", signal: SIGSEGV),
            ])
        func page(_ kind: Kind) async throws {
            var origins: [MisbehavingOrigin] = []
            for host in 2...4 {
                let origin = try await MisbehavingOrigin.start(address: "127.0.0.\(host)")
                origin.onEverythingElse(.status(200, text: "a page"))
                origins.append(origin)
            }
            let home = try DaemonHome(TestConfig.eager)
            let urls = origins.flatMap { origin in (0..<40).map { origin.url("/\($0)") } }
            let deadly = origins[0].url("/7")
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            _ = try await home.api.enqueue(urls)
            await Self.stop(daemon)

            // A pause outlives a restart: the first life ends as soon as it is over.
            daemon = try Self.start(home, deadly: [deadly], by: kind.death)
            try await home.ready(daemon)
            _ = try? await home.api.request("POST", "/v1/resume")
            #expect(await daemon.ended() == .killed(signal: kind.signal), "\(daemon.output.text)")
            let (survivor, log) = try await Self.untilItLives(
                home, deadly: [deadly], by: kind.death, ends: [kind.signal, kind.signal])
            #expect(log.count { $0.contains(Self.fault) } == 2)
            #expect(survivor.output.contains("warning put back: it was alone in flight"), "\(survivor.output.text)")
            #expect(survivor.output.lines.contains { $0.contains("put back") && $0.contains(deadly) })

            let isDone = try await eventually(within: .seconds(30)) {
                try await home.api.records("state=done").count == urls.count - 1
            }
            #expect(isDone)
            let status = try await home.api.status()
            #expect(status.suspectsPutBack == 1 && status.suspects == 1, "\(status)")
            #expect(origins[0].requests(for: "/7").count == 3)
            let explanation = try await home.api.explain(deadly)
            let reason = try #require(explanation.because.first { $0.rule == "suspect" })
            #expect(reason.detail.contains("3 ends of the daemon") && reason.until == explanation.nextAttemptAt)
            #expect(try await home.api.record(deadly).heldBecause?.hasPrefix("suspect: ") ?? false)

            // It is not forgotten by a stop, and does no harm.
            await Self.stop(survivor)
            daemon = try await home.startReady()
            #expect(try await home.api.status().suspectsPutBack == 1)
            #expect(!daemon.output.contains(Self.fault))
            await Self.stop(daemon)
            for origin in origins { await origin.stop() }
        }

        @Test("a robots.txt: its origin waits, all others are fetched")
        func robots() async throws {
            let bad = try await MisbehavingOrigin.start(address: "127.0.0.2")
            let good = try await MisbehavingOrigin.start(address: "127.0.0.3")
            for origin in [bad, good] { origin.onEverythingElse(.status(200, text: "a page")) }
            let home = try DaemonHome(TestConfig.eager + "robots: {obey: true}\n")
            let deadly = bad.url("/robots.txt")
            var daemon = try Self.start(home, deadly: [deadly])
            try await home.ready(daemon)
            _ = try? await home.api.enqueue([bad.url("/a"), bad.url("/b")] + (0..<30).map { good.url("/\($0)") })
            #expect(await daemon.ended() == .killed(signal: Self.trap), "\(daemon.output.text)")
            (daemon, _) = try await Self.untilItLives(
                home, deadly: [deadly], by: "trap", ends: [Self.trap, Self.trap])
            #expect(daemon.output.lines.contains { $0.contains("put back") && $0.contains(deadly) })
            let isDone = try await eventually(within: .seconds(30)) {
                try await home.api.records("state=done").count == 30
            }
            #expect(isDone)
            #expect(bad.requests(for: "/robots.txt").count == 3 && bad.requests(for: "/a").isEmpty)
            let explanation = try await home.api.explain(bad.url("/a"))
            #expect(explanation.because.contains { $0.rule == "suspect" && $0.detail.contains("its robots.txt") })
            #expect(try await home.api.status().suspectsPutBack == 1)
            await Self.stop(daemon)
            for origin in [bad, good] { await origin.stop() }
        }

        @Test("a sitemap whose reading ends it is given up after two ends, and nothing that was in flight is suspected")
        func sitemap() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.silence)
            let entry = "HTTP://127.0.0.1:\(origin.port)/deadly"
            func urlset(_ urls: [String]) -> OriginBehaviour {
                let entries = urls.map { "<url><loc>\($0)</loc></url>" }.joined()
                return .status(200, text: "<urlset>\(entries)</urlset>")
            }
            origin.on("/bad.xml", urlset([origin.url("/1"), entry]))
            origin.on("/good.xml", urlset([origin.url("/2")]))
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try Self.start(home, entry: entry)
            try await home.ready(daemon)
            _ = try await home.api.enqueue((0..<4).map { origin.url("/waits/\($0)") })
            #expect(await origin.got(4))
            let sitemaps = ["bad", "good"].map { #"{"sitemap": "\#(origin.url("/\($0).xml"))"}"# }
            _ = try? await home.api.enqueue(text: sitemaps.joined(separator: "\n"))
            #expect(await daemon.ended() == .killed(signal: Self.trap), "\(daemon.output.text)")
            var log = daemon.output.lines
            daemon = try Self.start(home, entry: entry)
            #expect(await daemon.ended() == .killed(signal: Self.trap), "\(daemon.output.text)")
            log += daemon.output.lines
            daemon = try Self.start(home, entry: entry)
            try await home.ready(daemon)

            let isDone = try await eventually { try await home.api.sitemaps("open=true").isEmpty }
            #expect(isDone, "\(daemon.output.text)")
            let jobs = try await home.api.sitemaps()
            let bad = try #require(jobs.first { $0.url.hasSuffix("/bad.xml") })
            #expect(bad.state == "failed" && bad.reason == "ended-the-daemon", "\(jobs)")
            #expect(jobs.contains { $0.url.hasSuffix("/good.xml") && $0.state == "done" }, "\(jobs)")
            let warnings = daemon.output.lines.filter { $0.contains("a sitemap is given up") }
            #expect(warnings.count == 1 && warnings[0].contains("/bad.xml"), "\(daemon.output.text)")
            #expect((log + daemon.output.lines).count { $0.contains(Self.fault) && $0.contains("/bad.xml") } == 2)
            #expect(origin.requests(for: "/bad.xml").count == 1)
            #expect(try await home.api.status().suspects == 0)
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            let last = try Self.start(home, entry: entry)
            try await home.ready(last)
            #expect(try await home.api.status().suspects == 0)
            last.signal(SIGKILL)
            _ = await last.ended()
            await origin.stop()
        }

        @Test("a page whose redirect is harmless, but not its answer in the spelling that it leads to, is found out")
        func respelled() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            origin.on("/x%5B1%5D", .status(301, headers: [("Location", "/x[1]")]))
            let home = try DaemonHome(TestConfig.eager)
            let (page, deadly) = (origin.url("/x%5B1%5D"), origin.url("/x[1]"))
            var daemon = try Self.start(home, deadly: [deadly])
            try await home.ready(daemon)
            _ = try? await home.api.enqueue([page] + (0..<60).map { origin.url("/\($0)") })
            #expect(await daemon.ended() == .killed(signal: Self.trap), "\(daemon.output.text)")
            (daemon, _) = try await Self.untilItLives(
                home, deadly: [deadly], by: "trap", ends: [Self.trap, Self.trap])
            #expect(daemon.output.lines.contains { $0.contains("put back") && $0.contains(page) })
            let isDone = try await eventually(within: .seconds(30)) {
                try await home.api.records("state=done").count == 60
            }
            #expect(isDone)
            #expect(origin.requests(for: "/x[1]").count == 3)
            #expect(try await home.api.status().suspectsPutBack == 1)
            await Self.stop(daemon)
            await origin.stop()
        }

        @Test("Swift's backtrace still comes, and the end still counts")
        func backtrace() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try Self.start(home, deadly: [origin.url("/x")], backtrace: true)
            try await home.ready(daemon)
            _ = try? await home.api.enqueue([origin.url("/x")])
            #expect(await daemon.ended(within: .seconds(240)) == .killed(signal: Self.trap))
            #expect(daemon.output.contains("crashed"), "\(daemon.output.text)")
            let next = try await home.startReady()
            #expect(next.output.contains(Self.fault), "\(next.output.text)")
            await Self.stop(next)
            await origin.stop()
        }

        @Test("killed 20 times with 1,024 in flight: nobody is suspected")
        func killed() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.silence)
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"], max_in_flight: 1024, user_agent: t}
                politeness: {crawl_delay: 0s, per_origin_in_flight: 1000, per_address_in_flight: 0}

                """)
            let second = try await MisbehavingOrigin.start(address: "127.0.0.2")
            second.onEverythingElse(.silence)
            var daemon = try await home.startReady()
            _ = try await home.api.enqueue([origin, second].flatMap { each in (0..<600).map { each.url("/\($0)") } })
            for _ in 0..<20 {
                let isFull = try await eventually(within: .seconds(60)) {
                    try await home.api.status().inFlight == 1024
                }
                #expect(isFull)
                daemon.signal(SIGKILL)
                #expect(await daemon.ended() == .killed(signal: SIGKILL))
                daemon = try await home.startReady()
                #expect(!daemon.output.contains(Self.fault), "\(daemon.output.text)")
            }
            #expect(try await home.api.status().suspects == 0)
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            for each in [origin, second] { await each.stop() }
        }

        @Test(
            "a signal that another process sends ends it as ever, and nobody is suspected",
            arguments: [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT])
        func sent(_ signal: Int32) async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.silence)
            let home = try DaemonHome(TestConfig.eager)
            for round in 0..<3 {
                var command = home.command()
                command.environment["SWIFT_BACKTRACE"] = "enable=no"
                let daemon = try ChildProcess(command)
                try await home.ready(daemon)
                #expect(!daemon.output.contains(Self.fault), "\(daemon.output.text)")
                if round == 0 { _ = try await home.api.enqueue([origin.url("/x")]) }
                #expect(await origin.got(round + 1))
                daemon.signal(signal)
                #expect(await daemon.ended() == .killed(signal: signal), "\(daemon.output.text)")
            }
            let daemon = try await home.startReady()
            #expect(!daemon.output.contains(Self.fault))
            #expect(try await home.api.status().suspects == 0)
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            await origin.stop()
        }

        /// One warning, and a crawl as ever.
        private static func crawlsWithoutFile(_ home: DaemonHome, _ daemon: ChildProcess) async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            _ = try await home.api.enqueue((0..<50).map { origin.url("/\($0)") })
            let isDone = try await eventually(within: .seconds(30)) {
                try await home.api.records("state=done").count == 50
            }
            #expect(isDone)
            // So many places in the file are wanted that the process has no descriptors for them, which it says too.
            let warnings = daemon.output.lines.filter {
                $0.contains(" warning ") && !$0.contains("fetch.max_in_flight is lowered")
            }
            #expect(warnings.count == 1 && warnings[0].contains("what is in flight is not written down"), "\(warnings)")
            await stop(daemon)
            await origin.stop()
        }

        @Test("where something else lies in the file's place the crawl goes on without it")
        func noPlace() async throws {
            let home = try DaemonHome(TestConfig.eager)
            try FileManager.default.createDirectory(
                atPath: home.statePath + "/in-flight/x", withIntermediateDirectories: true)
            try await Self.crawlsWithoutFile(home, try await home.startReady())
        }

        @Test(
            "where the disk has no room for the file the crawl waits until there is, and names it",
            .enabled(if: geteuid() == 0, "a mount namespace of its own takes root"))
        func noRoom() async throws {
            // 100,000 in flight take a file of 4 MiB.
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"], max_in_flight: 100000}
                politeness: {crawl_delay: 0s, per_origin_in_flight: 8, per_address_in_flight: 0}

                """)
            let disk = try await SmallDisk.mount(at: home.statePath, megabytes: 3)
            let daemon = try disk.launch(home)
            #expect(await eventually { daemon.output.contains("storage-full") }, "\(daemon.output.text)")
            let error = try await home.api.status().storageError
            #expect(error == "\(home.statePath)/in-flight: No space left on device")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            await disk.remove()
        }
    }
}
