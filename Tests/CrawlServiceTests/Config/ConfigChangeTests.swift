import Testing

@testable import CrawlService

/// Which keys a reload puts in force and which wait for a restart.
struct ConfigChangeTests {
    private static func change(_ text: String, from old: String = "") throws -> ConfigChange {
        ConfigChange(from: try Config.parse(old, file: "old"), to: try Config.parse(text, file: "new"))
    }

    @Test func nothingChanges() throws {
        let same = try Self.change("fetch: {workers: 0}\npoliteness: {crawl_delay: 1000ms}\n")
        #expect(same.inForce.isEmpty && same.restart.isEmpty)
        #expect(same.text == "nothing waits for a restart")
    }

    @Test func keysAreNamedAsTheFileWritesThem() throws {
        let change = try Self.change(
            """
            fetch: {workers: 2, chain_cookies: false}
            control: {socket: /run/other.sock}
            politeness: {crawl_delay: 2s}
            health: {resolve_hold: 1h, jitter: 0.2}
            log: {level: debug, format: json}
            """)
        #expect(
            change.inForce == ["fetch.chain_cookies", "health.jitter", "log.level", "politeness.crawl_delay"])
        #expect(change.restart == ["control.socket", "fetch.workers", "health.resolve_hold", "log.format"])
        #expect(
            change.text
                == "fetch.chain_cookies, health.jitter, log.level, politeness.crawl_delay are in force; control.socket, fetch.workers, health.resolve_hold, log.format wait for a restart"
        )
    }

    @Test func whatIsTakenOutCountsToo() throws {
        let change = try Self.change("", from: "alerts: {exec: [/bin/true]}\nhealth: {policies: {\"521\": off}}\n")
        #expect(change.inForce == ["health.policies"])
        #expect(change.restart == ["alerts.exec"])
        #expect(change.text == "health.policies is in force; alerts.exec waits for a restart")
    }

    @Test("a secret is named, not shown")
    func secrets() throws {
        let change = try Self.change(
            "alerts: {webhook: \"https://user:secret@a.example/\"}\nproxies: {urls: [\"http://u:secret@p.example:1\"]}\n"
        )
        #expect(change.restart == ["alerts.webhook", "proxies.urls"])
        #expect(!change.text.contains("secret"))
    }

    @Test func profilesAreOneValue() throws {
        let change = try Self.change("profiles: {browser: {headers: {Accept: \"*/*\"}}}\n")
        #expect(change.restart == ["profiles"])
    }

    @Test("every key of the configuration is looked at: a change of it is found")
    func complete() throws {
        let reader = ConfigReader(ConfigDocument(text: "", file: ""), file: "")
        var config = Config()
        config.read(reader)
        let known = Set(reader.knownKeys).subtracting(["health.policies"])
        #expect(known == Set(reader.values.keys))
    }
}
