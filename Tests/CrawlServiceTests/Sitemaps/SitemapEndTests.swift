import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// How jobs end, and what they say that they lost.
@Suite struct SitemapEndTests {
    private static func kept(_ body: [UInt8], _ contentType: String?) -> SimulatedFetcher.Answer {
        var answer = SimulatedFetcher.Answer(status: 200) { result in
            var details = FetchDetails()
            details.contentType = contentType
            result.details = details
        }
        answer.body = body
        return answer
    }

    private static func read(_ crawl: SitemapCrawl) throws -> StoredSitemapJob {
        crawl.ask("/s.xml")
        crawl.time.run(for: .seconds(60))
        return try #require(try crawl.job())
    }

    @Test func whatWasRejectedIsToldByReason() throws {
        let crawl = try SitemapCrawl([
            "/s.xml": """
            <urlset><loc>/stray\u{7}</loc><url/><url><loc>https://a.example/1</loc></url>
            <url><loc>https://a.example/2</loc><loc>https://a.example/3</loc></url>
            <url><loc>ftp://a.example/</loc></url><url/><url><loc>//a.example/x</loc></url></urlset>
            """.replacing("\u{7}", with: "")
        ])
        let job = try Self.read(crawl)
        #expect((job.state, job.entries, job.new, job.rejected) == ("done", 7, 1, 6))
        #expect(
            job.rejections == [
                SitemapRejection(reason: "no-location", entries: 2),
                SitemapRejection(reason: "invalid-url", entries: 1, sample: "//a.example/x"),
                SitemapRejection(reason: "stray-location", entries: 1, sample: "/stray"),
                SitemapRejection(reason: "two-locations", entries: 1, sample: "https://a.example/2"),
                SitemapRejection(reason: "unsupported-scheme", entries: 1, sample: "ftp://a.example/"),
            ])
        // Asked for again, it is counted anew.
        #expect(try Self.read(crawl).rejected == 6)
        #expect(try Self.read(crawl).rejections.count == 5)
    }

    @Test func theHeaderOfTheAnswerSaysTheEncoding() throws {
        let body = Array("<urlset><url><loc>https://a.example/".utf8) + [0xff] + Array("</loc></url></urlset>".utf8)
        let crawl = try SitemapCrawl([:], ["/s.xml": Self.kept(body, "text/xml; charset=windows-1251")])
        #expect(try Self.read(crawl).new == 1)
        #expect(try crawl.record("/%D1%8F") != nil)
        let unsaid = try SitemapCrawl([:], ["/s.xml": Self.kept(body, nil)])
        let job = try Self.read(unsaid)
        #expect((job.state, job.new, job.rejected, job.rejections.first?.reason) == ("done", 0, 1, "false-bytes"))
    }

    @Test func linksOfFeedsAreResolved() throws {
        let crawl = try SitemapCrawl([
            "/s.xml": "/feed/index.xml",
            "/feed/index.xml": """
            <feed xmlns='http://www.w3.org/2005/Atom' xml:base='sub/'><entry><link href='1'/></entry>
            <entry xml:base='/other/'><link href='?q=1'/></entry><entry><link href='//a.example/2'/></entry>
            <entry xml:base='https://b.example/'><link href='3'/></entry>
            <entry xml:base='http://[/'><link href='4'/></entry>
            <entry xml:base='http://[/'><link href='https://a.example/5'/></entry></feed>
            """,
        ])
        let job = try Self.read(crawl)
        #expect((job.entries, job.new, job.foreign, job.rejected) == (6, 4, 1, 1))
        for path in ["/feed/sub/1", "/other/?q=1", "/2", "/5"] { #expect(try crawl.record(path) != nil, "\(path)") }
    }

    @Test func aFeedTellsOfChanges() throws {
        let item = "<item><link>1</link><pubDate>Fri, 02 Jan 2026 00:00:00 +0000</pubDate></item>"
        let crawl = try SitemapCrawl(["/s.xml": "<rss><channel>\(item)</channel></rss>", "/1": ""])
        crawl.enqueue("/1")
        crawl.time.run(for: .seconds(2 * 86_400))
        #expect(try crawl.record("/1")?.attempts == 1)
        _ = try Self.read(crawl)
        #expect(try crawl.record("/1")?.attempts == 2)
        _ = try Self.read(crawl)
        #expect(try crawl.record("/1")?.attempts == 2, "it was fetched after the change")
    }

    /// A failure that passes is waited for, with a reason and a time, and not for ever.
    @Test(arguments: [Int32(500), 503]) func whatFailsSaysWhenItIsTriedNext(status: Int32) throws {
        let crawl = try SitemapCrawl([:], ["/s.xml": SimulatedFetcher.Answer(status: status)])
        let job = try Self.read(crawl)
        #expect(job.state == "waiting")
        let next = try #require(try crawl.next())
        #expect(next.url == "https://a.example/s.xml")
        #expect(try #require(next.dueAt) > crawl.time.now())
        guard status == 500 else { return }
        crawl.time.run(for: .seconds(3 * 86_400))
        let end = try #require(try crawl.job())
        #expect((end.state, end.reason) == ("failed", "status-500"))
    }

    /// Who asks us to wait each time, an hour or two days, is not waited for for ever.
    @Test(arguments: [(Int32(429), "3600"), (503, "3600"), (429, "172800")])
    func whoAlwaysAsksToWait(status: Int32, retryAfter: String) throws {
        let crawl = try SitemapCrawl([:], ["/s.xml": .throttled(status, retryAfter: retryAfter)])
        let job = try Self.read(crawl)
        #expect(job.state == "waiting")
        crawl.time.run(for: .hours(12))
        try crawl.kill()
        crawl.time.run(for: .hours(11))
        #expect(try crawl.job()?.state == "waiting", "the day is not over")
        crawl.time.run(for: .hours(retryAfter == "3600" ? 3 : 48))
        let end = try #require(try crawl.job())
        #expect((end.state, end.reason) == ("failed", "status-\(status)"))
        #expect(crawl.files.isEmpty)
    }

    /// A job may be older than a day when one of its documents is first asked for: that one has a day of its own.
    @Test func everyDocumentHasADayOfItsOwn() throws {
        let begin = VirtualTime().now()
        func asksToWait(_ hours: Double, then body: String) -> SimulatedFetcher.Answer {
            var answer = SimulatedFetcher.Answer(status: 200) { result in
                guard result.completedAt < begin + .hours(hours) else { return }
                result.status = 429
                var details = FetchDetails()
                details.retryAfter = "3600"
                result.details = details
            }
            answer.body = Array(body.utf8)
            return answer
        }
        let crawl = try SitemapCrawl(
            [:],
            [
                "/s.xml": asksToWait(20, then: SitemapText.index(["/late.xml"])),
                "/late.xml": asksToWait(40, then: SitemapText.urlset(["/1"])),
            ])
        #expect(try Self.read(crawl).state == "waiting")
        crawl.time.run(for: .hours(38))
        #expect(try crawl.job()?.state == "reading")
        crawl.time.run(for: .hours(6))
        let end = try #require(try crawl.job())
        #expect((end.state, end.new) == ("done", 1))
    }

    @Test(arguments: ["cut", "damaged"]) func aBadGzipGivesWhatCouldBeRead(kind: String) throws {
        var random = SeededRandom(seed: 3)
        let paths = (0..<3000).map { _ in "/\(random.next())" }
        var gzip = Gzip.compress(Array(SitemapText.urlset(paths).utf8))
        if kind == "cut" { gzip.removeLast(gzip.count / 2) } else { gzip[gzip.count - 6] ^= 1 }
        let crawl = try SitemapCrawl([:], ["/s.xml": Self.kept(gzip, nil)])
        let job = try Self.read(crawl)
        #expect(job.state == "cut")
        #expect(job.reason == (kind == "cut" ? "truncated" : "bad-gzip"))
        #expect(job.new > 500)
    }
}
