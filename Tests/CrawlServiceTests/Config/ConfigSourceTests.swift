import Foundation
import Testing

@testable import CrawlService

@Suite struct ConfigSourceTests {
    @Test func theCommandLineGoesOverTheFile() throws {
        var source = ConfigSource()
        source.file = try file(
            "daemon: {state_dir: /file}\ncontrol: {socket: /file.sock}\nlog: {level: debug, format: json}\n")
        defer { try? FileManager.default.removeItem(atPath: source.file ?? "") }
        source.inheritedStateDirectory = "/inherited"
        #expect(try source.load().daemon.stateDirectory == "/file")
        source.stateDirectory = "/option"
        source.socket = "/option.sock"
        source.logLevel = .error
        source.logFormat = .text
        let config = try source.load()
        #expect(config.daemon.stateDirectory == "/option")
        #expect(config.control.socket == "/option.sock")
        #expect(config.log.level == .error)
        #expect(config.log.format == .text)
    }

    @Test func stateDirectoryStandsInForTheDefault() throws {
        var source = ConfigSource()
        source.file = try file("log: {level: debug}\n")
        defer { try? FileManager.default.removeItem(atPath: source.file ?? "") }
        source.inheritedStateDirectory = "/var/lib/private/crawld:/other"
        #expect(try source.load().daemon.stateDirectory == "/var/lib/private/crawld")
    }

    @Test func optionsAreCheckedToo() throws {
        var source = ConfigSource()
        source.file = try file("")
        defer { try? FileManager.default.removeItem(atPath: source.file ?? "") }
        source.socket = String(repeating: "x", count: 108)
        #expect(throws: ConfigFaults.self) { try source.load() }
    }

    @Test func aNamedFileMustExist() {
        var source = ConfigSource()
        source.file = "/nonexistent.yaml"
        #expect(throws: ConfigFaults.self) { try source.load() }
    }

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crawld-\(UUID()).yaml").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}
