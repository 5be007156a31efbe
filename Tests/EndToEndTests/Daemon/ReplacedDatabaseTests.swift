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
