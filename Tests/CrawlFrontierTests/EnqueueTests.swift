import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

/// What an enqueue writes, for URLs that are new and for URLs that are known.
struct EnqueueTests {
    let folder: FrontierFolder
    let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    @Test("new, known and twice in one batch")
    func counts() throws {
        #expect(try store.enqueue(["https://a.example/", "https://a.example/x", "https://b.example/"]).new == 3)
        let receipt = try store.enqueue([
            "https://a.example/x", "https://a.example/y", "https://c.example/", "https://a.example/y",
            "https://c.example/",
        ])
        #expect(receipt == EnqueueReceipt(new: 2, known: 3))
        #expect(try store.tallies().kept == [.scheduled: 5])
        #expect(try store.enqueue([]) == EnqueueReceipt())
    }

    @Test("a new URL has the defaults")
    func defaults() throws {
        try store.enqueue(["https://a.example/p?q=1"], now: at(5))
        let stored = try #require(try store.get("https://a.example/p?q=1"))
        #expect(stored.url == "https://a.example/p?q=1")
        #expect(stored.origin == "https://a.example")
        #expect(stored.state == .scheduled)
        #expect(stored.priority == 0)
        #expect(stored.dueAt == at(5))
        #expect(stored.recrawl == nil)
        #expect(stored.attempts == 0)
        #expect(stored.lastAt == nil)
        #expect(stored.lastOutcome == nil)
        #expect(stored.health == nil)
        #expect(stored.content == nil)
        #expect(stored.meta == nil)
        #expect(try store.get("https://a.example/p") == nil)
        #expect(try store.get("http://a.example/p?q=1") == nil)
        #expect(try store.get("https://unknown.example/") == nil)
    }

    struct Known: CustomTestStringConvertible, Sendable {
        var name: String
        var options: EnqueueOptions
        var priority = 7
        var due: Double = 100
        var recrawl = Recrawl.every(.seconds(60))
        var meta = "{\"a\":1}"
        var testDescription: String { name }
    }

    @Test(
        "on a known URL given fields replace and absent ones stay",
        arguments: [
            Known(name: "nothing given", options: EnqueueOptions()),
            Known(name: "priority", options: EnqueueOptions { $0.priority = -5 }, priority: -5),
            Known(
                name: "recrawl", options: EnqueueOptions { $0.recrawl = .every(.seconds(9)) },
                recrawl: .every(.seconds(9))),
            Known(name: "recrawl never", options: EnqueueOptions { $0.recrawl = .never }, recrawl: .never),
            Known(name: "meta", options: EnqueueOptions { $0.meta = "{}" }, meta: "{}"),
            Known(name: "due_at", options: EnqueueOptions { $0.dueAt = at(500) }, due: 500),
            Known(name: "force", options: EnqueueOptions { $0.force = true }, due: 50),
            Known(
                name: "force goes before due_at",
                options: EnqueueOptions {
                    $0.force = true; $0.dueAt = at(500)
                }, due: 50),
        ])
    func known(_ entry: Known) throws {
        let first = EnqueueOptions {
            $0.priority = 7
            $0.dueAt = at(100)
            $0.recrawl = .every(.seconds(60))
            $0.meta = "{\"a\":1}"
        }
        try store.enqueue(["https://a.example/"], first)
        #expect(try store.enqueue(["https://a.example/"], entry.options, now: at(50)).known == 1)
        let stored = try #require(try store.get("https://a.example/"))
        #expect(stored.priority == entry.priority)
        #expect(stored.dueAt == at(entry.due))
        #expect(stored.recrawl == entry.recrawl)
        #expect(stored.meta == entry.meta)
        #expect(try store.tallies().kept == [.scheduled: 1])
    }

