import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// robots.txt, redirects and budgets with the real daemon, real sockets, and what operators see of them.
    @Suite struct RobotsTests {
        private static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: 20ms}
            robots: {obey: true}

            """

        private static func rules(_ text: String) -> OriginBehaviour {
            .status(200, headers: [("content-type", "text/plain")], text: text)
        }

        private static func crawlctl(_ home: DaemonHome, _ arguments: [String]) async throws -> String {
            let verb = try ChildProcess(
                ChildProcess.Command(BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments))
            #expect(await verb.ended() == .exited(0), "\(arguments)")
            return verb.output.text
        }

        @Test func obeysAndShowsAndKeepsItOverAKill() async throws {
            let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
            origin.on(
                "/robots.txt",
                Self.rules("User-agent: *\r\nDisallow: /private\r\nSitemap: \(origin.url("/sitemap.xml"))\r\n"))
            origin.onEverythingElse(.status(200, text: "page"))
            let home = try DaemonHome(Self.configuration)
            let first = try await home.startReady()
            let pages = (0..<20).map { origin.url("/page-\($0)") }
            _ = try await home.api.enqueue(pages + [origin.url("/private/x")])
            let isDone = try await eventually {
                let records = try await home.api.records()
                return records.filter { $0.state == "done" }.count == 20
                    && records.contains { $0.state == "refused" }
            }
            #expect(isDone)
            let refused = try await home.api.record(origin.url("/private/x"))
            #expect(refused.heldBecause == "robots: line 2: Disallow: /private")
            #expect(refused.attempts == 0)
            #expect(origin.requests(for: "/robots.txt").count == 1)
            #expect(origin.requests.first?.path == "/robots.txt")
            let shown = try await Self.crawlctl(home, ["origin", origin.url("")])
            #expect(shown.contains("/sitemap.xml") && shown.contains("success 200"), "\(shown)")

            first.signal(SIGKILL)
            _ = await first.ended()
            let second = try await home.startReady()
            _ = try await home.api.enqueue([origin.url("/later")])
            #expect(try await eventually { try await home.api.record(origin.url("/later")).state == "done" })
            #expect(origin.requests(for: "/robots.txt").count == 1)
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            await origin.stop()
        }

        @Test func aBrokenOriginIsMarkedByItsRobotsFileAloneAndComesBack() async throws {
            let origin = try await MisbehavingOrigin.start(address: "127.0.0.3")
            origin.onEverythingElse(.edge520)
            let home = try DaemonHome(Self.configuration + TestConfig.impatientHealth)
            let daemon = try await home.startReady()
            let pages = (0..<10).map { origin.url("/page-\($0)") }
            _ = try await home.api.enqueue(pages)
            #expect(try await eventually { try await home.api.record(pages[0]).heldBecause == "robots-unreachable" })
            #expect(try await eventually { !(try await home.api.incidents("open=true").isEmpty) })
            let incident = try #require(try await home.api.incidents("open=true").first)
            #expect(incident.url == origin.url("/robots.txt"))
            #expect(incident.urlsAffected == 10 && incident.cause == "520")
            #expect(origin.requests.allSatisfy { $0.path == "/robots.txt" })
            #expect(origin.requests.count <= 20)
            let record = try await home.api.record(pages[3])
            #expect(record.state == "held" && record.heldBecause == "origin-broken")
            #expect(try await home.api.status().urls["held"] == 10)
            #expect(try await home.api.records("state=held").count == 10)
            let refusal = try await home.api.request(
                "POST", "\(Routes.revive)?url=\(DaemonAPI.encoded(pages[3]))")
            #expect(refusal.status == 409 && refusal.text.contains("origin-broken"), "\(refusal.text)")

            origin.onEverythingElse(.status(200, text: "well again"))
            #expect(try await eventually { try await home.api.incidents("open=true").isEmpty })
            #expect(
                try await eventually { try await home.api.records().filter { $0.state == "done" }.count == 10 })
            #expect(try await eventually { try await home.api.alerts().map(\.alert.event).contains("resolved") })
            #expect(try await home.api.alerts().count == 2)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        @Test func redirectsAreURLsOfTheirOwn() async throws {
            let a = try await MisbehavingOrigin.start(address: "127.0.0.4")
            let b = try await MisbehavingOrigin.start(address: "127.0.0.5")
            b.on("/robots.txt", Self.rules("User-agent: *\nDisallow: /no\n"))
            b.on("/yes", .status(200, text: "here"))
            a.on("/old", .status(301, headers: [("location", b.url("/yes#part"))]))
            a.on("/bad", .status(302, headers: [("location", b.url("/no"))]))
            a.on("/loop", .status(302, headers: [("location", "loop")]))
            let home = try DaemonHome(Self.configuration)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue(["/old", "/bad", "/loop"].map(a.url))
            #expect(
                try await eventually {
                    let states = try await home.api.records().map(\.state)
                    return states.count == 5 && states.allSatisfy { $0 == "done" || $0 == "refused" }
                })
            #expect(try await home.api.record(b.url("/yes")).state == "done")
            #expect(try await home.api.record(b.url("/no")).state == "refused")
            #expect(b.requests(for: "/no").isEmpty)
            let old = try await home.api.record(a.url("/old"))
            #expect(
                old.redirects == [RedirectRecord(status: 301, target: b.url("/yes"), permanent: true, problem: nil)])
            #expect(try await home.api.record(a.url("/loop")).redirects.map(\.problem) == ["redirect-loop"])
            let shown = try await Self.crawlctl(home, ["show", a.url("/old")])
            #expect(shown.contains("301 to \(b.url("/yes"))"), "\(shown)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await a.stop()
            await b.stop()
        }

        @Test func theDaysBudgetIsKeptOverAKillAndShown() async throws {
            let origin = try await MisbehavingOrigin.start(address: "127.0.0.6")
            origin.onEverythingElse(.status(200, text: "page"))
            let home = try DaemonHome(
                TestConfig.eager + "budget: {requests_per_day: 40, requests_per_origin_per_day: 1000}\n")
            let first = try await home.startReady()
            _ = try await home.api.enqueue((0..<100).map { origin.url("/\($0)") })
            #expect(try await eventually { try await home.api.records().filter { $0.state == "done" }.count == 38 })
            let waiting = try #require(try await home.api.records("state=scheduled").first)
            #expect(waiting.heldBecause?.hasPrefix("budget: 40 requests a day are spent, until ") == true)
            let status = try await home.api.status()
            #expect(status.budget.spent == 38 && status.budget.perDay == 40)
            #expect(try await Self.crawlctl(home, ["status"]).contains("38 requests of 40"))
            first.signal(SIGKILL)
            _ = await first.ended()
            let second = try await home.startReady()
            #expect(try await home.api.status().budget.spent == 38)
            #expect(
                try await Self.crawlctl(home, ["origin", String(origin.url("/").dropLast())]).contains("38 requests"))
            #expect(origin.requests.count == 38)
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            await origin.stop()
        }
    }
}
