import CrawlCore
import CrawlService
import CrawlTesting
import GRDB
import Synchronization
import Testing

@testable import CrawlFrontier

/// Rows of a file that somebody edited, or that an older version left wrong, make a commit fail for what they are. The
/// others of the commit are stored all the same, each once, and the crawl goes on.
struct UnstorableTests {
    /// What makes SQLite refuse the row of `/hostile`, as a trigger.
    enum Hostility: String, CaseIterable, CustomTestStringConvertible {
        case constraint = "SELECT RAISE(ABORT, 'a constraint of its own')"
        case mismatch = "INSERT INTO trap (id) VALUES ('no number')"
        case tooBig = "INSERT INTO trap (text) VALUES (zeroblob(2000000000))"

        var testDescription: String { String(rawValue.prefix(30)) }
    }

    private static let hosts = ["https://a.example", "https://b.example", "https://c.example"]
    private static let urls = hosts.flatMap { host in (0..<30).map { "\(host)/\($0)" } }
    private static let hostile = "https://b.example/hostile"

    private static func crawl(_ hostility: Hostility?) throws -> VirtualCrawl {
        var settings = CrawlLoop.Settings()
        settings.rules.robots.obeys = false
        settings.rules.crawlDelay = .zero
        let crawl = try VirtualCrawl(settings: settings) { _ in .init(status: 200) }
        if let hostility {
            try edit(
                crawl,
                """
                CREATE TABLE trap (id INTEGER PRIMARY KEY, text);
                CREATE TRIGGER hostile BEFORE UPDATE ON url WHEN old.path = '/hostile' BEGIN \(hostility.rawValue); END;
                """)
        }
        return crawl
    }

