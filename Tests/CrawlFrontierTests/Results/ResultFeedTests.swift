import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A completed attempt is a row of the feed, written with what it tells of.
struct ResultFeedTests {
    private static let digest = Digest256(words: (1, 2, 3, 0xfeed))

    @Test("a result says what came, of whom, and what it began")
    func row() throws {
        let feed = try ResultFixture()
        try feed.store.enqueue(
            ["https://a.example/page?q=1"],
            EnqueueOptions {
                $0.priority = 7
                $0.meta = #"{"depth":2}"#
            })
        let leased = try feed.leased()
        let last = try feed.complete([
            leased[0].verdict(at: at(5)) {
                $0.received = .init(
                    digest: Self.digest, bytes: 1234, contentType: Array("text/html".utf8), isChanged: true)
            }
        ])
        let result = try #require(try feed.all().first)
        #expect(result.seq == last)
        #expect(result.url == "https://a.example/page?q=1" && result.at == at(5))
        #expect(result.outcome == .success && result.status == 200 && result.priority == 7)
        #expect(result.digest == Self.digest && result.bytes == 1234 && result.isChanged == true)
        #expect(result.contentType == "text/html" && result.meta == #"{"depth":2}"#)
        #expect(result.redirect == nil && result.event == nil && result.place == nil)
    }

    @Test("a redirect says where it led, and a mark that there is one")
    func redirectAndMark() throws {
        let feed = try ResultFixture()
        try feed.store.enqueue(["https://a.example/1", "https://a.example/2"])
        let leased = try feed.leased()
        try feed.complete([
            leased[0].verdict(.redirected) {
                $0.status = 301
                $0.redirect = Redirect(target: CrawlURL("https://b.example/new"), isPermanent: true)
            }
        ])
        try feed.complete([leased[1].marked(.numbered(1), recheck: at(9))])
        let results = try feed.all()
        #expect(results.map(\.redirect) == ["https://b.example/new", nil])
        #expect(results.map(\.event) == [nil, .broken])
        #expect(results.map(\.isChanged) == [nil, nil])
    }

    @Test("what stands in an archive has its place, and what does not has none")
    func archived() throws {
        let feed = try ResultFixture()
        try feed.store.enqueue((0..<3).map { "https://a.example/\($0)" })
        let leased = try feed.leased()
        let place = ArchivePlace(file: "crawld-1.warc.gz", offset: 1 << 33, length: 4096)
        try feed.complete([
            leased[0].verdict { $0.place = place },
            leased[1].verdict {
                $0.received = .init(digest: Self.digest, bytes: 5, isChanged: false)
                $0.place = ArchivePlace(file: place.file, offset: place.end, length: 7)
            },
            leased[2].verdict(),
        ])
        let results = try feed.all()
        #expect(results.map(\.place) == [place, ArchivePlace(file: place.file, offset: place.end, length: 7), nil])
        #expect(results[1].digest == Self.digest && results[1].bytes == 5 && results[1].isChanged == false)
        #expect(try ResultFixture.open(feed.folder).results(after: nil, limit: 9, within: .max).rows[0].place == place)
    }

