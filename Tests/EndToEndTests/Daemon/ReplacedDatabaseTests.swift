import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// The files go while the daemon has them open: it says so to whoever hands it something, and ends.
    @Suite struct ReplacedDatabaseTests {
        @Test("503 `database-replaced`, then exit 65 with what to do", arguments: FileSabotage.allCases)
        func ends(_ sabotage: FileSabotage) async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            let kept = (0..<500).map { "http://127.0.0.250:9/kept/\($0)" }
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            #expect(try await home.api.enqueue(kept).new == 500)

            sabotage.apply(to: home.databasePath)
            let before = FileSabotage.contents(beside: home.databasePath)
            let refusal = await #expect(throws: DaemonAPI.Refused.self) {
                try await home.api.enqueue(["http://127.0.0.250:9/lost"])
            }
            #expect(
                refusal?.status == 503 && refusal?.text.contains("database-replaced") == true, "\(refusal?.text ?? "-")"
            )
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            #expect(
                daemon.output.lines.contains {
                    $0.hasPrefix("crawld: \(home.statePath)") && $0.contains("database back")
                        && $0.contains("frontier.sqlite-wal and") && $0.contains("frontier.sqlite-shm away")
                }, "\(daemon.output.text)")
            let after = FileSabotage.contents(beside: home.databasePath)
            #expect(Set(after.keys) == Set(before.keys), "nothing was made or deleted")
            for name in sabotage.foreign(home.databasePath) {
                #expect(after[name] == before[name], "\(name) has changed")
            }
        }

        enum Wish: String, CaseIterable, CustomTestStringConvertible {
            case pause, resume, revive, remove, forget

            var testDescription: String { rawValue }

            /// Method and target; each would write.
            func request(_ url: String) -> (String, String) {
                let url = DaemonAPI.encoded(url)
                return switch self {
                case .pause: ("POST", Routes.pause)
                case .resume: ("POST", Routes.resume)
                case .revive: ("POST", "\(Routes.revive)?url=\(url)")
                case .remove: ("DELETE", "\(Routes.urls)?url=\(url)")
                case .forget: ("DELETE", "\(Routes.urls)?origin=\(DaemonAPI.encoded("http://127.0.0.250:9"))")
                }
            }
        }

        @Test("whatever an operator wishes of it is refused alike", arguments: Wish.allCases)
        func refused(_ wish: Wish) async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            let url = "http://127.0.0.250:9/page"
            if wish != .pause { #expect(try await home.api.request("POST", Routes.pause).status == 200) }
            #expect(try await home.api.enqueue([url]).new == 1)
            FileSabotage.databaseRemoved.apply(to: home.databasePath)
            let (method, target) = wish.request(url)
            // Where the crawl is not paused, its own commit may have been first.
            if let answer = try? await home.api.request(method, target) {
                #expect(answer.status == 503 && answer.text.contains("database-replaced"), "\(answer.text)")
            } else {
                #expect(wish == .pause)
            }
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
        }

        @Test("a commit of the crawl's own finds it too: no URL is asked any more, and it ends")
        func crawling() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            #expect(try await home.api.enqueue((0..<2000).map { origin.url("/page-\($0)") }).new == 2000)
            #expect(await origin.got(20, within: .seconds(20)))
            FileSabotage.databaseReplaced.apply(to: home.databasePath)
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            #expect(daemon.output.lines.contains { $0.contains("database back") }, "\(daemon.output.text)")
            #expect(origin.requests.count < 2000)
            await origin.stop()
        }

        @Test(
            "where the database is still ours, the next start has all that was acknowledged",
            arguments: [FileSabotage.logRemoved, .logReplaced, .indexRemoved, .indexReplaced])
        func folded(_ sabotage: FileSabotage) async throws {
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            let kept = (0..<500).map { "http://127.0.0.250:9/kept/\($0)" }
            #expect(try await home.api.enqueue(kept).new == 500)
            sabotage.apply(to: home.databasePath)
            _ = try? await home.api.enqueue(["http://127.0.0.250:9/refused"])
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            daemon = try await home.startReady()
            #expect(try await home.api.enqueue(kept).known == 500)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        @Test("a backup beside the log that was left is refused; without that log the start goes on with it")
        func backup() async throws {
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            #expect(try await home.api.enqueue(["http://127.0.0.250:9/old"]).new == 1)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            let backup = home.folder.file("backup")
            FileBytes.write(FileBytes.read(home.databasePath) ?? [], to: backup)
            daemon = try await home.startReady()
            let kept = (0..<500).map { "http://127.0.0.250:9/kept/\($0)" }
            #expect(try await home.api.enqueue(kept).new == 500)
            #expect(rename(backup, home.databasePath) == 0)
            _ = try? await home.api.enqueue(["http://127.0.0.250:9/refused"])
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")

            let before = FileSabotage.contents(beside: home.databasePath)
            daemon = try home.start()
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            #expect(
                daemon.output.lines.contains {
                    $0.hasPrefix("crawld: \(home.databasePath)-wal: belongs to") && $0.contains("-shm away")
                }, "\(daemon.output.text)")
            #expect(FileSabotage.contents(beside: home.databasePath) == before)

            for suffix in ["-wal", "-shm"] {
                #expect(rename(home.databasePath + suffix, home.folder.file("away" + suffix)) == 0)
            }
            daemon = try await home.startReady()
            #expect(try await home.api.enqueue(["http://127.0.0.250:9/old"]).known == 1)
            #expect(try await home.api.enqueue(kept).new == 500)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        @Test("put back as it was opened, the next start has all that was acknowledged")
        func putBack() async throws {
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            let kept = (0..<500).map { "http://127.0.0.250:9/kept/\($0)" }
            #expect(try await home.api.enqueue(kept).new == 500)
            FileSabotage.folderRenamed.apply(to: home.databasePath)
            _ = try? await home.api.enqueue(["http://127.0.0.250:9/refused"])
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            #expect(rename(home.statePath + ".moved", home.statePath) == 0)
            daemon = try await home.startReady()
            #expect(try await home.api.enqueue(kept).known == 500)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }
    }
}
