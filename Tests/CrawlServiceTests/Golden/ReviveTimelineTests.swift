import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What an operator frees by the name of an incident: real scheduler, loop and store, virtual time.
@Suite struct ReviveTimelineTests {
    private static let start = VirtualTime().now()
    private static let urls = (0..<200).map { "http://a.test/page-\($0)" }

    @Test("an origin that is broken as a whole: all of its URLs go free, each counted once")
    func origin() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .milliseconds(100))) { _ in
            .init(status: 520)
        }
        crawl.enqueue(Self.urls)
        crawl.time.run(until: Self.start + .minutes(70))
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.scope == .origin)
        let story = try #require(try crawl.store.incidentStory(incident.facts.incident))
        #expect(!story.urls.isEmpty && !story.attempts.isEmpty)
        #expect(zip(story.attempts, story.attempts.dropFirst()).allSatisfy { $0.attempt.at >= $1.attempt.at })
        let target = try #require(try crawl.store.revivable(incident.facts.incident))
        #expect(target == .origin("http://a.test"))
        let commit = try #require(try crawl.store.revive(target, after: nil, now: crawl.time.now()))
        #expect(commit.freed == Self.urls.count)
        #expect(commit.broken > 0 && commit.next == nil)
    }

    @Test("URLs that share an incident are freed by it, step by step, and no others; then it is over")
    func partial() throws {
        let broken = Set(Self.urls.indices.filter { $0 % 2 != 0 }.map { Self.urls[$0] })
        var settings = GoldenTimelineTests.settings(delay: .milliseconds(100))
        settings.random = { SeededRandom(seed: 3) }
        let crawl = try VirtualCrawl(settings: settings) { .init(status: broken.contains($0.url) ? 520 : 200) }
        crawl.enqueue(Self.urls)
        func partial() throws -> StoredIncident? {
            try crawl.store.incidents(openOnly: true, after: nil, limit: 100).first { $0.facts.scope == .partial }
        }
        crawl.time.run(until: Self.start + .hours(24))
        let incident = try #require(try partial())
        let others = try crawl.store.incidents(openOnly: true, after: nil, limit: 100).count - 1
        let story = try #require(try crawl.store.incidentStory(incident.facts.incident))
        let shared = try crawl.store.records(story.urls).filter { $0.health?.phase == .partial }
        #expect(shared.count == incident.facts.urlsAffected)
        let target = try #require(try crawl.store.revivable(incident.facts.incident))
        var (freed, steps, after) = (0, 0, Int64?.none)
        repeat {
            let commit = try #require(
                try crawl.store.revive(target, after: after, atMost: 7, now: crawl.time.now()))
            #expect(commit.affected <= 7)
            freed += commit.freed
            steps += 1
            after = commit.next
        } while after != nil
        #expect(freed == incident.facts.urlsAffected && steps == freed / 7 + 1)
        #expect(try partial() == nil)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 100).count == others)
        #expect(try crawl.store.incidentStory(incident.facts.incident)?.incident.how == "revived")
    }
}
