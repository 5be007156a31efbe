import ControlAPI
import CrawlTesting
import Testing

extension EndToEnd {
    /// The address guard where every address answers: what is refused was not called, and what was called is known.
    @Suite(.enabled(if: NetworkIsland.isPossible, "a network of its own takes root, namespaces, iproute2 and IPv6"))
    struct IslandTests {
        /// Each as a host of its own and as what a name stands for.
        static let inner = [
            "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
            "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.1",
            "224.0.0.1", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
            "2001:0:7f00:1::1", "2001:db8::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
            "4000::1",
        ]

        /// What a browser takes for an address too.
        static let spellings = [
            "2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "127.1", "0", "0xa9fea9fe", "%31%32%37.0.0.1",
            "１２７.0.0.1", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]",
        ]

        @Test func nothingInsideIsCalled() async throws {
            let sut = try IslandFixture()
            var urls = Self.spellings.map { "http://\($0)/spelling" }
            for (number, address) in Self.inner.enumerated() {
                urls.append("http://\(address.contains(":") ? "[\(address)]" : address)/literal")
                sut.names.set("inner\(number).example", [address])
                urls.append("http://inner\(number).example/")
            }
            let daemon = try await sut.start()
            let states = try await sut.states(after: urls)
            #expect(states.count > 2 * Self.inner.count)
            for (url, state) in states { #expect(state == "refused", "\(url)") }
            #expect(sut.called == [])

            // The server is there for whoever may call it.
            let outer = [IslandFixture.publicAddress, "2606:4700::1111"]
            sut.names.set("outer.example", [outer[0]])
            let after = try await sut.states(
                after: ["http://\(outer[0])/", "http://[\(outer[1])]/", "http://outer.example/"])
            #expect(after.filter { $0.value == "done" }.count == 3)
            #expect(sut.called == Set(outer))
            await sut.end(daemon)
        }

        /// Every question for the name gets the other answer: an address that is looked up once more after it was
        /// checked is another one.
        @Test func aNameThatIsRebound() async throws {
            let sut = try IslandFixture(resolver: "system")
            sut.names.set("rebind.example", [IslandFixture.publicAddress], ["127.0.0.1"])
            let daemon = try await sut.start()
            var states: [String: String] = [:]
            for number in 0..<8 { states = try await sut.states(after: ["http://rebind.example/\(number)"]) }
            #expect(Set(states.values) == ["done", "refused"], "both answers were given: \(states)")
            #expect(sut.names.questions("rebind.example") >= 8)
            #expect(sut.called == [IslandFixture.publicAddress])
            await sut.end(daemon)
        }

        /// What crawld has looked up itself is what it connects to, whatever the next question would get.
        @Test func namesThatAreRebound() async throws {
            let sut = try IslandFixture()
            for number in 0..<8 {
                let rounds = [[IslandFixture.publicAddress], ["127.0.0.1"]]
                sut.names.set("rebind\(number).example", rounds[number % 2], rounds[1 - number % 2])
            }
            let daemon = try await sut.start()
            let states = try await sut.states(after: (0..<8).map { "http://rebind\($0).example/" })
            #expect(Set(states.values) == ["done", "refused"], "both answers were given: \(states)")
            #expect(sut.called == [IslandFixture.publicAddress])
            await sut.end(daemon)
        }

        /// A name with public and inner addresses, in any order and family: only the public ones are called.
        @Test func aNameWithBothKindsOfAddresses() async throws {
            // After two refusals in a row libcurl 7.88 goes on when half the connect timeout is over.
            let sut = try IslandFixture(fetch: "connect_timeout: 2s,")
            let (v4, v6) = (IslandFixture.publicAddress, "2606:4700::1111")
            let mixes = [
                [v4, "10.0.0.1"], ["10.0.0.1", v4], ["127.0.0.1", "10.0.0.1", "192.168.0.1", v4], [v6, "127.0.0.1"],
                ["::1", v4], ["::ffff:127.0.0.1", v6], ["fd00::1", "fe80::1", "10.0.0.1", v6, v4],
            ]
            for (number, mix) in mixes.enumerated() { sut.names.set("mix\(number).example", mix) }
            let daemon = try await sut.start()
            let states = try await sut.states(after: mixes.indices.map { "http://mix\($0).example/" })
            for (number, mix) in mixes.enumerated() {
                #expect(states["http://mix\(number).example/"] == "done", "\(mix)")
            }
            #expect(sut.called.isSubset(of: [v4, v6]) && !sut.called.isEmpty, "\(sut.called)")
            await sut.end(daemon)
        }

        /// The public address refuses or is silent, so libcurl goes on to the next or tries it meanwhile (RFC 8305): that
        /// is an inner one where somebody listens.
        @Test func theNextAddressIsCheckedToo() async throws {
            let sut = try IslandFixture(fetch: "connect_timeout: 2s,")
            let inner = ["127.0.0.1", "10.0.0.1", "::1", "fd00::1"]
            let servers = try inner.map { try IslandServer(on: sut.island, address: $0, port: 81) }
            let (refusing, silent) = (
                [IslandFixture.publicAddress, "2606:4700::1111"], ["198.41.0.4", "2001:503::30"]
            )
            let backlogs = silent.compactMap { FullBacklog(address: $0, port: 81, on: sut.island) }
            #expect(backlogs.count == silent.count)
            var urls: [String] = []
            for first in refusing + silent {
                for rest in [inner] + inner.map({ [$0] }) {
                    let name = "next\(urls.count).example"
                    sut.names.set(name, [first] + rest)
                    urls.append("http://\(name):81/")
                }
            }
            let daemon = try await sut.start()
            _ = try await sut.home.api.enqueue(urls)
            let allWereTried = try await eventually { try await sut.home.api.records().allSatisfy { $0.attempts > 0 } }
            #expect(allWereTried)
            for (address, server) in zip(inner, servers) { #expect(server.contacts.isEmpty, "\(address)") }
            let outcomes = Set(try await sut.home.api.records().map(\.lastOutcome))
            #expect(!outcomes.contains("success"), "\(outcomes)")
            await sut.end(daemon)
            withExtendedLifetime(backlogs) {}
        }

        @Test func exemptionsAreExact() async throws {
            let sut = try IslandFixture(fetch: "allow_addresses: [\"10.1.2.4/31\", \"fd00:1::/64\", \"::1/128\"],")
            sut.names.set("exempt.example", ["10.1.2.5"])
            sut.names.set("beside.example", ["10.1.2.6"])
            let exempt = [
                "10.1.2.4", "10.1.2.5", "[fd00:1::ffff]", "[::1]", "[::ffff:10.1.2.4]", "exempt.example",
            ].map { "http://\($0)/" }
            let beside = [
                "10.1.2.3", "10.1.2.6", "[fd00:1:0:1::]", "[::2]", "127.0.0.1", "[::ffff:10.1.2.6]", "beside.example",
            ].map { "http://\($0)/" }
            let daemon = try await sut.start()
            let states = try await sut.states(after: exempt + beside)
            #expect(states.values.filter { $0 == "done" }.count == exempt.count, "\(states)")
            #expect(states.values.filter { $0 == "refused" }.count == beside.count, "\(states)")
            #expect(sut.called == ["10.1.2.4", "10.1.2.5", "fd00:1::ffff", "::1"])
            await sut.end(daemon)
        }

        /// Whether the target is only noted or becomes a URL of its own, it is not called.
        @Test func aRedirectInside() async throws {
            let sut = try IslandFixture()
            sut.names.set("inner.example", ["192.168.0.1"])
            let targets = [
                "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://0x7f.1/", "//[::1]/",
                "http://inner.example/", "http://[64:ff9b::7f00:1]/", "https://10.0.0.1/",
            ]
            for (number, target) in targets.enumerated() {
                sut.server.on(
                    "/\(number)",
                    "HTTP/1.1 \(number % 2 == 0 ? "302 Found" : "301 Moved Permanently")\r\nLocation: \(target)\r\n"
                        + "Content-Length: 0\r\nConnection: close\r\n\r\n")
            }
            let sources = targets.indices.map { "http://\(IslandFixture.publicAddress)/\($0)" }
            let daemon = try await sut.start()
            let states = try await sut.states(after: sources)
            for source in sources { #expect(states[source] == "done") }
            for (url, state) in states where !sources.contains(url) { #expect(state == "refused", "\(url)") }
            for number in targets.indices {
                #expect(sut.server.contacts.contains { $0.head.hasPrefix("get /\(number) ") })
            }
            #expect(sut.called == [IslandFixture.publicAddress])
            await sut.end(daemon)
        }

        /// What libcurl would read from the environment: proxies, and passwords in the home folder.
        @Test(arguments: ["", "unrelated.example"])
        func theEnvironmentHasNoSay(_ noProxy: String) async throws {
            let sut = try IslandFixture()
            let proxy = try IslandServer(on: sut.island, address: "127.0.0.1", port: 3128)
            sut.names.set("plain.example", [IslandFixture.publicAddress])
            let daemonHome = sut.home.folder.path
            let passwords = "login somebody password secret\n"
            let hosts = ["plain.example", IslandFixture.publicAddress]
            try sut.home.write(
                hosts.map { "machine \($0) \(passwords)" }.joined() + "default \(passwords)",
                to: daemonHome + "/.netrc")
            try sut.home.write("proxy = http://127.0.0.1:3128\nnetrc\n", to: daemonHome + "/.curlrc")
            var environment = ["HOME": daemonHome, "CURL_HOME": daemonHome, "NETRC": daemonHome + "/.netrc"]
            for name in ["http_proxy", "https_proxy", "all_proxy"] {
                environment[name] = "http://somebody:secret@127.0.0.1:3128"
                environment[name.uppercased()] = "socks5h://127.0.0.1:3128"
            }
            environment["no_proxy"] = noProxy
            environment["NO_PROXY"] = noProxy
            let daemon = try await sut.start(environment: environment)
            let urls = hosts.map { "http://\($0)/x" }
            let states = try await sut.states(after: urls)
            for url in urls { #expect(states[url] == "done") }
            #expect(proxy.contacts.isEmpty)
            #expect(sut.called == [IslandFixture.publicAddress])
            let heads = sut.server.contacts.map(\.head)
            // A path alone: not the whole URL that a proxy is asked for.
            #expect(heads.filter { $0.hasPrefix("get /x http/1.1\r\n") }.count == 2)
            for head in heads { #expect(!head.contains("authorization") && !head.contains("proxy-"), "\(head)") }
            await sut.end(daemon)
        }
    }
}