    private static func edit(_ crawl: VirtualCrawl, _ sql: String) throws {
        let queue = try DatabaseQueue(path: crawl.folder.file("frontier.sqlite"))
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test(
        "one hostile row among many: all others are stored once, it is put back, and stored when it can be",
        arguments: Hostility.allCases)
    func oneRow(hostility: Hostility) throws {
        let crawl = try Self.crawl(hostility)
        crawl.enqueue(Self.urls + [Self.hostile])
        crawl.time.run(for: .minutes(10))
        for url in Self.urls {
            let row = try #require(try crawl.record(url))
            #expect(row.state == .done && row.attempts == 1, "\(url)")
        }
        #expect(crawl.log.count == Self.urls.count + 1, "nothing is asked twice")
        let row = try #require(try crawl.record(Self.hostile))
        #expect(row.state == .scheduled && row.attempts == 0)
        #expect(crawl.snapshot()?.storageError == nil)
        #expect(try crawl.store.ledger(now: crawl.time.now()).spent == Self.urls.count)

        // What comes in meanwhile is crawled, of its origin too.
        crawl.enqueue(["https://b.example/new"])
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record("https://b.example/new")?.state == .done)
        #expect(crawl.times(Self.hostile).count == 1)
        crawl.time.run(for: .minutes(5))
        #expect(crawl.times(Self.hostile).count == 2, "15 minutes are over")

        try Self.edit(crawl, "DROP TRIGGER hostile")
        crawl.time.run(for: .minutes(16))
        #expect(crawl.times(Self.hostile).count == 3)
        #expect(try crawl.record(Self.hostile)?.state == .done)
        let tally = try crawl.store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test("a restart asks what was put back at once: only memory knew of it")
    func restart() throws {
        let crawl = try Self.crawl(.constraint)
        crawl.enqueue([Self.hostile])
        crawl.time.run(for: .minutes(1))
        try Self.edit(crawl, "DROP TRIGGER hostile")
        try crawl.restart()
        crawl.time.run(for: .minutes(1))
        #expect(try crawl.record(Self.hostile)?.state == .done)
    }

    @Test("it is told why the URL waits, and until when")
    func told() throws {
        let crawl = try Self.crawl(.constraint)
        crawl.enqueue([Self.hostile])
        crawl.time.run(for: .minutes(1))
        let id = try #require(try crawl.record(Self.hostile)).id
        let until = try #require(crawl.view(of: [id])?.putBack[id])
        #expect(until > crawl.time.now() + .minutes(13) && until <= crawl.time.now() + .minutes(15))
        #expect(try crawl.store.name(of: id) == Self.hostile)
        crawl.time.run(for: .minutes(20))
        try Self.edit(crawl, "DROP TRIGGER hostile")
        crawl.time.run(for: .minutes(20))
        #expect(crawl.view(of: [id])?.putBack == [:])
    }

    @Test("many hostile rows are told of in ten lines a minute")
    func manyRows() throws {
        var settings = CrawlLoop.Settings()
        settings.rules.robots.obeys = false
        settings.rules.crawlDelay = .zero
        let told = Told()
        let crawl = try VirtualCrawl(settings: settings, onUnstored: { told.append($0) }) { _ in .init(status: 200) }
        try Self.edit(
            crawl,
            "CREATE TRIGGER hostile BEFORE UPDATE ON url WHEN old.path < '/2' BEGIN SELECT RAISE(ABORT, 'x'); END")
        crawl.enqueue(Self.urls)
        crawl.time.run(for: .seconds(50))
        let hostile = Self.urls.filter { $0.hasSuffix("/0") || $0.contains("/1") }
        #expect(hostile.count == 36)
        #expect(told.all.count == 10)
        #expect(told.all.allSatisfy { $0.until != nil && $0.reason.contains("x") && $0.leftOut == 0 })
        for url in Self.urls {
            #expect(try crawl.record(url)?.state == (hostile.contains(url) ? .scheduled : .done), "\(url)")
        }
        crawl.time.run(for: .minutes(16))
        #expect(told.all.count == 20)
        #expect(told.all[10].leftOut == 26)
    }

    @Test("a robots.txt that cannot be stored is put back with its origin")
    func robots() throws {
        let crawl = try VirtualCrawl(settings: CrawlLoop.Settings()) { request in
            .init(status: request.url.hasSuffix("/robots.txt") ? 404 : 200)
        }
        let robots = Self.hosts[1] + "/robots.txt"
        crawl.enqueue([Self.hosts[0] + "/1", Self.hosts[1] + "/1"])
        try Self.edit(
            crawl,
            "CREATE TRIGGER hostile BEFORE INSERT ON robots WHEN new.origin = 2 BEGIN SELECT RAISE(ABORT, 'x'); END")
        crawl.time.run(for: .minutes(5))
        #expect(try crawl.record(Self.hosts[0] + "/1")?.state == .done)
        #expect(crawl.times(robots).count <= 1)
        #expect(crawl.snapshot()?.storageError == nil)
        try Self.edit(crawl, "DROP TRIGGER hostile")
        crawl.time.run(for: .minutes(30))
        #expect(try crawl.record(Self.hosts[1] + "/1")?.state == .done)
        #expect(crawl.times(Self.hosts[1] + "/1").count == 1)
    }

    @Test("one hostile row among those that new rules let in again holds up neither them nor the crawl")
    func readmission() throws {
        let told = Told()
        let crawl = try VirtualCrawl(settings: CrawlLoop.Settings(), onUnstored: { told.append($0) }) { request in
            guard request.url.hasSuffix("/robots.txt") else { return .init(status: 200) }
            let isFirst = request.at < VirtualTime().now() + .minutes(5)
            return .text(isFirst ? "User-agent: *\nDisallow: /\n" : "")
        }
        crawl.enqueue(Self.urls + [Self.hostile])
        crawl.time.run(for: .minutes(10))
        for url in Self.urls + [Self.hostile] { #expect(try crawl.record(url)?.state == .refused) }
        try Self.edit(
            crawl,
            """
            CREATE TRIGGER hostile BEFORE UPDATE ON url WHEN old.path = '/hostile'
            BEGIN SELECT RAISE(ABORT, 'a constraint of its own'); END
            """)
        crawl.time.run(for: .hours(30))
        #expect(crawl.snapshot()?.storageError == nil)
        for url in Self.urls { #expect(try crawl.record(url)?.state == .done, "\(url)") }
        let row = try #require(try crawl.record(Self.hostile))
        #expect(row.state == .refused && row.refusal?.rule == .robots)
        #expect(told.all.map(\.id) == [row.id])
        let tally = try crawl.store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test(
        "hostile rows of an enqueue are passed over, each with its reason, and all others are taken once",
        arguments: [[7], [0, 1, 59], Array(0..<60)])
    func enqueued(hostile: [Int]) throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try folder.edit {
            try $0.execute(
                sql: """
                    CREATE TRIGGER hostile BEFORE INSERT ON url WHEN new.path LIKE '/hostile%'
                    BEGIN SELECT RAISE(ABORT, 'a constraint of its own'); END
                    """)
        }
        let time = VirtualTime()
        let writer = FrontierWriter(frontier: store, clock: time)
        var batch = EnqueueBatch()
        for n in 0..<60 { batch.append(CrawlURL("https://a.example/\(hostile.contains(n) ? "hostile-" : "")\(n)")) }
        let receipts = Mutex<[EnqueueReceipt]>([])
        writer.enqueue(batch, committed: { _ in }) { receipt, error in
            #expect(error == nil)
            receipts.withLock { $0.append(receipt) }
        }
        time.run(for: .seconds(1))
        let receipt = try #require(receipts.withLock { $0.count == 1 ? $0[0] : nil })
        #expect(receipt.new == 60 - hostile.count && receipt.known == 0)
        #expect(receipt.unstorable.map { Int($0.place) } == hostile)
        #expect(receipt.unstorable.allSatisfy { $0.reason.contains("a constraint of its own") })
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test("a delivery that a lost message left stops no answer but the one whose alert would have its number")
    func leftOver() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue((0..<6).map { "https://a.example/\($0)" })
        let leased = try store.lease("https://a.example").urls
        try folder.edit {
            try $0.execute(sql: "INSERT INTO delivery (seq, sink, incident, next_at) VALUES (1, 'log', 'lost', 0)")
        }
        var completion = Completion(verdicts: leased.map { $0.verdict() })
        completion.verdicts[3] = leased[3].marked(.numbered(1), recheck: at(9))
        completion.drained = [leased[0].id >> 40]
        #expect(throws: RowFault.self) { try store.complete(completion, now: at(1)) }
        var (parts, failed): ([Completion], [Int64]) = ([completion], [])
        while !parts.isEmpty {
            let part = parts.removeFirst()
            do {
                _ = try store.complete(part, now: at(1))
            } catch is RowFault {
                guard let (first, second) = part.halves else {
                    failed += part.verdicts.map(\.id)
                    continue
                }
                parts.insert(contentsOf: [first, second], at: 0)
            }
        }
        #expect(failed == [leased[3].id])
        #expect(try store.tallies().counted == [.done: 5, .scheduled: 1])
    }

    @Test("what is no matter of rows stops the writer as ever")
    func otherFaults() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue(["https://a.example/"])
        let verdict = try store.lease("https://a.example").urls[0].verdict()
        try folder.edit { try $0.execute(sql: "ALTER TABLE url RENAME TO elsewhere") }
        #expect(throws: FrontierError.self) { try store.complete([verdict], drained: [], now: at(1)) }
    }
}

private final class Told: Sendable {
    private let told = Mutex<[Unstored]>([])
    func append(_ unstored: Unstored) { told.withLock { $0.append(unstored) } }
    var all: [Unstored] { told.withLock { $0 } }
}
