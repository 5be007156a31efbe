import Testing

@testable import CrawlService

/// What a faulty file is told, word for word: people and editors read `file:line`.
@Suite struct ConfigFaultTests {
    static let table: [(yaml: String, faults: [String])] = [
        ("fetch:\n  worker: 2\n", ["c.yaml:2: fetch.worker: 2: unknown key, did you mean `workers`?"]),
        (
            "fetch:\n  crawl_delay: 2s\n",
            ["c.yaml:2: fetch.crawl_delay: 2s: unknown key, did you mean `politeness.crawl_delay`?"]
        ),
        ("fetch:\n  colour: red\n", ["c.yaml:2: fetch.colour: unknown key"]),
        ("fetsh:\n  workers: 2\n", ["c.yaml:1: fetsh: unknown section, did you mean `fetch`?"]),
        ("weather:\n  share: 0.1\n", ["c.yaml:1: weather: unknown section"]),
        (
            "storm: {share: 1.5, min_domains: 1, window: 30s, max: 5m}\n",
            [
                "c.yaml:1: storm.share: 1.5: must be from 0 to 1",
                "c.yaml:1: storm.min_domains: 1: must be from 2 to 10000",
                "c.yaml:1: storm.window: 30s: must be from 1m to 1d",
                "c.yaml:1: storm.max: 5m: must be from 10m to 365d",
            ]
        ),
        (
            "fetch:\n  workers: 1\n\n  workers: 2\n",
            ["c.yaml:4: workers: given more than once, first in line 2"]
        ),
        (
            "fetch:\n  workers: 1\nlog:\n  level: info\nfetch:\n  http2: false\n",
            ["c.yaml:5: fetch: given more than once, first in line 1"]
        ),
        ("log: {level: info, level: debug}\n", ["c.yaml:1: level: given more than once"]),
        ("- a\n- b\n", ["c.yaml:1: [a, b]: must hold sections such as `fetch:`"]),
        ("fetch: 3\n", ["c.yaml:1: fetch: must be a section of keys"]),
        ("fetch:\n  workers: many\n", ["c.yaml:2: fetch.workers: many: must be a whole number"]),
        ("fetch:\n  workers:\n", ["c.yaml:2: fetch.workers: \"\": must be a whole number"]),
        ("fetch:\n  workers: -1\n", ["c.yaml:2: fetch.workers: -1: must be from 0 to 256"]),
        (
            "fetch:\n  workers: 99999999999999999999\n",
            ["c.yaml:2: fetch.workers: 99999999999999999999: must be a whole number"]
        ),
        ("fetch:\n  max_in_flight: 0\n", ["c.yaml:2: fetch.max_in_flight: 0: must be from 1 to 100000"]),
        ("fetch:\n  http2: yes\n", ["c.yaml:2: fetch.http2: yes: must be true or false"]),
        (
            "fetch:\n  total_timeout: 5 m\n",
            ["c.yaml:2: fetch.total_timeout: 5 m: must be a whole number with ms, s, m, h or d, such as 30m"]
        ),
        ("fetch:\n  total_timeout: 0s\n", ["c.yaml:2: fetch.total_timeout: 0s: must be from 1ms to 1d"]),
        (
            "fetch:\n  max_body: 16MB\n",
            ["c.yaml:2: fetch.max_body: 16MB: must be a whole number with B, KiB, MiB or GiB, such as 16MiB"]
        ),
        (
            "fetch:\n  user_agent: \"a\\nb\"\n",
            ["c.yaml:2: fetch.user_agent: a\\nb: must be 1 to 256 printable ASCII characters"]
        ),
        (
            "fetch:\n  ca_file: /nonexistent/ca.pem\n",
            [
                "c.yaml:2: fetch.ca_file: /nonexistent/ca.pem: must be the path of a readable PEM file, or \"\" for the system's"
            ]
        ),
        (
            "fetch:\n  allow_addresses: [127.0.0.1/8]\n",
            [
                "c.yaml:2: fetch.allow_addresses: [127.0.0.1/8]: must be ranges such as 127.0.0.0/8 or fd00::/8,"
                    + " with no bit set behind the prefix"
            ]
        ),
        (
            "dns:\n  servers: [192.0.2.53, ns.example, \"::1:x\"]\n  max_in_flight: 8\n",
            [
                "c.yaml:2: dns.servers: [192.0.2.53, ns.example, ::1:x]: must be addresses, each with or without a port, "
                    + "such as `192.0.2.53` or `[2001:db8::53]:5353`; `ns.example` is none",
                "c.yaml:3: dns.max_in_flight: 8: must be from 16 to 16384",
            ]
        ),
        (
            "dns: {servers: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]}\n",
            ["c.yaml:1: dns.servers: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]: must be at most 3"]
        ),
        (
            "dns: {servers: [192.0.2.1], resolver: system}\n",
            [
                "c.yaml:1: dns.servers: [192.0.2.1]: needs `dns.resolver: c-ares`: the system asks the servers of "
                    + "/etc/resolv.conf"
            ]
        ),
        (
            "dns:\n  min_ttl: 2h\n  max_ttl: 1h\n  cache: 10B\n",
            [
                "c.yaml:2: dns.min_ttl: 2h: must be at most dns.max_ttl",
                "c.yaml:4: dns.cache: 10B: must be from 1MiB to 16GiB",
            ]
        ),
        (
            "control:\n  mode: \"0888\"\n",
            ["c.yaml:2: control.mode: 0888: must be octal permissions from \"0000\" to \"0777\""]
        ),
        ("control:\n  socket: \"\"\n", ["c.yaml:2: control.socket: \"\": must be a path of at most 107 bytes"]),
        (
            "recrawl:\n  interval: sometimes\n",
            [
                "c.yaml:2: recrawl.interval: sometimes: must be a whole number with ms, s, m, h or d, such as 30m, or never"
            ]
        ),
        (
            "recrawl:\n  min_interval: 8d\n  max_interval: 7d\n",
            ["c.yaml:2: recrawl.min_interval: 8d: must be at most max_interval (7d)"]
        ),
        (
            "recrawl:\n  max_interval: 30s\n",
            ["c.yaml:2: recrawl.min_interval: 1m: must be at most max_interval (30s)"]
        ),
        (
            "alerts:\n  exec: [notify, me]\n",
            ["c.yaml:2: alerts.exec: [notify, me]: must be the program's absolute path, then its arguments"]
        ),
        (
            "alerts:\n  exec: notify\n",
            ["c.yaml:2: alerts.exec: notify: must be a list of texts such as [\"a\", \"b\"]"]
        ),
        (
            "alerts: {reminder: 0s, give_up_after: 4000d}\n",
            [
                "c.yaml:1: alerts.reminder: 0s: must be from 1s to 3650d",
                "c.yaml:1: alerts.give_up_after: 4000d: must be from 0s to 3650d",
            ]
        ),
        (
            "alerts:\n  webhook: ftp://example.com\n",
            ["c.yaml:2: alerts.webhook: must be an http or https URL, or \"\" for none"]
        ),
        (
            "log:\n  level: loud\n",
            ["c.yaml:2: log.level: loud: must be one of trace, debug, info, notice, warning, error, critical"]
        ),
        ("log:\n  format: xml\n", ["c.yaml:2: log.format: xml: must be one of auto, text, json, journal"]),
        ("fetch: [\n", ["c.yaml:2: not valid YAML: did not find expected node content"]),
    ]

