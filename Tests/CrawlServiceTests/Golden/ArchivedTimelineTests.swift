import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

@testable import CrawlCore

/// Whether a page is asked for with validators while an archive is written: real scheduler, loop and store, virtual time.
@Suite struct ArchivedTimelineTests {
    enum Case: String, CaseIterable, Sendable {
        case off, notThere, there, thereAndOld, inAnotherFolder, withAnotherDigest
    }

    @Test("a page that does not stand in the archive comes plainly", arguments: Case.allCases)
    func validators(_ example: Case) throws {
        let page = ConditionalTimelineTests.page
        let url = ConditionalTimelineTests.url
        let settings = ConditionalTimelineTests.settings {
            guard example != .off else { return }
            $0.archive = ArchiveRule(maxAge: example == .thereAndOld ? .hours(12) : .hours(48))
        }
        let crawl = try VirtualCrawl(settings: settings) { $0.etag == nil ? page : .init(status: 304) }
        if example != .off { try crawl.store.openArchive(folder: "/archive", digest: "sha1") }
        crawl.enqueue([url])
        crawl.time.run(until: crawl.start + .hours(1))
        if example != .off, example != .notThere { try archive(url, crawl) }
        if example == .inAnotherFolder { try crawl.store.openArchive(folder: "/other", digest: "sha1") }
        if example == .withAnotherDigest { try crawl.store.openArchive(folder: "/archive", digest: "sha256") }
        crawl.time.run(until: crawl.start + .hours(25))
        let asks = example == .off || example == .there
        #expect(crawl.log.map(\.etag) == [nil, asks ? ConditionalTimelineTests.tag : nil])
    }

    /// As the commit of the page would have.
    private func archive(_ text: String, _ crawl: VirtualCrawl) throws {
        let url = try #require(VirtualCrawl.canonical(text))
        let stored = try #require(try crawl.record(text))
        let due = try #require(stored.dueAt)
        let request = LeaseRequest(origin: URLKey.origin(of: stored.id), now: due, limit: 1, healthLimit: 0)
        let leased = try #require(try crawl.store.lease(request).urls.first)
        var verdict = Verdict(
            id: leased.id, generation: leased.generation, leasedDueAt: due, stateBefore: leased.state,
            state: leased.state, outcome: .success, status: 200, at: crawl.start, hadHealth: false)
        verdict.dueAt = due
        verdict.archived = Verdict.ArchivedPage(
            place: ArchivePlace(file: "a.warc.gz", offset: 500, length: 100), id: RecordNumber(high: 1, low: 2),
            at: crawl.start, digest: try #require(stored.content?.digest), payload: nil)
        _ = try crawl.store.complete(Completion(verdicts: [verdict]), now: crawl.time.now())
        #expect(try crawl.store.archivedPage(url) != nil)
    }
}
