import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// The feed's bounds hold, whoever has not read it: the oldest go.
struct ResultRetentionTests {
    @Test("no commit leaves more rows than may be, and none takes many away at once")
    func rows() throws {
        let feed = try ResultFixture { $0.maxRows = 300 }
        try feed.fill(1000, batch: 40)
        #expect(try feed.folder.rows("result") == 300)
        let stats = try feed.stats
        #expect(stats.rows == 300)
        #expect(try feed.all().map(\.seq) == Array((stats.head - 299)...stats.head))

        // A bound that was lowered: its excess goes commit by commit.
        let lower = try ResultFixture.open(feed.folder) { $0.maxRows = 10 }
        var left = [300]
        for n in 0..<5 {
            try lower.enqueue(["https://b.example/\(n)"])
            let verdicts = try lower.lease("https://b.example").urls.map { $0.verdict() }
            _ = try lower.complete(Completion(verdicts: verdicts), now: at(2))
            left.append(try feed.folder.rows("result"))
        }
        #expect(left.last == 10)
        #expect(zip(left, left.dropFirst()).allSatisfy { $0 - $1 <= 202 }, "\(left)")
    }

    @Test("nor more bytes")
    func bytes() throws {
        let feed = try ResultFixture { $0.maxBytes = 20_000 }
        try feed.fill(1000, batch: 100)
        let stats = try feed.stats
        #expect((15_000...20_000).contains(stats.bytes), "\(stats.bytes)")
        let held = try feed.all().reduce(Int64(0)) {
            $0 + ResultFeed.rowBytes + Int64($1.url.utf8.count - "https://a.example".utf8.count)
        }
        #expect(held == stats.bytes, "what is counted is what is there")
    }

    @Test("an archive file is named as long as a result is in it, and no longer")
    func files() throws {
        let feed = try ResultFixture { $0.maxRows = 4 }
        for (commit, file) in ["a", "b", "a", "c"].enumerated() {
            try feed.store.enqueue((0..<2).map { "https://a.example/\(commit)/\($0)" })
            try feed.complete(
                try feed.leased().map { leased in
                    leased.verdict { $0.place = ArchivePlace(file: file, offset: Int64(commit), length: 1) }
                })
        }
        #expect(try feed.all().map { $0.place?.file } == ["a", "a", "c", "c"])
        #expect(try feed.folder.rows("result_file") == 2)
        try feed.fill(4)
        #expect(try feed.folder.rows("result_file") == 0)
    }

    @Test("in quiet moments the old go, step by step, with some room for what comes")
    func quiet() throws {
        let step = FrontierStore.trimmedInAStep
        let feed = try ResultFixture {
            $0.maxRows = 3_200
            $0.maxAge = .seconds(1000)
        }
        try feed.fill(3_200, batch: 400)
        #expect(!feed.store.tidy(now: at(10)))
        #expect(try feed.folder.rows("result") == 3_000, "a sixteenth is made room of")
        #expect(!feed.store.tidy(now: at(1001)), "none is older than may be")
        #expect(try feed.folder.rows("result") == 3_000)
        #expect(feed.store.tidy(now: at(1002)))
        #expect(try feed.folder.rows("result") == 3_000 - step)
        while feed.store.tidy(now: at(1002)) {}
        #expect(try feed.folder.rows("result") == 0)
        let stats = try feed.stats
        #expect(stats.rows == 0 && stats.bytes == 0 && stats.begins == stats.head)
    }

    @Test("a busy crawl has no quiet moments: what is too old goes with its commits")
    func old() throws {
        let feed = try ResultFixture { $0.maxAge = .seconds(100) }
        try feed.fill(150, at: 1)
        try feed.fill(1, at: 90)
        #expect(try feed.folder.rows("result") == 151)
        try feed.fill(1, at: 102)
        #expect(try feed.folder.rows("result") == 2)
    }

    @Test("who fell behind is told where the feed begins, and goes on there")
    func gone() throws {
        let feed = try ResultFixture { $0.maxRows = 5 }
        try feed.fill(5)
        let first = try #require(try feed.all().first?.seq)
        #expect(try feed.all(after: first - 1).count == 5)
        try feed.fill(3)
        let begins = try feed.stats.begins
        #expect(begins == first + 2)
        for place in [first - 1, begins - 1] {
            #expect(throws: ResultFault.gone(begins: begins)) { try feed.all(after: place) }
        }
        #expect(try feed.all(after: begins).count == 5)
    }

    @Test("figures that somebody edited end nothing")
    func edited() throws {
        let feed = try ResultFixture { $0.maxRows = 5 }
        try feed.fill(5)
        try feed.folder.edit {
            try $0.execute(sql: "UPDATE fact SET value = -1 WHERE name LIKE 'results_%'")
            try $0.execute(
                sql: """
                    INSERT OR REPLACE INTO result (seq, url_id, path, at, answer, priority, changed, bytes, digest,
                        content_type, event) VALUES (9223372036854775807, -5, x'ff', -1, -1, 'x', 9, -1, x'00', x'fe', 99)
                    """)
        }
        _ = try? feed.all()
        _ = try? feed.fill(3)
        _ = try? feed.stats
        while feed.store.tidy(now: at(5)) {}
    }
}
