import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// Which of two real proxies saw which request, by their own logs.
    @Suite struct ProxyTests {
        private static func configuration(_ proxies: [String]) -> String {
            let urls = proxies.map { "\"\($0)\"" }.joined(separator: ", ")
            return TestConfig.eager + TestConfig.impatientHealth + "proxies: {urls: [\(urls)]}\n"
        }

        private func ask(_ home: DaemonHome, _ urls: [String]) async throws {
            _ = try await home.api.enqueue(urls)
            for url in urls {
                let isAsked = try await eventually(within: .seconds(20)) {
                    try await home.api.record(url).attempts > 0
                }
                try #require(isAsked, "\(url)")
            }
        }

        @Test(
            "an origin keeps its proxy, moves on when it is turned away, and stays there through a restart",
            arguments: [403, 429])
        func stickyAndMoved(status: Int) async throws {
            let proxies = [try await TinyProxy.start(), try await TinyProxy.start()]
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200))
            origin.on("/no", .status(status, headers: [("retry-after", "1")]))
            let home = try DaemonHome(Self.configuration(proxies.map(\.url)))
            // They must not speak, neither for nor against a proxy.
            var command = home.command()
            command.environment["http_proxy"] = "http://127.0.0.1:9"
            command.environment["no_proxy"] = "*"
            let daemon = try ChildProcess(command)
            try await home.ready(daemon)
            try await ask(home, (0..<10).map { origin.url("/\($0)") })
            #expect(Set(proxies.map(\.requests.count)) == [0, 10])
            let first = try #require(proxies.first { $0.requests.count == 10 })
            let second = try #require(proxies.first { $0.requests.isEmpty })
            try await ask(home, [origin.url("/no")])
            origin.on("/no", .status(200))
            try await ask(home, (10..<15).map { origin.url("/\($0)") })
            #expect(first.requests.count == 11 && first.requests.last == "GET \(origin.url("/no"))")
            #expect(second.requests.count >= 5)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let again = try await home.startReady()
            try await ask(home, [origin.url("/after")])
            #expect(first.requests.count == 11 && second.requests.contains("GET \(origin.url("/after"))"))
            again.signal(SIGTERM)
            #expect(await again.ended() == .exited(0))
            #expect(origin.requests.count == first.requests.count + second.requests.count)
            await origin.stop()
            for proxy in proxies { await proxy.stop() }
        }

        @Test("a 520 of the edge is marked broken, and all its requests went through one proxy")
        func neverOn520() async throws {
            let proxies = [try await TinyProxy.start(), try await TinyProxy.start()]
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.edge520)
            let home = try DaemonHome(Self.configuration(proxies.map(\.url)))
            let daemon = try await home.startReady()
            let url = origin.url("/broken")
            _ = try await home.api.enqueue([url])
            let isMarked = try await eventually(within: .seconds(20)) {
                try await home.api.record(url).state == URLState.brokenOrigin.rawValue
            }
            #expect(isMarked)
            #expect(try await home.api.incidents().first?.evidence?.viaProxy == true)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(Set(proxies.map { $0.requests.isEmpty }) == [true, false])
            #expect(proxies.map(\.requests.count).reduce(0, +) == origin.requests.count)
            await origin.stop()
            for proxy in proxies { await proxy.stop() }
        }

        @Test("a proxy that is down never counts against a URL")
        func downProxy() async throws {
            let proxy = try await TinyProxy.start()
            await proxy.stop()
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200))
            let home = try DaemonHome(Self.configuration([proxy.url]))
            let daemon = try await home.startReady()
            let url = origin.url("/")
            try await ask(home, [url])
            let record = try await home.api.record(url)
            #expect(record.lastOutcome == "inconclusive")
            #expect(record.state == URLState.scheduled.rawValue && record.run == nil)
            #expect(origin.requests.isEmpty)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        /// What a proxy may do to a request; nothing of it is the site's.
        struct Hostility: CustomTestStringConvertible, Sendable {
            var testDescription: String
            var behaviour: OriginBehaviour
            var onAccept = AcceptBehaviour.serve
        }

        static let hostilities = [
            Hostility(testDescription: "answers nothing and closes", behaviour: .raw("", then: .close)),
            Hostility(testDescription: "resets", behaviour: .raw("", then: .reset)),
            Hostility(testDescription: "resets on accept", behaviour: .silence, onAccept: .reset),
            Hostility(
                testDescription: "speaks another protocol", behaviour: .silence, onAccept: .banner("SSH-2.0-x\r\n")),
            Hostility(testDescription: "HTTP/9.9", behaviour: .raw("HTTP/9.9 200 OK\r\n\r\n", then: .close)),
            Hostility(
                testDescription: "a header of 130 KB",
                behaviour: .raw(
                    "HTTP/1.1 520 x\r\nx: " + String(repeating: "y", count: 130_000) + "\r\n\r\n", then: .close)),
            Hostility(
                testDescription: "headers without end",
                behaviour: .stream(head: "HTTP/1.1 200 OK\r\n", chunk: Array("a: b\r\n".utf8), count: 100_000)),
            Hostility(
                testDescription: "closes in the headers",
                behaviour: .raw("HTTP/1.1 520 x\r\nServer: clou", then: .close)),
            Hostility(testDescription: "a bare 520", behaviour: .status(520, text: "error code: 520")),
            Hostility(
                testDescription: "407", behaviour: .status(407, headers: [("proxy-authenticate", "Basic realm=\"x\"")])),
            Hostility(
                testDescription: "a 522 that it signs",
                behaviour: .status(522, headers: [("proxy-status", "evil; error=connection_timeout")])),
            Hostility(
                testDescription: "NUL bytes and colours",
                behaviour: .raw("HTTP/1.1 520 \0\u{1B}[31m\r\n\0\0\r\n\r\n", then: .close)),
        ]

        @Test(
            "whatever a hostile proxy does, no URL is held to be broken for it, and the daemon goes on",
            arguments: hostilities)
        func hostileProxy(_ hostility: Hostility) async throws {
            let proxy = try await MisbehavingOrigin.start(onAccept: hostility.onAccept)
            proxy.onEverythingElse(hostility.behaviour)
            let home = try DaemonHome(Self.configuration([proxy.url("")]))
            let daemon = try await home.startReady()
            let url = "http://127.0.0.9:81/page"
            try await ask(home, [url])
            // Three seconds of 520 would be an hour here, and three URLs the whole origin.
            try await ask(home, [url + "2", url + "3"])
            for page in [url, url + "2", url + "3"] {
                let record = try await home.api.record(page)
                #expect(record.lastOutcome == "inconclusive", "\(record.lastOutcome ?? "-") \(record.lastStatus ?? 0)")
                #expect(record.run == nil && record.state == URLState.scheduled.rawValue)
            }
            #expect(try await home.api.incidents().isEmpty)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            await proxy.stop()
        }

        @Test("a faulty profile or proxy at a reload is refused whole, without its secrets")
        func refusedReload() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            try home.configure(
                TestConfig.eager
                    + "proxies: {urls: [\"http://me:hush%0d%0a@127.0.0.1:1\"]}\n"
                    + "profiles: {a: {headers: {Cookie: \"hush\\r\\nX: y\"}}}\n")
            daemon.signal(SIGHUP)
            let isRefused = await eventually(within: .seconds(20)) {
                daemon.output.contains("configuration refused, the old one stays")
            }
            #expect(isRefused)
            #expect(daemon.output.contains("proxies.urls") && daemon.output.contains("profiles.a.headers.Cookie"))
            #expect(!daemon.output.contains("hush"))
            try await ask(home, [origin.url("/")])
            #expect(origin.requests.count == 1)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }
    }
}