    @Test(arguments: table) func tells(yaml: String, faults: [String]) {
        #expect(messages(of: yaml) == faults)
    }

    static let health: [(yaml: String, fault: String)] = [
        (
            "max_gap: 32m",
            "c.yaml:2: health.max_gap: 32m: must be at least 33m: twice the widest difference between probes, and jitter"
        ),
        ("max_gap: 60m", "c.yaml:2: health.max_gap: 60m: must be less than broken_after (1h)"),
        (
            "broken_after: 61m",
            "c.yaml:2: health.probes: [5m, 15m, 30m, 45m, 1h]: must end at broken_after (61m) or later"
        ),
        (
            "min_probe_times: 7",
            "c.yaml:2: health.min_probe_times: 7: must be at most 6: the probes and the first attempt"
        ),
        (
            "probes: [5m, 20m, 15m, 60m]",
            "c.yaml:2: health.probes: [5m, 20m, 15m, 60m]: must be 1 to 64 durations, each longer than the one before"
        ),
        ("probes: []", "c.yaml:2: health.probes: []: must be 1 to 64 durations, each longer than the one before"),
        ("burst: [0s]", "c.yaml:2: health.burst: [0s]: must be at most 16 durations of at least 1ms"),
        ("recheck_first: 2d", "c.yaml:2: health.recheck_first: 2d: must be at most recheck_max (1d)"),
        ("jitter: 1.5", "c.yaml:2: health.jitter: 1.5: must be from 0 to 1"),
        ("jitter: nan", "c.yaml:2: health.jitter: nan: must be a number such as 0.1"),
        (
            "jitter: 0.5",
            "c.yaml:2: health.max_gap: 40m: must be at least 45m: twice the widest difference between probes, and jitter"
        ),
    ]