    @Test("force and due_at make a finished URL due again; without them it stays as it is")
    func finished() throws {
        try store.enqueue(["https://a.example/"])
        let url = try #require(try store.lease("https://a.example").urls.first)
        try store.complete([url.verdict()], drained: [], now: at(1))
        try store.enqueue(["https://a.example/"], EnqueueOptions { $0.priority = 3 }, now: at(9))
        #expect(try store.get("https://a.example/")?.state == .done)
        #expect(try store.lease("https://a.example", now: at(10)).urls.isEmpty)
        try store.enqueue(["https://a.example/"], EnqueueOptions { $0.force = true }, now: at(9))
        #expect(try store.get("https://a.example/")?.state == .scheduled)
        #expect(try store.lease("https://a.example", now: at(10)).paths == ["/"])
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test("force brings an open run's probe forward; a broken URL waits for its recheck")
    func underHealth() throws {
        try store.enqueue(["https://a.example/p", "https://a.example/b"])
        let lease = try store.lease("https://a.example")
        for url in lease.urls {
            let verdict =
                lease.path(url) == "/p" ? url.pending(due: at(300)) : url.marked(.numbered(1), recheck: at(3600))
            try store.complete([verdict], drained: [], now: at(1))
        }
        let commit = try store.enqueue(
            EnqueueBatch(["https://a.example/p", "https://a.example/b"], EnqueueOptions { $0.force = true }),
            now: at(20))
        #expect(commit.touched.map(\.reorders) == [true])
        #expect(try store.get("https://a.example/p")?.dueAt == at(20))
        #expect(try store.get("https://a.example/p")?.health?.run?.since == at(-100))
        #expect(try store.get("https://a.example/b")?.dueAt == at(3600))
        #expect(try store.get("https://a.example/b")?.state == .brokenOrigin)
        #expect(try store.lease("https://a.example", now: at(20)).urls.isEmpty)
        #expect(try store.lease("https://a.example", now: at(20)).healthPaths == ["/p"])
    }

    @Test("touched origins: the earliest due time, and whether the order changes")
    func touched() throws {
        var batch = EnqueueBatch(["https://a.example/1"], EnqueueOptions { $0.dueAt = at(50) })
        batch.append(CrawlURL("https://b.example/1"), options: EnqueueOptions { $0.priority = 1 })
        batch.append(CrawlURL("https://a.example/2"), options: EnqueueOptions { $0.dueAt = at(40) })
        let commit = try store.enqueue(batch, now: at(10))
        let a = try store.originNumber("https://a.example")
        let b = try store.originNumber("https://b.example")
        #expect(commit.touched.first { $0.origin == a }?.dueAt == at(40))
        #expect(commit.touched.first { $0.origin == a }?.reorders == false)
        #expect(commit.touched.first { $0.origin == b }?.dueAt == at(10))
        #expect(commit.touched.first { $0.origin == b }?.reorders == false)
        #expect(commit.touched.first { $0.origin == b }?.priority == 1)
        #expect(try store.enqueue(EnqueueBatch(["https://a.example/1"]), now: at(10)).touched.isEmpty)
    }

    @Test("colliding paths are URLs of their own", arguments: [Collision.same, Collision.chain])
    func collisions(paths: [String]) throws {
        let urls = paths.map { "https://a.example" + $0 }
        #expect(try store.enqueue(urls).new == 3)
        #expect(try store.enqueue(urls.reversed()).known == 3)
        for url in urls { #expect(try store.get(url)?.url == url) }
        let ids = try urls.compactMap { try store.get($0)?.id }.sorted()
        #expect(ids.count == 3 && ids[2] - ids[0] == 2, "they are neighbours: \(ids)")
        #expect(Set(try store.lease("https://a.example").paths) == Set(paths))
    }

    @Test("the same URLs in batches of any size and order come to the same")
    func anyOrder() throws {
        for seed in UInt64(1)...40 {
            var random = SeededRandom(seed: seed)
            let folder = try FrontierFolder()
            let store = try folder.openKeyed()
            let urls = (0..<60).map { i in
                "https://o\(i % 5).example" + (i < 30 ? (Collision.same + Collision.chain)[i % 6] : "/\(i)")
            }
            var lines = (urls + urls).shuffled(using: &random)
            var total = EnqueueReceipt()
            while !lines.isEmpty {
                let n = min(lines.count, random.int(1...50))
                let receipt = try store.enqueue(Array(lines.prefix(n)))
                total.new += receipt.new
                total.known += receipt.known
                lines.removeFirst(n)
            }
            #expect(total == EnqueueReceipt(new: Set(urls).count, known: 120 - Set(urls).count), "seed \(seed)")
            for url in urls { #expect(try store.get(url)?.url == url, "seed \(seed)") }
            #expect(try store.tallies().kept == [.scheduled: Set(urls).count], "seed \(seed)")
        }
    }
}
