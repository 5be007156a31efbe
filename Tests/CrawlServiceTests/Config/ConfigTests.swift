import ControlAPI
import CrawlCore
import Foundation
import Testing

@testable import CrawlService

@Suite struct ConfigTests {
    @Test func exampleFileIsTheDefaults() throws {
        #expect(try Config.load(path: Self.file("crawld.yaml")) == .defaults)
    }

    /// A key that the example forgets would be accepted in silence.
    @Test func exampleFileNamesEveryKey() throws {
        let text = try String(contentsOfFile: Self.file("crawld.yaml"), encoding: .utf8)
        let reader = ConfigReader(ConfigDocument(text: text, file: "crawld.yaml"), file: "crawld.yaml")
        var config = Config()
        config.read(reader)
        #expect(reader.knownKeys.filter { reader.places[$0] == nil } == [])
        #expect(reader.knownKeys.count == 88)
    }

    @Test func localFileLoads() throws {
        let config = try Config.load(path: Self.file("local.yaml"))
        #expect(config.daemon.stateDirectory == ".run/state")
        #expect(config.control.socket == ".run/control.sock")
        #expect(config.control.mode == 0o600)
        #expect(config.control.group == "")
        #expect(config.fetch.allowAddresses == ["127.0.0.0/8"])
    }

    @Test(arguments: ["", "# nothing\n", "fetch:\nlog:\n", "fetch: {}\n", "~\n"])
    func absentMeansDefault(text: String) throws {
        #expect(try Config.parse(text, file: "c.yaml") == .defaults)
    }

    @Test func defaultsAreValid() {
        #expect(Config.defaults.validate() == [])
    }

    @Test func everyKindOfValue() throws {
        let yaml = """
            control: {mode: 0600, group: 1000}
            fetch:
              max_body: 64KiB
              user_agent: "mybot/VERSION (+https://example.com)"
              allow_addresses: [10.0.0.0/8, "fd00::/8", 192.0.2.7/32, 0.0.0.0/0]
            recrawl: {interval: 7d}
            health: {recheck_first: never, jitter: 0, burst: []}
            alerts: {exec: [/usr/bin/logger, -t, crawld], webhook: "https://hooks.example.com/x", reminder: never}
            log: {level: debug, format: json}
            """
        let config = try Config.parse(yaml, file: "c.yaml")
        #expect(config.control.mode == 0o600)
        #expect(config.control.group == "1000")
        #expect(config.fetch.maxBody == 65_536)
        #expect(config.fetch.userAgent == "mybot/\(Version.current) (+https://example.com)")
        #expect(config.fetch.allowAddresses.count == 4)
        #expect(config.recrawl.interval == .seconds(7 * 86_400))
        #expect(config.health.recheckFirst == nil)
        #expect(config.health.burst == [])
        #expect(config.alerts.exec == ["/usr/bin/logger", "-t", "crawld"])
        #expect(config.alerts.reminder == nil)
        #expect(config.alerts.giveUpAfter == .seconds(7 * 86_400))
        #expect(
            config.log
                == {
                    var log = LogConfig(); log.level = .debug; log.format = .json; return log
                }())
    }

    @Test(
        arguments: [
            ("{}", .never, 86_400), ("{interval: 7d}", .adaptive(.seconds(604_800)), 604_800),
            ("{interval: 7d, adaptive: false}", .every(.seconds(604_800)), 604_800),
            ("{interval: never, adaptive: true}", .never, 86_400),
        ] as [(String, Recrawl, Int)])
    func recrawls(yaml: String, byDefault: Recrawl, start: Int) throws {
        let rules = try Config.parse("recrawl: \(yaml)", file: "c.yaml").schedulerRules
        #expect(rules.recrawl == byDefault)
        #expect(rules.recrawlBounds.start == .seconds(start))
        #expect(rules.recrawlBounds.shortest == .seconds(60) && rules.recrawlBounds.longest == .seconds(365 * 86_400))
    }

    @Test func unreadableFiles() {
        #expect(
            throws: ConfigFaults([
                .init(file: "/nonexistent.yaml", allowed: "cannot be read: No such file or directory")
            ])
        ) {
            try Config.load(path: "/nonexistent.yaml")
        }
        #expect(throws: ConfigFaults([.init(file: "/", allowed: "cannot be read: not a readable file")])) {
            try Config.load(path: "/")
        }
    }

    @Test(
        arguments: [
            ("500ms", 500), ("8s", 8_000), ("30m", 1_800_000), ("1h", 3_600_000), ("7d", 604_800_000),
            ("365d", 31_536_000_000), ("0s", 0),
        ] as [(String, Int64)])
    func durations(text: String, ms: Int64) {
        #expect(DurationText.duration(text) == .milliseconds(ms))
        #expect(DurationText.text(.milliseconds(ms)) == text)
    }

    @Test(arguments: ["", "5", "s", "1.5h", "-1s", "+1s", "1 s", "1H", "1h30m", "٣s", "9223372036854775807d", "1w"])
    func notDurations(text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test func sizes() {
        #expect(SizeText.bytes("64KiB") == 65_536)
        #expect(SizeText.bytes("16MiB") == 16_777_216)
        #expect(SizeText.bytes("7B") == 7)
        #expect(SizeText.bytes("9223372036854775807TiB") == nil)
        #expect(SizeText.bytes("1KB") == nil)
        #expect(SizeText.text(16_777_216) == "16MiB")
    }

    @Test(arguments: [
        "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.1.0.0/8", "x/8", "::/129", "/8", "1/2/3", "::1/64",
    ])
    func notAddressRanges(text: String) {
        #expect(!AddressRangeText.isValid(text))
    }

    static func file(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../config/\(name)").standardized.path
    }
}
