import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Where a page stands in the archive is known from the commit on that tells of the page.
struct ArchivedPageTests {
    @Test("the place of a page is in the commit of its answer, and stays through a restart")
    func kept() throws {
        let fixture = try ArchiveFixture()
        #expect(try fixture.stored() == nil)
        try fixture.complete([fixture.verdict()])
        let expected = StoredPage(
            place: ArchiveFixture.place(500), folder: "/archive", algorithm: "sha1", record: ArchiveFixture.record,
            at: at(1), digest: ArchiveFixture.digest, payload: ArchiveFixture.sha1)
        #expect(try fixture.stored() == expected)
        #expect(try fixture.folder.open().archivedPage(CrawlURL(ArchiveFixture.url)) == expected)
        #expect(try fixture.stored("https://a.example/other") == nil)
        #expect(try fixture.stored("https://b.example/") == nil)
    }

    @Test("a later record takes its place, an answer without one leaves it")
    func replaced() throws {
        let fixture = try ArchiveFixture()
        try fixture.complete([fixture.verdict()])
        try fixture.complete([fixture.verdict(nil)])
        #expect(try fixture.stored()?.place == ArchiveFixture.place(500))
        let other = ArchiveFixture.page(ArchiveFixture.place(0, in: "b.warc.gz"), id: nil, payload: nil)
        try fixture.complete([fixture.verdict(other)])
        let page = try #require(try fixture.stored())
        #expect(page.place == ArchiveFixture.place(0, in: "b.warc.gz"))
        #expect(page.record == nil && page.payload == nil)
    }

    @Test("a lease knows the response that the page is in")
    func leased() throws {
        let fixture = try ArchiveFixture()
        #expect(try fixture.leased().content == nil)
        try fixture.complete([fixture.verdict()])
        let archived = try #require(try fixture.leased().content?.archived)
        #expect(archived.id == ArchiveFixture.record && archived.at == at(1))
        #expect(archived.digest == ArchiveFixture.digest && archived.payload == ArchiveFixture.sha1)
    }

    enum Unknown: String, CaseIterable {
        case noArchive, anotherFolder, anotherAlgorithm, changedMeanwhile, revisitOfAnother, noDigest
    }

    @Test("it knows none that may not be pointed at", arguments: Unknown.allCases)
    func unknown(_ unknown: Unknown) throws {
        let fixture = try ArchiveFixture()
        var page = ArchiveFixture.page()
        if unknown == .revisitOfAnother { page = ArchiveFixture.page(id: nil) }
        try fixture.complete([fixture.verdict(page)])
        if unknown == .changedMeanwhile {
            try fixture.complete([fixture.verdict(nil, digest: Digest256(words: (1, 2, 3, 5)))])
        }
        if unknown == .noDigest { try fixture.complete([fixture.verdict(nil, digest: nil)]) }
        let store = unknown == .noArchive ? try fixture.folder.open() : fixture.store
        if unknown == .anotherFolder { try store.openArchive(folder: "/other", digest: "sha1") }
        if unknown == .anotherAlgorithm { try store.openArchive(folder: "/archive", digest: "sha256") }
        let content = try #require(try fixture.leased(store).content)
        #expect(content.archived == nil)
        #expect(content.content.etag != nil, "the page itself is known")
    }

    @Test("back in the first archive, what it has is known again")
    func back() throws {
        let fixture = try ArchiveFixture()
        try fixture.complete([fixture.verdict()])
        try fixture.store.openArchive(folder: "/other", digest: "sha1")
        #expect(try fixture.leased().content?.archived == nil)
        try fixture.store.openArchive(folder: "/archive", digest: "sha1")
        #expect(try fixture.leased().content?.archived?.id == ArchiveFixture.record)
    }

    @Test("of an answer that counts for nothing the place does not either")
    func void() throws {
        let fixture = try ArchiveFixture()
        let late = try fixture.verdict()
        _ = try fixture.store.revive(.url(CrawlURL(ArchiveFixture.url)), now: at(1))
        try fixture.complete([late])
        #expect(try fixture.stored() == nil)
        let later = try fixture.verdict()
        _ = try fixture.store.remove(.url(CrawlURL(ArchiveFixture.url)), now: at(1))
        try fixture.complete([later])
        try fixture.store.enqueue([ArchiveFixture.url])
        #expect(try fixture.stored() == nil)
        #expect(try fixture.rows() == 0)
        // The record is in its file all the same.
        #expect(try fixture.store.lastPlace(inFile: "a.warc.gz", of: fixture.archive) == ArchiveFixture.place(500))
    }

    @Test("the answer to a control request is not the URL's page")
    func control() throws {
        let fixture = try ArchiveFixture()
        var verdict = try fixture.verdict()
        verdict.isControl = true
        try fixture.complete([verdict])
        #expect(try fixture.stored() == nil)
    }

    @Test("a URL that was made due meanwhile keeps the place of the answer under way")
    func forced() throws {
        let fixture = try ArchiveFixture()
        let late = try fixture.verdict()
        try fixture.store.enqueue([ArchiveFixture.url], EnqueueOptions { $0.force = true }, now: at(5))
        try fixture.complete([late], now: at(6))
        #expect(try fixture.stored()?.place == ArchiveFixture.place(500))
    }

    @Test("removed, a URL leaves no row, by itself or with its origin", arguments: [true, false])
    func removed(one: Bool) throws {
        let fixture = try ArchiveFixture()
        try fixture.complete([fixture.verdict()])
        #expect(try fixture.rows() == 1)
        let target: FrontierTarget = one ? .url(CrawlURL(ArchiveFixture.url)) : .origin(ArchiveFixture.key)
        _ = try fixture.store.remove(target, now: at(3))
        #expect(try fixture.rows() == 0)
    }

    @Test("a URL that moves up into the number of a removed one takes its page along")
    func collision() throws {
        let fixture = try ArchiveFixture()
        let urls = Collision.same.map { ArchiveFixture.key + $0 }
        for (i, url) in urls.enumerated() {
            try fixture.store.enqueue([url], now: at(20))
            let lease = try fixture.store.lease(ArchiveFixture.key, now: at(20))
            let leased = try #require(lease.urls.first { lease.path($0) == Collision.same[i] })
            try fixture.complete([leased.verdict { $0.archived = ArchiveFixture.page(ArchiveFixture.place(Int64(i))) }])
        }
        _ = try fixture.store.remove(.url(CrawlURL(urls[0])), now: at(30))
        #expect(try urls.map { try fixture.stored($0)?.place.offset } == [nil, 1, 2])
    }

    @Test("without an archive nothing is written, whatever a verdict says")
    func off() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue([ArchiveFixture.url])
        let leased = try #require(try store.lease(ArchiveFixture.key).urls.first)
        var completion = Completion(verdicts: [leased.verdict { $0.archived = ArchiveFixture.page() }])
        completion.archive = [ArchiveFixture.place(500)]
        _ = try store.complete(completion, now: at(1))
        #expect(try store.archivedPage(CrawlURL(ArchiveFixture.url)) == nil)
        #expect(try folder.rows("archive_file") == 0)
    }
}
