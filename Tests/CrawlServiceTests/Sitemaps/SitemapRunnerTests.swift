import CrawlCore
import CrawlFrontier
import CrawlTesting
import Foundation
import Testing

@testable import CrawlService

@Suite struct SitemapRunnerTests {
    @Test func whatIsListedIsFetched() throws {
        let crawl = try SitemapCrawl([
            "/s.xml": SitemapText.urlset(["/1", "/2", "no url", "https://b.example/", "https://www.a.example/3"]),
            "/1": "", "/2": "",
        ])
        crawl.ask("/s.xml") { $0.recrawl = .every(.seconds(3600)) }
        crawl.time.run(for: .seconds(30))
        let job = try #require(try crawl.job())
        #expect(job.state == "done")
        #expect((job.entries, job.new, job.known, job.rejected, job.foreign) == (5, 3, 0, 1, 1))
        #expect(job.rejections == [SitemapRejection(reason: "invalid-url", entries: 1, sample: "no url")])
        #expect(crawl.log.contains("/1") && crawl.log.contains("/2"))
        #expect(try crawl.record("/1")?.recrawl == .every(.seconds(3600)))
        #expect(try crawl.record("/s.xml")?.state == .done)
        #expect(crawl.files == [])
    }

    @Test func hintsOfTheSiteCount() throws {
        let page = "<url><loc>https://a.example/1</loc><priority>0.8</priority><lastmod>2026-01-02</lastmod></url>"
        let crawl = try SitemapCrawl(["/s.xml": "<urlset>\(page)</urlset>", "/1": ""])
        crawl.enqueue("/1")
        crawl.time.run(for: .seconds(10))
        #expect(try crawl.record("/1")?.attempts == 1)
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(10))
        #expect(try crawl.record("/1")?.attempts == 1, "it is 2026-01-01: the change is to come")
        crawl.time.run(for: .seconds(86_400))
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(10))
        #expect(try crawl.record("/1")?.attempts == 2)
        #expect(try crawl.record("/1")?.priority == 0)
    }

    @Test func anIndexIsFollowedAndALoopCut() throws {
        let crawl = try SitemapCrawl([
            "/i.xml": SitemapText.index(["/s1.xml", "/i2.xml", "/gone.xml", "https://b.example/s.xml"]),
            "/i2.xml": SitemapText.index(["/i.xml", "/i2.xml", "/s2.xml"]),
            "/s1.xml": SitemapText.urlset(["/1"]), "/s2.xml": SitemapText.urlset(["/2"]), "/1": "", "/2": "",
        ])
        crawl.ask("/i.xml")
        crawl.time.run(for: .seconds(60))
        let job = try #require(try crawl.job())
        #expect(job.state == "cut")
        #expect((job.documents, job.documentsDone, job.documentsFailed) == (5, 4, 1))
        #expect((job.new, job.foreign) == (2, 1))
        #expect(job.reason == "status-404" || job.reason == "loop", "whichever came first")
        #expect(crawl.log.filter { $0 == "/i.xml" }.count == 1)
    }

    @Test(
        arguments: [
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><urlset><url><loc>&x;</loc></url></urlset>", "failed", "doctype"),
            ("<html>", "failed", "not-a-sitemap"),
            ("<urlset><url><loc>https://a.example/1</loc></url>", "cut", "truncated"),
        ])
    func aHostileOneIsCutWithItsReason(body: String, state: String, reason: String) throws {
        let crawl = try SitemapCrawl(["/s.xml": body])
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(30))
        #expect(try crawl.job()?.state == state)
        #expect(try crawl.job()?.reason == reason)
    }

    @Test(arguments: [false, true]) func aRedirectLeadsOn(isKnown: Bool) throws {
        let crawl = try SitemapCrawl(["/s.xml": "/new.xml", "/new.xml": SitemapText.urlset(["/1"])])
        if isKnown { crawl.enqueue("/new.xml") }
        crawl.time.run(for: .seconds(10))
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(20))
        let job = try #require(try crawl.job())
        #expect((job.state, job.documents, job.documentsDone, job.new) == ("done", 1, 1, 1))
        #expect(crawl.files == [])
    }

    @Test func robotsForbidIt() throws {
        let crawl = try SitemapCrawl([
            "/robots.txt": "User-agent: *\nDisallow: /s.xml", "/s.xml": SitemapText.urlset(["/1"]),
        ])
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(20))
        #expect(try crawl.job()?.state == "failed")
        #expect(try crawl.job()?.reason == "refused")
        #expect(!crawl.log.contains("/s.xml"))
    }

    @Test func removedBeforeItsAnswerItLeavesNothing() throws {
        let crawl = try SitemapCrawl(["/s.xml": SitemapText.urlset(["/1"])])
        crawl.latency = .seconds(5)
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(8))
        #expect(crawl.log.last == "/s.xml")
        try crawl.remove("/s.xml")
        #expect(try crawl.job()?.reason == "removed")
        crawl.time.run(for: .seconds(10))
        #expect(crawl.files == [])
        #expect(try crawl.record("/1") == nil)
        // Asked for again, it is read.
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(20))
        #expect(try crawl.job()?.state == "done")
    }

    /// Killed after any number of steps, again and again: every page once, and the counts are those of one reading.
    @Test(arguments: 1...6) func killedAnywhere(seed: UInt64) throws {
        let paths = (0..<12_000).map { "/\($0)" }
        let crawl = try SitemapCrawl([
            "/i.xml": SitemapText.index(["/s1.xml", "/s2.xml"]),
            "/s1.xml": SitemapText.urlset(Array(paths[..<7000])), "/s2.xml": SitemapText.urlset(Array(paths[6000...])),
        ])
        crawl.ask("/i.xml")
        var random = SeededRandom(seed: seed)
        var kills = 0
        while try crawl.job()?.endedAt == nil, kills < 200 {
            crawl.time.run(steps: random.int(1...40))
            try crawl.kill()
            kills += 1
        }
        let job = try #require(try crawl.job())
        #expect((job.state, job.documents, job.documentsDone) == ("done", 3, 3), "after \(kills) kills")
        #expect((job.entries, job.new, job.known) == (13_002, 12_000, 1000))
        #expect(try crawl.urls().count == 12_003)
        #expect(kills >= 2)
    }

    /// The file went with the process before: it is fetched again, and reading goes on where it was.
    @Test func aLostFileIsFetchedAgain() throws {
        let paths = (0..<6000).map { "/\($0)" }
        let crawl = try SitemapCrawl(["/s.xml": SitemapText.urlset(paths)])
        crawl.ask("/s.xml")
        while try crawl.job()?.entries == 0 { crawl.time.run(steps: 1) }
        try FileManager.default.removeItem(atPath: crawl.home.file("sitemaps"))
        try crawl.kill()
        crawl.time.run(for: .seconds(30))
        let job = try #require(try crawl.job())
        #expect((job.state, job.entries, job.new, job.known) == ("done", 6000, 6000, 0))
        #expect(crawl.log.filter { $0 == "/s.xml" }.count == 2)
    }
}
