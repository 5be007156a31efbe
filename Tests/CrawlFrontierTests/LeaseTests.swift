import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

/// Which URLs a lease gives, in which order, and what it says of the rest.
struct LeaseTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    private func enqueue(_ path: String, priority: Int = 0, due: Double = 0) throws {
        try store.enqueue(
            [origin + path],
            EnqueueOptions {
                $0.priority = priority
                $0.dueAt = at(due)
            })
    }

    @Test("by priority, then by due time; what is not due never comes")
    func order() throws {
        try enqueue("/low-early", priority: -5, due: 1)
        try enqueue("/mid-late", due: 9)
        try enqueue("/mid-early", due: 2)
        try enqueue("/high-late", priority: 8, due: 8)
        try enqueue("/high-future", priority: 8, due: 20)
        try enqueue("/top-future", priority: 100, due: 10.001)
        try enqueue("/now", priority: -100, due: 10)
        let lease = try store.lease(origin, now: at(10))
        #expect(lease.paths == ["/high-late", "/mid-early", "/mid-late", "/low-early", "/now"])
        #expect(lease.nextDueAt == at(10.001))
        #expect(String(decoding: lease.originKey, as: UTF8.self) == origin)
        #expect(lease.urls.map(\.dueAt) == [8, 2, 9, 1, 10].map { at($0) })
    }

    @Test("a limit cuts the list and says so; without more it says when the next is due", arguments: 0...5)
    func limit(n: Int) throws {
        for i in 0..<3 { try enqueue("/\(i)", due: Double(i)) }
        try enqueue("/later", due: 77)
        let lease = try store.lease(origin, now: at(10), limit: n)
        #expect(lease.paths == (0..<min(n, 3)).map { "/\($0)" })
        #expect(lease.nextDueAt == (n == 0 ? nil : n < 3 ? at(10) : at(77)))
    }

    @Test("outstanding URLs are passed over, and do not count as more")
    func outstanding() throws {
        for i in 0..<5 { try enqueue("/\(i)", due: Double(i)) }
        let ids = try store.lease(origin, now: at(10)).urls.map(\.id)
        #expect(try store.lease(origin, now: at(10), without: [ids[0], ids[3]]).paths == ["/1", "/2", "/4"])
        let rest = try store.lease(origin, now: at(10), limit: 2, without: [ids[0], ids[3], ids[4]])
        #expect(rest.paths == ["/1", "/2"])
        #expect(rest.nextDueAt == nil)
        let none = try store.lease(origin, now: at(10), without: Set(ids))
        #expect(none.urls.isEmpty && none.nextDueAt == nil)
    }

    @Test("an unknown origin has nothing")
    func unknown() throws {
        let lease = try store.lease("https://nobody.example")
        #expect(lease.originKey.isEmpty && lease.urls.isEmpty && lease.nextDueAt == nil)
    }

    @Test("other origins' URLs never come, be their numbers next to these")
    func neighbours() throws {
        for i in 0..<20 { try store.enqueue((0..<5).map { "https://o\(i).example/\($0)" }) }
        for i in 0..<20 { #expect(try store.lease("https://o\(i).example").urls.count == 5) }
    }

    @Test("health traffic comes by due time, with its record, apart from ordinary traffic")
    func health() throws {
        for i in 0..<4 { try enqueue("/\(i)") }
        let lease = try store.lease(origin)
        for url in lease.urls {
            let path = lease.path(url)
            guard let n = Int(path.dropFirst()), n < 3 else { continue }
            try store.complete([url.pending(due: at(Double(300 - n * 100)))], drained: [], now: at(1))
        }
        let early = try store.lease(origin, now: at(150))
        #expect(early.paths == ["/3"])
        #expect(early.healthPaths == ["/2"])
        #expect(early.nextHealthDueAt == at(200))
        #expect(early.health.first?.isHealthTraffic == true)
        #expect(early.health.first?.health?.record == .sample(.pending))
        let late = try store.lease(origin, now: at(400), limit: 0, healthLimit: 2)
        #expect(late.urls.isEmpty && late.nextDueAt == nil)
        #expect(late.healthPaths == ["/2", "/1"])
        #expect(late.nextHealthDueAt == at(300), "due, but cut by the limit")
        let ids = Set(late.health.map(\.id))
        #expect(try store.lease(origin, now: at(400), without: ids).healthPaths == ["/0"])
        #expect(try store.lease(origin, now: at(400), healthLimit: 0).health.isEmpty)
    }

    @Test("a URL in backoff is ordinary traffic and brings its record along")
    func backoff() throws {
        try enqueue("/")
        let url = try #require(try store.lease(origin).urls.first)
        let record = HealthRecord.sample(.healthy, outcome: .serverError)
        try store.complete(
            [
                url.verdict(.serverError, state: .scheduled) {
                    $0.health = HealthBox(record)
                    $0.dueAt = at(60)
                }
            ], drained: [], now: at(1))
        #expect(try store.lease(origin, now: at(59)).urls.isEmpty)
        let again = try store.lease(origin, now: at(60))
        #expect(again.health.isEmpty)
        #expect(again.urls.first?.health?.record == record)
    }

    @Test("recrawl, state and generation are those of the row")
    func fields() throws {
        try store.enqueue([origin + "/"], EnqueueOptions { $0.recrawl = .every(.seconds(5)) })
        let url = try #require(try store.lease(origin).urls.first)
        #expect(url.recrawl == .every(.seconds(5)))
        #expect(url.state == .scheduled)
        try store.complete([url.verdict(.gone, state: .gone) { $0.dueAt = at(6) }], drained: [], now: at(1))
        let again = try #require(try store.lease(origin, now: at(6)).urls.first)
        #expect(again.state == .gone)
        #expect(again.generation == url.generation)
    }
}
