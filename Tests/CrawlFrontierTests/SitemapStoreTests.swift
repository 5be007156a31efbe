import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

@Suite struct SitemapStoreTests {
    private static let root = "https://a.example/sitemap.xml"
    private static let origin = "https://a.example"
    private let folder: FrontierFolder
    private let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    private static let sitemap = EnqueueOptions { $0.isSitemap = true }

    private func ask(
        _ urls: [String] = [root], now: Instant = at(0), _ adjust: (inout EnqueueOptions) -> Void = { _ in }
    ) throws -> EnqueueCommit {
        var options = Self.sitemap
        adjust(&options)
        return try store.enqueue(EnqueueBatch(urls, options), now: now)
    }

    /// The answer to every sitemap that is due.
    private func answer(
        _ outcome: Outcome = .success, state: URLState = .done, at time: Instant = at(1),
        _ adjust: (inout Verdict) -> Void = { _ in }
    ) throws {
        var documents = SitemapDocuments()
        documents.folder = "/"
        documents.add(try store.opening(now: time).sitemaps)
        let verdicts = try store.lease(Self.origin, now: time).urls.filter { documents.contains($0.id) }.map { url in
            url.verdict(outcome, state: state, at: time) {
                adjust(&$0)
                $0.sitemap = documents.fate(of: $0)
            }
        }
        try store.complete(verdicts, drained: [], now: time)
    }

    private func progress(_ entries: Int, _ end: SitemapProgress.End? = nil) -> SitemapProgress {
        var progress = SitemapProgress()
        progress.entries = entries
        progress.end = end
        return progress
    }

    private func read(
        _ urls: [String], _ options: EnqueueOptions? = nil, _ end: SitemapProgress.End? = .complete,
        now: Instant = at(2)
    ) throws -> EnqueueCommit? {
        let document = try #require(try store.fetchedSitemap())
        return try store.enqueue(EnqueueBatch(urls, options), of: document, progress(urls.count, end), now: now)
    }

    private func jobs() throws -> [StoredSitemapJob] { try store.sitemapJobs(openOnly: false, after: 0, limit: 100) }

    // MARK: Jobs

    @Test func anOrdinaryRowThatIsAskedFirst() throws {
        let commit = try ask { $0.priority = -7 }
        #expect(commit.receipt == EnqueueReceipt(new: 1, known: 0))
        #expect(commit.sitemaps.count == 1)
        let row = try #require(try store.get(Self.root))
        #expect((row.priority, row.recrawl, row.dueAt) == (100, .never, at(0)))
        let job = try #require(try jobs().first)
        #expect((job.url, job.state, job.documents) == (Self.root, "waiting", 1))
        #expect(try store.stats().openSitemaps == 1)
    }

    @Test func askedTwiceItIsOneJob() throws {
        #expect(try ask([Self.root, Self.root]).receipt == EnqueueReceipt(new: 1, known: 1))
        #expect(try ask().sitemaps == [])
        #expect(try jobs().count == 1)
        try answer()
        #expect(try ask().sitemaps == [])
        #expect(try store.get(Self.root)?.dueAt == nil, "what is being read is not fetched again")
        _ = try read(["https://a.example/1"])
        #expect(try store.endSitemapJobs(now: at(3)).map(\.state) == ["done"])
        #expect(try store.endSitemapJobs(now: at(3)).isEmpty)
        // Ended, it may be asked for again, and the last job is the one that is listed.
        #expect(try ask(now: at(10)).sitemaps.count == 1)
        #expect(try store.get(Self.root)?.dueAt == at(10))
        #expect(try jobs().map(\.askedAt) == [at(10)])
    }

    @Test func aKnownPageKeepsWhatItHas() throws {
        try store.enqueue([Self.root], EnqueueOptions { $0.priority = 3 })
        #expect(try ask(now: at(5)) { $0.priority = 50 }.receipt.known == 1)
        let row = try store.get(Self.root)
        #expect(row?.priority == 3)
        #expect(row?.dueAt == at(5))
        #expect(row?.recrawl == nil)
    }

