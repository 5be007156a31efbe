import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// What `make install` copies and `make uninstall` takes away, below a folder that stands for `/`.
    @Suite struct InstallTests {
        private static let checkout = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func install(_ root: String, remove: Bool = false) async throws -> (ProcessEnding?, String) {
            let binaries = URL(filePath: BuiltProgram.path("crawld")).deletingLastPathComponent().path
            var command = ChildProcess.Command(
                checkout.appending(path: ".ci/install").path, [remove ? "--remove" : binaries])
            command.environment = ["DESTDIR": root, "PREFIX": "/usr/local"]
            let process = try ChildProcess(command)
            return (await process.ended(), process.output.text)
        }

        private static func files(_ root: String) throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: root).filter {
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: root + "/" + $0, isDirectory: &isFolder)
                    && !isFolder.boolValue
            }.sorted()
        }

        @Test func whatIsInstalledIsTakenAwayAgainButForTheConfiguration() async throws {
            let folder = try TemporaryFolder()
            let root = folder.file("root")
            #expect(try await Self.install(root).0 == .exited(0))
            let installed = try Self.files(root)
            for file in [
                "etc/crawld/crawld.yaml", "etc/systemd/system/crawld.service", "etc/systemd/system/crawld.socket",
                "usr/lib/systemd/catalog/crawld.catalog", "usr/local/bin/crawld", "usr/local/bin/crawlctl",
                "usr/local/lib/sysusers.d/crawld.conf", "usr/local/share/bash-completion/completions/crawlctl",
            ] {
                #expect(installed.contains(file), "\(file)")
            }
            let configuration = root + "/etc/crawld/crawld.yaml"
            try "log: {level: debug}\n".write(toFile: configuration, atomically: true, encoding: .utf8)

            #expect(try await Self.install(root).0 == .exited(0))
            #expect(try Self.files(root) == installed)
            #expect(try String(contentsOfFile: configuration, encoding: .utf8) == "log: {level: debug}\n")

            #expect(try await Self.install(root, remove: true).0 == .exited(0))
            #expect(try Self.files(root) == ["etc/crawld/crawld.yaml"])
            let again = try await Self.install(root, remove: true)
            #expect(again.0 == .exited(66))
            #expect(again.1.contains("PREFIX and DESTDIR have to be those of `make install`"), "\(again.1)")
        }
    }
}
