import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// How far the records of commits reach in each file: a start cuts nothing off before that.
struct ArchiveFileTests {
    @Test("an archive is a folder and an algorithm: its number is the same ever after, and another's is another")
    func numbers() throws {
        let folder = try FrontierFolder()
        var seen: [String: Int64] = [:]
        for _ in 0..<2 {
            let store = try folder.open()
            for (path, digest) in [("/a", "sha1"), ("/a", "sha256"), ("/b", "sha1")] {
                let number = try store.openArchive(folder: path, digest: digest)
                #expect(seen[path + digest].map { $0 == number } ?? true)
                seen[path + digest] = number
            }
        }
        #expect(Set(seen.values).count == 3)
    }

    @Test("of each file the last place of a commit is kept, also where no page is told of")
    func last() throws {
        let fixture = try ArchiveFixture()
        func last(_ file: String) throws -> ArchivePlace? {
            try fixture.store.lastPlace(inFile: file, of: fixture.archive)
        }
        let places = [0, 300, 100].map { ArchiveFixture.place($0) } + [ArchiveFixture.place(7, in: "b.warc.gz")]
        try fixture.complete([], places)
        #expect(try last("a.warc.gz") == ArchiveFixture.place(300))
        #expect(try last("b.warc.gz") == ArchiveFixture.place(7, in: "b.warc.gz"))
        #expect(try last("c.warc.gz") == nil)
        try fixture.complete([], [ArchiveFixture.place(200)])
        #expect(try last("a.warc.gz") == ArchiveFixture.place(300), "it never goes back")
        // A page's own place counts by itself.
        try fixture.complete([fixture.verdict()], [ArchiveFixture.place(400)])
        #expect(try last("a.warc.gz") == ArchiveFixture.place(500))
        try fixture.complete([fixture.verdict()], [ArchiveFixture.place(600)])
        #expect(try last("a.warc.gz") == ArchiveFixture.place(600))
        let again = try fixture.folder.open()
        let number = try again.openArchive(folder: "/archive", digest: "sha1")
        #expect(try again.lastPlace(inFile: "a.warc.gz", of: number) == ArchiveFixture.place(600))
        let other = try again.openArchive(folder: "/other", digest: "sha1")
        #expect(try again.lastPlace(inFile: "a.warc.gz", of: other) == nil, "files of another folder are others")
    }

    @Test("a file has one row, however many commits and pages it is in")
    func rows() throws {
        let fixture = try ArchiveFixture()
        for offset in 0..<5 {
            let page = ArchiveFixture.page(ArchiveFixture.place(Int64(offset * 100)))
            try fixture.complete([fixture.verdict(page)], [ArchiveFixture.place(Int64(offset * 100))])
        }
        #expect(try fixture.folder.rows("archive_file") == 1)
    }

    @Test("a commit that is parted keeps the places, with the answers and with the rest")
    func halves() throws {
        let fixture = try ArchiveFixture()
        var completion = Completion(verdicts: [try fixture.verdict()])
        completion.archive = [ArchiveFixture.place(900)]
        let (answers, rest) = try #require(completion.halves)
        _ = try fixture.store.complete(answers, now: at(1))
        #expect(try fixture.stored()?.place == ArchiveFixture.place(500))
        #expect(try fixture.store.lastPlace(inFile: "a.warc.gz", of: fixture.archive) == ArchiveFixture.place(500))
        _ = try fixture.store.complete(rest, now: at(1))
        #expect(try fixture.store.lastPlace(inFile: "a.warc.gz", of: fixture.archive) == ArchiveFixture.place(900))
        #expect(rest.halves == nil)
    }

    @Test("a frontier of before has nothing archived, and takes an archive")
    func upgrade() throws {
        let folder = try FrontierFolder()
        do {
            let store = try folder.openKeyed()
            try store.enqueue([ArchiveFixture.url])
            let leased = try #require(try store.lease(ArchiveFixture.key).urls.first)
            let content = Verdict.Content(
                digest: ArchiveFixture.digest, bytes: 1, etag: "\"e\"", lastModified: nil)
            let verdict = leased.verdict(state: .scheduled) { ($0.content, $0.dueAt) = (content, at(2)) }
            _ = try store.complete(Completion(verdicts: [verdict]), now: at(1))
        }
        try folder.takeBack(to: Schema.steps(before: Schema.archive))
        let store = try folder.openKeyed()
        try store.openArchive(folder: "/archive", digest: "sha1")
        let leased = try #require(try store.lease(ArchiveFixture.key, now: at(10)).urls.first)
        #expect(leased.content?.content.etag == "\"e\"" && leased.content?.archived == nil)
        let verdict = leased.verdict { $0.archived = ArchiveFixture.page() }
        _ = try store.complete(Completion(verdicts: [verdict]), now: at(11))
        #expect(try store.archivedPage(CrawlURL(ArchiveFixture.url))?.place == ArchiveFixture.place(500))
    }
}
