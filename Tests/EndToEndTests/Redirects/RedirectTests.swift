import ControlAPI
import CrawlTesting
import Foundation
import Testing

extension EndToEnd {
    /// Redirects that want something of whoever follows them: a cookie, another spelling.
    @Suite struct RedirectTests {
        private static func crawlctl(_ home: DaemonHome, _ arguments: [String]) async throws -> String {
            let process = try ChildProcess(
                ChildProcess.Command(BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments))
            #expect(await process.ended() == .exited(0))
            _ = await eventually { process.output.isComplete }
            return process.output.text
        }

        @Test("a chain over two servers gives a cookie: the page is had with it, and nothing keeps it")
        func cookies() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let (site, check) = (try await MisbehavingOrigin.start(), try await MisbehavingOrigin.start())
            let (first, secret) = ("first-7f3c", "secret-91ab")
            site.on(
                "/page",
                .byHeader(
                    "cookie", there: .status(200, text: "hello"),
                    missing: .status(
                        302, headers: [("Location", check.url("/check")), ("Set-Cookie", "a=\(first); HttpOnly")])))
            check.on(
                "/check",
                .status(
                    302, headers: [("Location", site.url("/page")), ("Set-Cookie", "k=\(secret); Path=/; Max-Age=60")]))
            let daemon = try await home.startReady()
            #expect(try await home.api.enqueue([site.url("/page")]).new == 1)
            #expect(try await eventually { try await home.api.record(site.url("/page")).lastOutcome == "success" })
            let record = try await home.api.record(site.url("/page"))
            #expect(record.bytes == 5 && record.attempts == 2 && record.redirects.isEmpty)
            #expect(site.requests.map { $0.header("cookie") } == [nil, "a=\(first); k=\(secret)"])
            #expect(check.requests.map { $0.header("cookie") } == [nil])
            #expect(try await home.api.record(check.url("/check")).redirects.map(\.problem) == ["redirect-loop"])

            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            for word in [first, secret] {
                #expect(!daemon.output.text.contains(word))
                for file in try FileManager.default.subpathsOfDirectory(atPath: home.statePath) {
                    let bytes = FileManager.default.contents(atPath: home.statePath + "/" + file) ?? Data()
                    #expect(bytes.range(of: Data(word.utf8)) == nil, "\(file)")
                }
            }
            await site.stop()
            await check.stop()
        }

        @Test("a server that insists on its spelling is asked in it from then on, by a new process too")
        func spelling() async throws {
            let home = try DaemonHome(
                """
                fetch: {allow_addresses: ["127.0.0.0/8"], chain_cookies: false}
                politeness: {crawl_delay: 0s}
                recrawl: {min_interval: 1s}

                """)
            let site = try await MisbehavingOrigin.start()
            site.on("/a%5B1%5D", .status(301, headers: [("Location", "/a[1]")]))
            site.on("/a[1]", .status(200, text: "hello"))
            let url = site.url("/a%5B1%5D")
            let daemon = try await home.startReady()
            let enqueued = try await Self.crawlctl(home, ["enqueue", "--recrawl", "1s", site.url("/a[1]")])
            #expect(enqueued.contains("1 new"), "\(enqueued)")
            #expect(await site.got(3, for: "/a[1]"))
            #expect(site.requests(for: "/a%5B1%5D").count == 1)
            let record = try await home.api.record(url)
            #expect(record.askedAs == "/a[1]" && record.url == url && record.lastOutcome == "success")
            #expect(try await Self.crawlctl(home, ["show", url]).contains("/a[1]"))
            #expect(try await home.api.status().urls.values.reduce(0, +) == 1, "it is one URL")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let before = site.requests(for: "/a[1]").count
            let second = try await home.startReady()
            #expect(await site.got(before + 2, for: "/a[1]"))
            #expect(site.requests(for: "/a%5B1%5D").count == 1)
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            await site.stop()
        }
    }
}