    @Test("with its commit or not at all")
    func sameTransaction() throws {
        let feed = try ResultFixture()
        try feed.store.enqueue(["https://a.example/1", "https://a.example/2"])
        let verdicts = try feed.leased().map { $0.verdict() }
        let before = try feed.store.dump()
        try feed.folder.edit {
            try $0.execute(
                sql: "CREATE TRIGGER trap BEFORE UPDATE ON tally BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        #expect(throws: RowFault.self) { try feed.complete(verdicts) }
        #expect(try feed.all().isEmpty)
        #expect(try feed.store.dump() == before)
        try feed.folder.edit { try $0.execute(sql: "DROP TRIGGER trap") }
        try feed.complete(verdicts)
        #expect(try feed.all().count == 2)
    }

    @Test("what was not asked is no result, nor a control request, nor an answer to a URL that was removed meanwhile")
    func leftOut() throws {
        let feed = try ResultFixture()
        try feed.store.enqueue((0..<4).map { "https://a.example/\($0)" })
        let leased = try feed.leased()
        _ = try feed.store.remove(.url(CrawlURL(feed.url(leased[2]))), after: nil, now: at(1))
        let last = try feed.complete([
            leased[0].verdict(.refusedByPolicy, state: .refused) { $0.wasAsked = false },
            leased[1].verdict { $0.isControl = true }, leased[2].verdict(),
        ])
        #expect(last == nil)
        #expect(try feed.all().isEmpty)
        // A look that was not good is an attempt.
        try feed.complete([leased[3].verdict(.unknownOriginError) { $0.isOnlyLook = true }])
        #expect(try feed.all().map(\.status) == [520])
    }

    @Test(
        "a URL that is removed has its results still, though no meta; nor has it that of the one that comes in its place"
    )
    func removed() throws {
        let feed = try ResultFixture()
        let (one, other) = ("https://a.example" + Collision.same[0], "https://a.example" + Collision.same[1])
        try feed.store.enqueue([one], EnqueueOptions { $0.meta = #"{"of":1}"# })
        try feed.complete(try feed.leased().map { $0.verdict() })
        _ = try feed.store.remove(.url(CrawlURL(one)), after: nil, now: at(2))
        #expect(try feed.all().map(\.url) == [one])
        try feed.store.enqueue([other], EnqueueOptions { $0.meta = #"{"of":2}"# })
        let result = try #require(try feed.all().first)
        #expect(result.url == one && result.meta == nil)
    }

    @Test("a restart finds it as it was, and goes on with its numbers, also when all of it is gone")
    func restart() throws {
        let feed = try ResultFixture()
        try feed.fill(3)
        let before = try feed.all().map(\.seq)
        #expect(zip(before, before.dropFirst()).allSatisfy { $1 == $0 + 1 })
        let again = try ResultFixture.open(feed.folder)
        #expect(try again.results(after: nil, limit: 10, within: .max).rows.map(\.seq) == before)
        try feed.folder.edit { try $0.execute(sql: "DELETE FROM result") }
        try again.enqueue(["https://a.example/new"])
        let verdicts = try again.lease("https://a.example").urls.map { $0.verdict() }
        #expect(try again.complete(Completion(verdicts: verdicts), now: at(2)).lastResult == before[2] + 1)
    }

    @Test("without a feed there is no row, and what was kept of one goes in quiet moments")
    func off() throws {
        let feed = try ResultFixture()
        try feed.fill(FrontierStore.trimmedInAStep + 10, batch: 500)
        let off = try feed.folder.openKeyed()
        #expect(throws: ResultFault.off) { try off.results(after: nil, limit: 1, within: 1) }
        #expect(try off.resultStats() == nil)
        try off.enqueue(["https://b.example/"])
        let verdicts = try off.lease("https://b.example").urls.map { $0.verdict() }
        #expect(try off.complete(Completion(verdicts: verdicts), now: at(2)).lastResult == nil)
        #expect(off.tidy(now: at(3)))
        #expect(try feed.folder.rows("result") == 10)
        while off.tidy(now: at(3)) {}
        #expect(try feed.folder.rows("result") == 0)
    }

    @Test("pieces of any size have every result once, in its order", arguments: [1, 3, 7, 100])
    func pieces(limit: Int) throws {
        let feed = try ResultFixture()
        try feed.fill(40, batch: 9)
        let expected = try feed.all().map(\.seq)
        var (found, after) = ([Int64](), Int64?.none)
        while found.count <= expected.count {
            let page = try feed.store.results(after: after, limit: limit, within: .max)
            found += page.rows.map(\.seq)
            after = page.next
            if page.next == page.head { break }
        }
        #expect(found == expected && expected.count == 40)
        #expect(try feed.store.results(after: nil, limit: .max, within: 1).rows.count == 1, "at least one")
    }

    @Test("only what is wanted: outcomes, an origin")
    func filters() throws {
        let feed = try ResultFixture()
        for host in ["a", "b"] {
            try feed.store.enqueue((0..<3).map { "https://\(host).example/\($0)" })
            let leased = try feed.leased("https://\(host).example")
            try feed.complete([leased[0].verdict(), leased[1].verdict(.gone), leased[2].verdict(.responseTimeout)])
        }
        func urls(_ filter: ResultFilter) throws -> [String] { try feed.all(filter).map { "\($0.url.prefix(9))" } }
        #expect(try urls(ResultFilter(outcomes: [.success, .gone])).count == 4)
        #expect(try urls(ResultFilter(outcomes: [.responseTimeout])).count == 2)
        #expect(try urls(ResultFilter(origin: "https://b.example")) == Array(repeating: "https://b", count: 3))
        #expect(try urls(ResultFilter(outcomes: [.gone], origin: "https://a.example")) == ["https://a"])
        #expect(try urls(ResultFilter(origin: "https://nobody.example")).isEmpty)
        let page = try feed.store.results(
            after: nil, ResultFilter(origin: "https://nobody.example"), limit: 1, within: 1)
        #expect(page.next == page.head, "what nobody wants is passed over once")
    }

    @Test("a place of another database is none here, nor one that is still to come")
    func otherDatabase() throws {
        let (feed, other) = (try ResultFixture(), try ResultFixture())
        // Drawn at random, two of 4,095 begin alike.
        try feed.folder.edit {
            try $0.execute(sql: "UPDATE fact SET value = 4095 << 40 WHERE name = 'results_head'")
        }
        try other.folder.edit { try $0.execute(sql: "UPDATE fact SET value = 7 << 40 WHERE name = 'results_head'") }
        try feed.fill(3)
        try other.fill(5)
        let (head, stranger) = (try feed.stats.head, try other.stats.head)
        for place in [stranger, stranger - 4, 1, head + 1, .max] {
            #expect(throws: ResultFault.unknownCursor(head: head), "\(place)") { try feed.all(after: place) }
        }
        #expect(try feed.all(after: head).isEmpty)
        #expect(head < 1 << 53)
    }
}

extension ResultFixture {
    func url(_ leased: LeasedURL) throws -> String { try #require(try store.name(of: leased.id)) }
}
