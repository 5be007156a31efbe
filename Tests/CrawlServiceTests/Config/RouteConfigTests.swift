import CrawlCore
import CrawlFetch
import Testing

@testable import CrawlService

/// Proxies, profiles and policies: what is taken, and what a faulty file is told.
@Suite struct RouteConfigTests {
    private static let proxyForm =
        "http, https, socks5h://[user[:password]@]host:port, with what is special in name and password percent-encoded"
        + " and no control characters"

    static let faults: [(yaml: String, faults: [String])] = [
        // Proxies: never a value, for there may be a password in it.
        ("proxies: {urls: [ftp://u:secret@p:21]}\n", ["c.yaml:1: proxies.urls: entry 1 must be \(proxyForm)"]),
        (
            "proxies:\n  urls:\n    - http://p:80\n    - http://u:secret%0d%0aX@p:81\n",
            ["c.yaml:2: proxies.urls: entry 2 must be \(proxyForm)"]
        ),
        (
            "proxies: {urls: http://u:secret@p:80}\n",
            [
                "c.yaml:1: proxies.urls: must be a list of texts such as [\"a\", \"b\"]"
            ]
        ),
        (
            "proxies: {urls: [[http://u:secret@p:80]]}\n",
            [
                "c.yaml:1: proxies.urls: must be a list of texts such as [\"a\", \"b\"]"
            ]
        ),
        ("proxies: {url: http://u:secret@p:80}\n", ["c.yaml:1: proxies.url: unknown key, did you mean `urls`?"]),
        ("proxies: http://u:secret@p:80\n", ["c.yaml:1: proxies: must be a section of keys"]),
        ("proxies: {urls: [http://p:80, http://p:80]}\n", ["c.yaml:1: proxies.urls: must name each proxy once"]),
        // Profiles.
        ("profiles:\n  a: {colour: red}\n", ["c.yaml:2: profiles.a.colour: unknown key"]),
        ("profiles:\n  a: fast\n", ["c.yaml:2: profiles.a: must be a section of keys"]),
        ("profiles:\n  a b: {}\n", ["c.yaml:2: profiles.a b: must be a name of letters, digits, - and _, at most 64"]),
        ("profiles:\n  a: {http: \"3\"}\n", ["c.yaml:2: profiles.a.http: 3: must be one of \"\", 1.1, 2"]),
        (
            "profiles:\n  a:\n    headers:\n      Cookie: \"secret\\r\\nX: y\"\n",
            ["c.yaml:4: profiles.a.headers.Cookie: must be one line of at most 4096 bytes, without control characters"]
        ),
        (
            "profiles:\n  a:\n    headers:\n      \"X\\r\\nY\": secret\n",
            ["c.yaml:4: profiles.a.headers.X\\r\\nY: must be the name of a header (RFC 9110 5.6.2), at most 128 bytes"]
        ),
        (
            "profiles:\n  a: {headers: {\"X:\": secret}}\n",
            ["c.yaml:2: profiles.a.headers.X:: must be the name of a header (RFC 9110 5.6.2), at most 128 bytes"]
        ),
        (
            "profiles:\n  a: {headers: {hOst: x}}\n",
            [
                "c.yaml:2: profiles.a.headers.hOst: must not be a header that frames a request, such as Host or"
                    + " Content-Length"
            ]
        ),
        (
            "profiles:\n  a: {headers: {A: x, a: y}}\n",
            ["c.yaml:2: profiles.a.headers: must name each header once, whatever its case"]
        ),
        ("profiles:\n  a: {headers: {A: [secret]}}\n", ["c.yaml:2: profiles.a.headers.A: must be text"]),
        (
            "profiles:\n  a: {tls_ciphers: \"ALL\\n\"}\n",
            [
                "c.yaml:2: profiles.a.tls_ciphers: ALL\\n: must be names of letters, digits, - and _, joined by colons, at most"
                    + " 1024 bytes"
            ]
        ),
        (
            "soft_block: {control_profile: x}\n",
            ["c.yaml:1: soft_block.control_profile: x: must be \"\", for there are no profiles"]
        ),
        (
            "soft_block: {control_profile: x}\nprofiles: {a: {}, b: {}}\n",
            ["c.yaml:1: soft_block.control_profile: x: must be \"\" or one of a, b"]
        ),
        ("soft_block: {on_detect: run}\n", ["c.yaml:1: soft_block.on_detect: run: must be one of park, switch"]),
        // Policies.
        (
            "health:\n  policies: {\"520\": off}\n",
            [
                "c.yaml:2: health.policies.520: off: must be one of 521, 522, 523, 524, 525, 526, 530, in quotes or not; 520 goes"
                    + " by the keys of health itself"
            ]
        ),
        ("health:\n  policies:\n    522: on\n", ["c.yaml:3: health.policies.522: must be a section of keys"]),
        (
            "health:\n  policies:\n    522: {max_gap: 1h}\n",
            ["c.yaml:3: health.policies.522.max_gap: 1h: unknown key, did you mean `health.max_gap`?"]
        ),
        (
            "health:\n  policies:\n    522: {probes: [5m, 60m]}\n",
            [
                "c.yaml:3: health.policies.522.probes: [5m, 60m]: must keep twice the widest difference between probes, and jitter"
                    + " (121m), within health.max_gap (40m)",
                "c.yaml:3: health.policies.522.probes: [5m, 60m]: must have at least 3: health.min_probe_times without the first"
                    + " attempt",
            ]
        ),
        (
            "health:\n  policies:\n    522: {broken_after: 30m}\n",
            ["c.yaml:3: health.policies.522.broken_after: 30m: must be more than health.max_gap (40m)"]
        ),
        (
            "health:\n  policies:\n    \"522\": {broken_after: 2h}\n",
            ["c.yaml:3: health.policies.522.broken_after: 2h: must be at most the last of health.probes (1h)"]
        ),
        (
            "health:\n  policies:\n    522: {probes: [10m, 20m, 30m]}\n",
            ["c.yaml:3: health.policies.522.probes: [10m, 20m, 30m]: must end at broken_after (1h) or later"]
        ),
        (
            "health:\n  policies:\n    522: {burst: [0s], probes: [2m, 1m]}\n",
            [
                "c.yaml:3: health.policies.522.burst: [0s]: must be at most 16 durations of at least 1ms",
                "c.yaml:3: health.policies.522.probes: [2m, 1m]: must be 1 to 64 durations, each longer than the one before",
            ]
        ),
        (
            "health:\n  policies:\n    522: {recheck_first: 2d}\n",
            ["c.yaml:3: health.policies.522.recheck_first: 2d: must be at most health.recheck_max (1d)"]
        ),
    ]