    @Test(arguments: health) func keepsTheHourProvable(yaml: String, fault: String) {
        #expect(messages(of: "health:\n  \(yaml)\n") == [fault])
    }

    @Test func allFaultsAtOnceInTheOrderOfTheFile() {
        let yaml = """
            daemon:
              state_dir: ""
            fetch:
              workers: x
              workers: 3
              max_bdy: 1MiB
            health:
              max_gap: 5m
              probes: nonsense
            log:
              level: loud
            """
        #expect(
            messages(of: yaml).map { $0.split(separator: ":").prefix(3).joined(separator: ":") } == [
                "c.yaml:2: daemon.state_dir", "c.yaml:4: fetch.workers", "c.yaml:5: workers",
                "c.yaml:6: fetch.max_bdy", "c.yaml:9: health.probes", "c.yaml:11: log.level",
            ])
    }

    /// One faulty value hides no other, nor a rule between others.
    @Test(
        "all faults of health are named at once",
        arguments: [
            (
                "  jitter: 7\n  max_gap: 3h\n  policies: {\"521\": {probes: [30m, 5m]}}",
                ["c.yaml:2: health.jitter", "c.yaml:3: health.max_gap", "c.yaml:4: health.policies.521.probes"]
            ),
            (
                "  max_gap: 3h\n  probes: [5m, 15m]\n  policies: {\"521\": {broken_after: 30m}}",
                [
                    "c.yaml:2: health.max_gap", "c.yaml:3: health.probes", "c.yaml:3: health.min_probe_times",
                    "c.yaml:4: health.policies.521.broken_after",
                ]
            ),
        ])
    func allOfHealth(yaml: String, faults: [String]) {
        let found = messages(of: "health:\n" + yaml + "\n")
        let named = found.map { $0.split(separator: ":").prefix(3).joined(separator: ":") }
        #expect(Set(named) == Set(faults), "\(found)")
    }

    /// Keys of the interface that nothing obeys yet must not be taken in silence.
    @Test(arguments: [
        "metrics.listen"
    ])
    func refusesWhatIsNotObeyedYet(key: String) throws {
        let parts = key.split(separator: ".")
        let faults = messages(of: "\(try #require(parts.first)):\n  \(try #require(parts.last)): 1\n")
        #expect(faults.count == 1)
        #expect(faults.first?.contains("unknown") == true)
    }

    @Test func valuesStayOnOneLineAndShort() {
        let fault = ConfigFault(
            file: "f", line: 1, key: "k", value: "a\u{1B}[2J\n" + String(repeating: "x", count: 99), allowed: "b")
        #expect(fault.description.utf8.allSatisfy { $0 >= 0x20 })
        #expect(fault.description.count < 110)
    }

    private func messages(of yaml: String) -> [String] {
        do {
            _ = try Config.parse(yaml, file: "c.yaml")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }
}
