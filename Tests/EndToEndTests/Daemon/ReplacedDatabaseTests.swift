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
                    $0.hasPrefix("crawld: \(home.statePath)") && $0.contains("Put the database back")
                }, "\(daemon.output.text)")
            let after = FileSabotage.contents(beside: home.databasePath)
            #expect(Set(after.keys) == Set(before.keys), "nothing was made or deleted")
            for name in sabotage.foreign(home.databasePath) {
                #expect(after[name] == before[name], "\(name) has changed")
            }
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