    @Test func optionsAreForThePages() throws {
        let given = EnqueueOptions {
            $0.priority = 9
            $0.recrawl = .every(.seconds(60))
            $0.meta = "{\"a\":1}"
            $0.dueAt = at(99)
            $0.force = true
        }
        _ = try ask {
            $0 = given; $0.isSitemap = true
        }
        #expect(try store.get(Self.root)?.meta == nil)
        try answer()
        #expect(try store.fetchedSitemap()?.options == given)
    }

    // MARK: Answers

    @Test(
        arguments: [
            (Outcome.success, nil), (.tooLarge, nil), (.gone, "status-404"), (.blocked, "status-404"),
            (.clientError, "status-404"), (.redirected, "redirected"), (.refusedByPolicy, "refused"),
        ] as [(Outcome, String?)])
    func answersSettle(outcome: Outcome, reason: String?) throws {
        _ = try ask()
        try answer(outcome) { $0.status = 404 }
        #expect(try jobs().map(\.reason) == [reason])
        #expect(try store.fetchedSitemap() == nil ? reason != nil : reason == nil)
        #expect(try store.endSitemapJobs(now: at(2)).map(\.state) == (reason == nil ? [] : ["failed"]))
    }

    @Test func aFailureThatPassesLeavesItWaiting() throws {
        _ = try ask()
        try answer(.serverError, state: .scheduled) { $0.dueAt = at(60) }
        #expect(try jobs().map(\.state) == ["waiting"])
        try answer(at: at(60))
        #expect(try store.fetchedSitemap()?.url == Self.root)
    }

    @Test func aMarkEndsIt() throws {
        _ = try ask()
        try answer(.unknownOriginError, state: .brokenOrigin) { $0.healthDueAt = at(9999) }
        #expect(try store.endSitemapJobs(now: at(2)).map(\.reason) == ["broken-origin"])
    }

    @Test func removedItEnds() throws {
        _ = try ask()
        _ = try store.remove(.url(CrawlURL(Self.root)), now: at(1))
        #expect(try store.endSitemapJobs(now: at(2)).map(\.reason) == ["removed"])
    }

    @Test func removedNextToAPathThatHashesAlike() throws {
        let roots = Collision.same.map { Self.origin + $0 }
        _ = try ask(roots)
        #expect(try store.remove(.url(CrawlURL(roots[0])), now: at(1)) != nil)
        try answer()
        #expect(try store.fetchedSitemap()?.url == roots[1])
        _ = try read([])
        #expect(try store.fetchedSitemap()?.url == roots[2])
        #expect(try store.endSitemapJobs(now: at(2)).map(\.state).sorted() == ["done", "failed"])
    }