    @Test(arguments: faults) func tells(yaml: String, faults: [String]) {
        var told: [String] = []
        do {
            _ = try Config.parse(yaml, file: "c.yaml")
        } catch {
            told = error.faults.map(\.description)
        }
        #expect(told == faults)
        #expect(told.allSatisfy { !$0.contains("secret") })
    }

    @Test func whatIsTaken() throws {
        let yaml = """
            health:
              policies:
                "521": off
                522: {burst: [], probes: [10m, 25m, 40m, 55m, 70m, 85m, 100m, 115m, 130m], broken_after: 2h, recheck_first: never}
            soft_block: {control_profile: chrome, on_detect: switch}
            profiles:
              plain: {}
              chrome:
                headers: {User-Agent: "Mozilla/5.0 (X11)", Accept: }
                http: "2"
                tls_ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256"
                tls_curves: X25519
            proxies: {urls: ["http://u:p%40@a.example:3128", "socks5h://b.example:1080"]}
            """
        let config = try Config.parse(yaml, file: "c.yaml")
        #expect(Config().schedulerRules.softBlock == SoftBlockRules(), "off by default")
        let rules = config.schedulerRules
        #expect(rules.proxies == 2)
        #expect(rules.health.policies[.originDown]?.isOff == true)
        let slow = rules.health.of(.connectTimeout)
        #expect(slow.burst == [] && slow.probes.count == 9 && slow.brokenAfter == .seconds(7200))
        #expect(slow.recheckFirst == nil && slow.maxGap == rules.health.maxGap)
        #expect(rules.health.of(.unknownOriginError) == rules.health)
        #expect(rules.softBlock == SoftBlockRules(control: 1, name: "chrome", switches: true))
        let limits = config.fetchLimits
        #expect(limits.proxies.map(\.address) == ["http://a.example:3128", "socks5h://b.example:1080"])
        #expect(limits.proxies.first?.password == "p@")
        #expect(limits.profiles.count == 2 && limits.profiles.last?.http == .http2)
        #expect(
            limits.profiles.last?.headers == [.init("User-Agent", "Mozilla/5.0 (X11)"), .init("Accept", "")])
    }
}
