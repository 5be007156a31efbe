import ControlAPI
import CrawlTesting
import Glibc
import Testing

extension EndToEnd {
    /// Sitemaps that nginx serves, read by a real daemon that is killed in the middle.
    @Suite struct SitemapTests {
        /// Slow enough that few pages are asked for: their turn comes after the sitemaps.
        static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness: {crawl_delay: 200ms}

            """

        private static func crawlctl(_ home: DaemonHome, _ arguments: [String]) async throws -> String {
            let process = try ChildProcess(
                ChildProcess.Command(BuiltProgram.path("crawlctl"), ["--socket", home.socketPath] + arguments))
            #expect(await process.ended() == .exited(0))
            _ = await eventually { process.output.isComplete }
            return process.output.text
        }

        private static func job(_ home: DaemonHome, _ url: String) async throws -> SitemapRecord? {
            try await home.api.sitemaps().first { $0.url == url }
        }

        @Test func killedWhileItReads() async throws {
            let home = try DaemonHome(Self.configuration)
            let site = try await SitemapSite(home)
            let first = try await home.startReady()
            let root = site.url("index.xml")
            let asked = try await Self.crawlctl(home, ["enqueue", "--sitemap", root, "--recrawl", "7d"])
            #expect(asked.contains("1 new, 0 known, 0 rejected"), "\(asked)")
            var reached = 0
            _ = try await eventually(every: .milliseconds(1)) {
                reached = try await Self.job(home, root)?.entries ?? 0
                return reached > 1000
            }
            first.signal(SIGKILL)
            #expect(await first.ended() == .killed(signal: SIGKILL))
            try #require(
                (1001..<SitemapSite.large).contains(reached), "killed too late: \(reached), \(first.output.text)")

            let second = try await home.startReady()
            let isRead = try await eventually { try await Self.job(home, root)?.endedAt != nil }
            let job = try #require(try await Self.job(home, root))
            #expect(isRead, "\(job), \(second.output.text)")
            let pages = SitemapSite.large + SitemapSite.small
            #expect(job.state == "done" && job.documents == 3 && job.documentsDone == 3, "\(job)")
            #expect(job.entries == pages + 2 && job.new == pages && job.known == 0 && job.rejected == 0, "\(job)")
            let records = try await home.api.records()
            let wanted = (0..<pages).map { site.page($0) } + ["index.xml", "large.xml", "small.xml.gz"].map(site.url)
            #expect(records.map(\.url).sorted() == wanted.sorted())
            let page = try await home.api.record(site.page(pages - 1))
            #expect(page.priority == 2 && page.recrawl == "7d")
            second.signal(SIGTERM)
            #expect(await second.ended() == .exited(0))
            #expect(second.output.contains(" notice sitemap read "), "\(second.output.text)")

            // What had been committed is not asked for again: its body outlived the kill.
            let targets = try site.nginx.requests().map(\.target)
            #expect(targets.filter { $0 == "/names/index.xml" }.count == 1)
            try await site.nginx.stop()
        }

        @Test func whatIsHostileIsCutAndSaysWhy() async throws {
            let home = try DaemonHome(Self.configuration)
            let site = try await SitemapSite(home)
            let daemon = try await home.startReady()
            let names = ["loop1.xml", "bomb.xml", "missing.xml", "huge.xml"]
            _ = try await Self.crawlctl(home, ["enqueue"] + names.flatMap { ["--sitemap", site.url($0)] })
            let isDone = try await eventually { try await home.api.sitemaps("open=true").isEmpty }
            #expect(isDone, "\(daemon.output.text)")
            let table = try await Self.crawlctl(home, ["sitemaps"])
            for (name, state, reason) in [
                ("loop1.xml", "cut", "loop"), ("bomb.xml", "failed", "doctype"), ("huge.xml", "cut", "too-large"),
                ("missing.xml", "failed", "status-404"),
            ] {
                let line = table.split(separator: "\n").first { $0.hasSuffix(site.url(name)) }
                #expect(line?.contains(" \(state) ") == true && line?.contains(" \(reason) ") == true, "\(table)")
            }
            #expect(daemon.output.contains("reason=loop"), "\(daemon.output.text)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            let requests = try site.nginx.requests().map(\.target).filter { $0.contains("loop") }
            #expect(requests == ["/names/loop1.xml", "/names/loop2.xml"])
            try await site.nginx.stop()
        }
    }
}