    @Test func aRedirectLeadsOn() throws {
        _ = try ask()
        let target = "https://a.example/new.xml"
        try store.enqueue([target])
        let ids = try [Self.root, target].map { try #require(try store.get($0)).id }
        let moved = try store.write { try SitemapStore(db: $0, now: at(1)).move(from: ids[0], to: ids[1]) }
        #expect(moved == ids[1])
        #expect(try store.openSitemaps(among: ids).waiting == [ids[1]])
        #expect(try ask().sitemaps == [], "still the same job")
        try answer()
        #expect(try store.fetchedSitemap()?.url == target)
        #expect(try store.fetchedSitemap()?.root == Self.root)
    }

    // MARK: Reading

    @Test func partsAreCountedOnce() throws {
        _ = try ask()
        try store.enqueue(["https://a.example/1"])
        try answer()
        _ = try read(["https://a.example/1", "https://a.example/2"], nil, nil)
        let again = try folder.open()
        #expect(try again.fetchedSitemap()?.entries == 2, "a process after this one goes on there")
        _ = try read(["https://a.example/3"])
        let job = try #require(try again.endSitemapJobs(now: at(3)).first)
        #expect((job.entries, job.new, job.known, job.documentsDone) == (3, 2, 1, 1))
    }

    @Test func aDocumentThatIsGoneTakesNothing() throws {
        _ = try ask()
        try answer()
        let document = try #require(try store.fetchedSitemap())
        _ = try store.remove(.url(CrawlURL(Self.root)), now: at(2))
        let batch = EnqueueBatch(["https://a.example/1"])
        #expect(try store.enqueue(batch, of: document, progress(1), now: at(3)) == nil)
        #expect(try store.get("https://a.example/1") == nil)
    }

    @Test func anIndexLeadsOn() throws {
        _ = try ask()
        try answer()
        let children = ["https://a.example/s1", "https://a.example/s2", "https://a.example/s1"]
        let commit = try #require(try read(children, Self.sitemap))
        #expect(commit.sitemaps.count == 2)
        #expect(try store.get(children[0])?.priority == 100)
        try answer(at: at(3))
        #expect(try store.fetchedSitemap()?.depth == 1)
        _ = try read([])
        _ = try read([])
        let job = try #require(try store.endSitemapJobs(now: at(3)).first)
        #expect((job.state, job.documents, job.documentsDone, job.new, job.entries) == ("done", 3, 3, 0, 3))
        #expect(try folder.rows("sitemap_document") == 0)
    }

    @Test func aLoopIsNamed() throws {
        let child = "https://a.example/s1"
        _ = try ask()
        try answer()
        _ = try read([child], Self.sitemap)
        try answer(at: at(3))
        _ = try read([Self.root, child], Self.sitemap)
        let job = try #require(try store.endSitemapJobs(now: at(3)).first)
        #expect((job.state, job.reason, job.reasonURL, job.documents) == ("cut", "loop", child, 2))
        #expect(try store.get(Self.root)?.attempts == 1)
    }

    /// Named by two indexes is no loop.
    @Test func aDocumentIsReadOnce() throws {
        _ = try ask()
        try answer()
        _ = try read(["https://a.example/i1", "https://a.example/i2"], Self.sitemap)
        for second in 3...5 {
            try answer(at: at(Double(second)))
            let isIndex = try store.fetchedSitemap()?.depth == 1
            _ = try read(isIndex ? ["https://a.example/s"] : [], Self.sitemap)
        }
        let job = try #require(try store.endSitemapJobs(now: at(6)).first)
        #expect((job.state, job.documents, job.reason) == ("done", 4, nil))
    }

    @Test func depthIsLimited() throws {
        _ = try ask()
        for depth in 0...SitemapBounds.depth {
            try answer(at: at(Double(depth) + 1))
            #expect(try store.fetchedSitemap()?.depth == depth)
            _ = try read(["https://a.example/d\(depth + 1)"], Self.sitemap)
        }
        let job = try #require(try store.endSitemapJobs(now: at(9)).first)
        #expect((job.reason, job.reasonURL, job.documents) == ("too-deep", "https://a.example/d3", 4))
        #expect(try store.get("https://a.example/d4") == nil)
    }

    @Test func documentsAreLimited() throws {
        _ = try ask()
        try answer()
        try folder.edit { try $0.execute(sql: "UPDATE sitemap_job SET documents = \(SitemapBounds.documents - 1)") }
        let commit = try read(["https://a.example/s1", "https://a.example/s2"], Self.sitemap)
        #expect(commit?.sitemaps.count == 1)
        #expect(try jobs().map(\.reason) == ["too-many-documents"])
    }

    // MARK: Files

    @Test func aFileThatIsNotThereIsFetchedAgainTwice() throws {
        _ = try ask()
        for attempt in 1...3 {
            try answer(at: at(Double(attempt)))
            let id = try #require(try store.fetchedSitemap()).id
            let commit = try store.refetchSitemap(id, now: at(Double(attempt)))
            #expect(commit.sitemaps == (attempt < 3 ? [id] : []))
            #expect(commit.touched.count == (attempt < 3 ? 1 : 0))
        }
        #expect(try store.endSitemapJobs(now: at(9)).map(\.reason) == ["no-body"])
    }

    // MARK: What ends the daemon

    @Test func oneWhoseReadingEndedTheDaemonTwiceIsGivenUp() throws {
        _ = try ask()
        try answer()
        let document = try #require(try store.fetchedSitemap())
        let once = EndedReading(url: document.url, isGivenUp: false)
        #expect(try store.note(reading: document.id, endedAt: at(2)) == once)
        #expect(try store.note(reading: document.id, endedAt: at(2)) == once, "it is the same end")
        #expect(try store.fetchedSitemap()?.id == document.id)
        let next = try folder.openKeyed()
        #expect(try next.note(reading: document.id, endedAt: at(9)) == EndedReading(url: document.url, isGivenUp: true))
        #expect(try next.fetchedSitemap() == nil)
        let job = try #require(try next.endSitemapJobs(now: at(10)).first)
        #expect((job.reason, job.reasonURL, job.state) == ("ended-the-daemon", document.url, "failed"))
        #expect(try next.note(reading: document.id, endedAt: at(11)) == nil)
        #expect(try next.note(reading: 5, endedAt: at(12)) == nil)
    }

    @Test func anotherOneBetweenBeginsAnew() throws {
        _ = try ask()
        try answer()
        _ = try read(["https://a.example/s1", "https://a.example/s2"], Self.sitemap)
        try answer(at: at(3))
        let ids = try [1, 2].map { try #require(try store.get("https://a.example/s\($0)")).id }
        for (second, id) in zip([4.0, 5, 6], [ids[0], ids[1], ids[0]]) {
            #expect(try store.note(reading: id, endedAt: at(second))?.isGivenUp == false)
        }
    }

    @Test(arguments: [(true, 7, 0), (false, 7, 1), (true, 8, 1)] as [(Bool, Int64, Int)])
    func afterACrash(isThere: Bool, boot: Int64, due: Int) throws {
        _ = try store.recoverSitemaps(files: [], boot: 7, now: at(0))
        _ = try ask()
        try answer()
        let id = try #require(try store.fetchedSitemap()).id
        let kept = try store.recoverSitemaps(files: isThere ? [id, 5] : [5], boot: boot, now: at(3))
        #expect(kept == (due == 0 ? [id] : []))
        #expect(try store.lease(Self.origin, now: at(3)).urls.count == due)
        #expect(try store.opening(now: at(3)).sitemaps == (due == 0 ? [] : [id]))
        #expect(try store.tallies().kept == store.tallies().counted)
    }

    // MARK: Hints

    @Test func aNewPageTakesTheHint() throws {
        let hinted = EnqueueOptions { $0.hint = SitemapHint(priority: -4) }
        try store.enqueue(["https://a.example/1"], hinted)
        try store.enqueue(
            ["https://a.example/2"],
            EnqueueOptions {
                $0.hint = hinted.hint; $0.priority = 8
            })
        try store.enqueue(["https://a.example/2"], hinted)
        #expect(try store.get("https://a.example/1")?.priority == -4)
        #expect(try store.get("https://a.example/2")?.priority == 8, "what the operator gave stays")
    }

    /// Seconds around the last fetch, which was at 100; it is 200 now.
    @Test(
        arguments: [
            ("before", 99, false), ("at the same time", 100, false), ("after", 101, true),
            ("later today", 80_000, true),
            ("in a year", 31_536_000, false), ("not said", nil, false),
        ] as [(String, Double?, Bool)])
    func aChangedPageIsDue(name: String, changed: Double?, isDue: Bool) throws {
        let url = "https://a.example/1"
        for (state, due) in [(URLState.done, nil), (.gone, nil), (.scheduled, at(5000))] as [(URLState, Instant?)] {
            try store.enqueue([url], EnqueueOptions { $0.force = true }, now: at(50))
            let leased = try #require(try store.lease(Self.origin, now: at(90)).urls.first)
            try store.complete(
                [leased.verdict(state: state, at: at(100)) { $0.dueAt = due }], drained: [], now: at(100))
            let hint = SitemapHint(lastModified: changed.map { at($0) })
            try store.enqueue([url], EnqueueOptions { $0.hint = hint }, now: at(200))
            #expect(try store.get(url)?.dueAt == (isDue ? at(200) : due), "\(name), \(state)")
            #expect(try store.tallies().kept == store.tallies().counted)
        }
    }

    @Test func aFailingPageKeepsItsSchedule() throws {
        let url = "https://a.example/1"
        try store.enqueue([url])
        let leased = try #require(try store.lease(Self.origin).urls.first)
        try store.complete([leased.pending(due: at(500))], drained: [], now: at(1))
        try store.enqueue([url], EnqueueOptions { $0.hint = SitemapHint(lastModified: at(100)) }, now: at(200))
        #expect(try store.get(url)?.dueAt == at(500))
    }
}
