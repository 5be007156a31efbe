import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// What lies in the state directory: what it may be, who may read it, and what becomes of it under the daemon.
    @Suite struct StateFilesTests {
        struct Kind: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var says: String
            var make: @Sendable (_ path: String) -> Bool
        }

        static let kinds = [
            Kind(testDescription: "a pipe", says: "is a pipe, not a file") { mkfifo($0, 0o600) == 0 },
            Kind(testDescription: "a link to a device", says: "is a device, not a file") {
                symlink("/dev/full", $0) == 0
            },
            Kind(testDescription: "a directory", says: "is a directory, not a file") { mkdir($0, 0o700) == 0 },
        ]

        @Test(
            "what is no file is refused at once, with what to do", arguments: kinds,
            ["frontier.sqlite", "frontier.sqlite-wal", "frontier.sqlite-shm", "frontier.sqlite-journal"])
        func noFile(_ kind: Kind, _ name: String) async throws {
            let home = try DaemonHome(TestConfig.eager)
            try FileManager.default.createDirectory(atPath: home.statePath, withIntermediateDirectories: false)
            #expect(kind.make(home.statePath + "/" + name))
            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(65), "\(daemon.output.text)")
            #expect(
                daemon.output.lines.contains {
                    $0.contains("\(home.statePath)/\(name): \(kind.says)") && $0.contains("daemon.state_dir")
                }, "\(daemon.output.text)")
        }

        struct Folder: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// nil = the daemon makes it.
            var mode: mode_t?
            var umask: String
            var files: mode_t
        }

        static let folders = [
            Folder(testDescription: "its own", mode: nil, umask: "022", files: 0o640),
            Folder(testDescription: "its own, umask 0", mode: nil, umask: "0", files: 0o640),
            Folder(testDescription: "others may look in", mode: 0o755, umask: "022", files: 0o640),
            Folder(testDescription: "others may look in, umask 0", mode: 0o755, umask: "0", files: 0o640),
            Folder(testDescription: "private, umask 077", mode: 0o700, umask: "077", files: 0o600),
            Folder(testDescription: "everyone's", mode: 0o777, umask: "022", files: 0o600),
            Folder(testDescription: "everyone's, as /tmp, umask 0", mode: 0o1777, umask: "0", files: 0o600),
        ]

        @Test("files are their group's to read, and in a folder that is everyone's nobody's", arguments: folders)
        func modes(_ folder: Folder) async throws {
            let home = try DaemonHome(TestConfig.eager)
            if let mode = folder.mode {
                #expect(mkdir(home.statePath, 0o700) == 0)
                #expect(chmod(home.statePath, mode) == 0)
            }
            // The second life finds files that everybody may read.
            for life in 1...2 {
                let daemon = try await Self.start(home, umask: folder.umask)
                _ = try await home.api.enqueue(["http://127.0.0.250:9/"])
                for name in ["", "-wal", "-shm"] {
                    #expect(Self.mode(home.databasePath + name) == folder.files, "\(name) in life \(life)")
                }
                #expect(Self.mode(home.statePath + "/lock") == folder.files, "in life \(life)")
                for name in try FileManager.default.contentsOfDirectory(atPath: home.statePath) {
                    let mode = Self.mode(home.statePath + "/" + name)
                    #expect(mode & 0o007 == 0, "\(name): \(String(mode, radix: 8))")
                }
                daemon.signal(SIGTERM)
                #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
                guard life == 1, folder.umask != "077" else { continue }
                chmod(home.databasePath, 0o644)
                chmod(home.statePath + "/lock", 0o644)
            }
        }

        @Test("a -shm that is cut is a clear end that blames no URL; the next start has all that was acknowledged")
        func cutIndex() async throws {
            let home = try DaemonHome(TestConfig.eager)
            var daemon = try await home.startReady()
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            let kept = (0..<500).map { "http://127.0.0.250:9/\($0)" }
            #expect(try await home.api.enqueue(kept).new == 500)
            #expect(truncate(home.databasePath + "-shm", 0) == 0)
            _ = try? await home.api.enqueue(["http://127.0.0.250:9/more"])
            #expect(await daemon.ended() == .killed(signal: SIGBUS), "\(daemon.output.text)")
            #expect(daemon.output.contains("frontier.sqlite-shm"), "\(daemon.output.text)")
            daemon = try await home.startReady()
            #expect(try await home.api.enqueue(kept).known == 500)
            let status = try await home.api.status()
            #expect(status.suspects == 0 && status.storageError == nil)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        /// By a shell, for its umask.
        private static func start(_ home: DaemonHome, umask: String) async throws -> ChildProcess {
            let own = home.command()
            var command = ChildProcess.Command(
                "/bin/sh", ["-c", "umask \(umask); exec \"$@\"", "sh", own.program] + own.arguments)
            command.environment = own.environment
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            return daemon
        }

        private static func mode(_ path: String) -> mode_t {
            var info = stat()
            return stat(path, &info) == 0 ? info.st_mode & 0o777 : 0o7777
        }
    }
}
