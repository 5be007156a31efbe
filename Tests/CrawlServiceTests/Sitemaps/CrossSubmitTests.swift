import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// Pages of other hosts (sitemaps.org, "Sitemaps & Cross Submits").
@Suite struct CrossSubmitTests {
    private static let names = "User-agent: *\nDisallow:\nSitemap: https://a.example/s.xml\n"

    private static func hosts(_ count: Int) -> [String] { (0..<count).map { "https://h\($0).example" } }

    /// A URL of each host is known and due in a month: nothing asks for its robots.txt.
    private static func crawl(
        _ hosts: [String], listed: [String], robots: String?, _ answers: [String: SimulatedFetcher.Answer] = [:]
    ) throws -> SitemapCrawl {
        var pages = ["/s.xml": SitemapText.urlset(listed.map { $0 + "/page" } + ["/1"])]
        if let robots { for host in listed { pages[host + "/robots.txt"] = robots } }
        let crawl = try SitemapCrawl(pages, answers)
        for host in hosts {
            var options = EnqueueOptions()
            options.dueAt = crawl.time.now() + .seconds(30 * 86_400)
            crawl.enqueue(host + "/known", options)
        }
        return crawl
    }

    private static func asked(_ crawl: SitemapCrawl) -> [String] {
        crawl.log.filter { $0.hasPrefix("https://h") && $0.hasSuffix("/robots.txt") }
    }

    @Test func aStoredRobotsCounts() throws {
        let crawl = try Self.crawl([], listed: Self.hosts(3), robots: Self.names)
        crawl.enqueue("https://h0.example/")
        crawl.enqueue("https://h1.example/")
        crawl.time.run(for: .seconds(30))
        #expect(Self.asked(crawl).count == 2)
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(30))
        let job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.new, job.foreign) == ("done", 4, 3, 1))
        #expect(try crawl.record("https://h1.example/page") != nil)
        #expect(try crawl.record("https://h2.example/page") == nil)
        #expect(Self.asked(crawl).count == 2, "a host without a URL is not asked")
    }

    @Test(
        arguments: [
            (names, 1), ("Sitemap: https://a.example/other.xml", 0), ("Sitemap: http://a.example/s.xml", 0), ("", 0),
            ("Sitemap: HTTPS://A.example:443/x/../s.xml", 1), (nil, 0),
        ] as [(String?, Int)])
    func robotsIsAskedWhereURLsAreKnown(robots: String?, new: Int) throws {
        let hosts = Self.hosts(1)
        let crawl = try Self.crawl(hosts, listed: hosts, robots: robots)
        #expect(Self.asked(crawl) == [])
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(30))
        let job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.new, job.foreign) == ("done", 2, 1 + new, 1 - new))
        #expect(Self.asked(crawl).count == 1)
        #expect(crawl.files == [])
        // Its other URL is due when it was.
        #expect(!crawl.log.contains(hosts[0] + "/known"))
    }

    /// What an index leads to is named with the index.
    @Test func anIndexSpeaksForItsDocuments() throws {
        let crawl = try SitemapCrawl([
            "/s.xml": SitemapText.index(["/part.xml"]),
            "/part.xml": SitemapText.urlset(["https://h0.example/page"]), "https://h0.example/robots.txt": Self.names,
        ])
        crawl.enqueue("https://h0.example/")
        crawl.time.run(for: .seconds(30))
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(30))
        #expect(try crawl.job()?.new == 1)
        #expect(try crawl.job()?.foreign == 0)
    }

    @Test func noMoreThanAHundredAreAsked() throws {
        let hosts = Self.hosts(130)
        let crawl = try Self.crawl(hosts, listed: hosts, robots: Self.names)
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(120))
        let job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.new, job.foreign) == ("done", 131, 101, 30))
        #expect(Set(Self.asked(crawl)).count == 100)
        #expect(Self.asked(crawl).count == 100)
    }

    /// A robots.txt that lacks its end is used for an hour, here as for pages; then it is asked for again.
    @Test func aCutRobotsCountsForAnHour() throws {
        let hosts = Self.hosts(1)
        let begin = VirtualTime().now()
        let answer = SimulatedFetcher.Answer(status: 200) { result in
            let isCut = result.completedAt < begin + .hours(1)
            if isCut { result.curlCode = 18 }
            var details = FetchDetails()
            details.body = Array((isCut ? "Allow: /\n" + Self.names + "Dis" : "Allow: /\n").utf8)
            result.details = details
        }
        for hours in [0.5, 2] {
            let crawl = try Self.crawl([], listed: hosts, robots: nil, [hosts[0] + "/robots.txt": answer])
            crawl.enqueue(hosts[0] + "/")
            crawl.time.run(for: .hours(hours))
            #expect(Self.asked(crawl).count == 1)
            crawl.ask("/s.xml")
            crawl.time.run(for: .seconds(60))
            let job = try #require(try crawl.job())
            let counts = hours < 1 ? (2, 0, 1) : (1, 1, 2)
            #expect(job.state == "done")
            #expect((job.new, job.foreign, Self.asked(crawl).count) == counts, "after \(hours) h")
        }
    }

    /// The job waits for an hour, says so, and takes who has not answered for somebody who does not name it.
    @Test func whoDoesNotAnswerIsNotWaitedForLong() throws {
        let hosts = Self.hosts(2)
        var slow = SimulatedFetcher.Answer.text(Self.names)
        slow.latency = .seconds(3 * 3600)
        let crawl = try Self.crawl(hosts, listed: hosts, robots: Self.names, [hosts[0] + "/robots.txt": slow])
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(60))
        var job = try #require(try crawl.job())
        #expect(job.state == "reading")
        #expect(try #require(job.awaitsRobotsUntil) > crawl.time.now())
        crawl.time.run(for: .seconds(3600))
        job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.new, job.foreign) == ("done", 3, 2, 1))
        #expect(job.awaitsRobotsUntil == nil)
    }

    /// Killed after any number of steps: every page once, every host asked, and the counts are those of one reading.
    @Test(arguments: 1...6) func killedAnywhere(seed: UInt64) throws {
        let hosts = Self.hosts(130)
        let listed = (0..<40).flatMap { _ in hosts }
        let crawl = try Self.crawl(hosts, listed: listed, robots: Self.names)
        crawl.ask("/s.xml")
        var random = SeededRandom(seed: seed)
        var kills = 0
        while try crawl.job()?.endedAt == nil, kills < 60 {
            crawl.time.run(steps: random.int(1...120))
            try crawl.kill()
            kills += 1
        }
        crawl.time.run(for: .seconds(7200))
        let job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.rejected) == ("done", 5201, 0), "after \(kills) kills")
        #expect((job.new, job.new + job.known, job.foreign) == (101, 4001, 1200))
        #expect(kills >= 2)
    }
}
