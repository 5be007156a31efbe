import CrawlTesting
import GRDB
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// What `status` tells of due work is what a plain count over the rows finds, whatever has changed them.
struct DueTableTests {
    private let folder: FrontierFolder
    private let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.chunk = 700 }
    }

    private func check(_ what: String, _ now: Instant = at(0), sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let due = try store.dueMinutes()
        #expect(due.kept == due.counted, "\(what)", sourceLocation: sourceLocation)
        #expect(!due.kept.values.contains { $0 <= 0 }, "\(what)", sourceLocation: sourceLocation)
        let minute = DueTable.minute(of: now.ms)
        let sum = due.counted.filter { $0.key <= minute }.values.reduce(0, +)
        #expect(try store.figures(now: now).due == sum, "\(what)", sourceLocation: sourceLocation)
    }

    private static func url(_ index: Int) -> String { "https://o\(index % 20).example/\(index)" }

    @Test("10,000 URLs in many states, after every kind of change")
    func everyChange() throws {
        var random = SeededRandom(seed: 7)
        for part in 0..<10 {
            let urls = (part * 1_000..<(part + 1) * 1_000).map(Self.url)
            try store.enqueue(urls, EnqueueOptions { $0.dueAt = at(Double(random.int(-5_000...5_000))) })
        }
        try check("enqueued")
        try store.enqueue((0..<300).map(Self.url))
        try store.enqueue((0..<300).map(Self.url), EnqueueOptions { $0.force = true })
        try store.enqueue((300..<400).map(Self.url), EnqueueOptions { $0.dueAt = at(4e9) })
        try store.enqueue((400..<500).map(Self.url), EnqueueOptions { $0.dueAt = .distantFuture })
        try check("known, forced, after 2100")
        #expect(try store.dueMinutes().kept[DueTable.minute(of: Instant.distantFuture.ms)] == 200)

        for round in 0..<3 {
            for origin in 0..<20 {
                let now = at(Double(round))
                let lease = try store.lease("https://o\(origin).example", now: now, limit: 200)
                try store.complete(
                    (lease.urls + lease.health).map { url in Self.verdict(url, now, &random) }, drained: [], now: now)
            }
            try check("completed", at(Double(round)))
        }
        let failing = try store.page(URLFilter(), after: -1, limit: 10_000).rows.filter { $0.health != nil }
        #expect(failing.count > 300)
        try store.enqueue(failing.prefix(100).map(\.url), EnqueueOptions { $0.force = true }, now: at(10))
        try check("probes brought forward", at(10))
        for origin in 0..<3 {
            let number = try #require(try store.originNumber("https://o\(origin).example"))
            try store.write { try HoldTable(db: $0).set(.broken, of: .breaker, number) }
        }
        try check("held by their origins", at(10))
        for url in failing.prefix(50) { _ = try store.revive(.url(CrawlURL(url.url)), after: nil, now: at(11)) }
        try check("revived", at(11))
        for url in failing.suffix(50) { _ = try store.remove(.url(CrawlURL(url.url)), after: nil, now: at(12)) }
        for (isRemoval, origin) in [(true, 5), (false, 6)] {
            var next: Int64?
            repeat {
                let target = FrontierTarget.origin("https://o\(origin).example")
                next =
                    try isRemoval
                    ? store.remove(target, after: next, now: at(13))?.next
                    : store.revive(target, after: next, now: at(13))?.next
            } while next != nil
        }
        try check("whole origins removed and revived", at(13))
        var policy = RefusalPolicy()
        policy.robots.obeys = false
        try store.adopt(policy, now: at(14))
        try store.catchUpAll(now: at(14))
        try check("refused ones admitted", at(14))
        _ = try store.repair(now: at(15))
        while store.tidy(now: at(15)) {}
        try check("repaired and tidied", at(15))
    }

    /// One of each kind.
    private static func verdict(_ url: LeasedURL, _ now: Instant, _ random: inout SeededRandom) -> Verdict {
        switch random.int(0...6) {
        case 0: url.verdict(at: now)
        case 1: url.verdict(state: .scheduled, at: now) { $0.dueAt = now + .seconds(600) }
        case 2: url.verdict(.gone, state: .gone, at: now)
        case 3: url.verdict(.refusedByPolicy, state: .refused, at: now) { $0.refusal = Refusal(.robots, "line 1: /") }
        case 4: url.verdict(.serverError, state: .scheduled, at: now) { $0.dueAt = now + .seconds(60) }
        default:
            url.verdict(.unknownOriginError, state: .scheduled, at: now) { verdict in
                var record = HealthRecord(streakSince: now)
                record.run = HealthRecord.Run(
                    outcome: .unknownOriginError, since: now, lastAt: now, observations: 1, probeTimes: 1,
                    burstAttempts: 1, timeline: 0)
                record.phase = .suspect
                verdict.health = HealthBox(record)
                verdict.healthDueAt = now + .seconds(300)
            }
        }
    }

    @Test("a transaction that fails leaves no trace in the count")
    func rolledBack() throws {
        struct Fault: Error {}
        try store.enqueue((0..<100).map(Self.url))
        #expect(throws: (any Error).self) {
            try store.write { db in
                try db.execute(sql: "UPDATE url SET due_at = due_at + 600000")
                throw Fault()
            }
        }
        try store.enqueue((100..<200).map(Self.url))
        try check("after a transaction that failed")
    }

    @Test("minutes without URLs have no row, and what is due in 2100 or later shares one")
    func rows() throws {
        try store.enqueue([Self.url(1)], EnqueueOptions { $0.dueAt = at(-60 * 60) })
        try store.enqueue([Self.url(2)], EnqueueOptions { $0.dueAt = Instant(ms: -5) })
        try store.enqueue([Self.url(3)], EnqueueOptions { $0.dueAt = Instant(ms: 4_102_444_800_000) })
        try store.enqueue([Self.url(4)], EnqueueOptions { $0.dueAt = .distantFuture })
        #expect(try store.dueMinutes().kept == [at(-60 * 60).ms / 60_000: 1, 0: 1, 68_374_080: 2])
        try store.enqueue([Self.url(1), Self.url(2)], EnqueueOptions { $0.dueAt = at(0) })
        #expect(try store.dueMinutes().kept == [at(0).ms / 60_000: 2, 68_374_080: 2])
    }

    @Test("numbers that no count can have are told as something, and do not stop what tells")
    func damaged() throws {
        try store.enqueue([Self.url(1)], EnqueueOptions { $0.dueAt = at(0) })
        try store.writer.inDatabase { db in
            for (minute, urls) in [(Int64.min, Int64.max), (5, Int64.max), (6, -9), (Int64.max, Int64.min)] {
                try db.execute(sql: "INSERT INTO due VALUES (?, ?)", arguments: [minute, urls])
            }
        }
        #expect(try store.figures(now: at(60)).due >= 1)
    }

    @Test("a batch in one minute writes one row of the table, however many URLs it has")
    func statements() throws {
        try store.enqueue([Self.url(0)])
        let seen = Mutex(0)
        store.writer.inDatabase { db in
            db.trace { event in
                if case .statement(let statement) = event, statement.sql.contains("INTO due") {
                    seen.withLock { $0 += 1 }
                }
            }
        }
        try store.enqueue((1..<1_000).map(Self.url))
        #expect(seen.withLock { $0 } == 1)
    }

    // MARK: Frontiers of earlier versions

    /// A frontier with URLs in many states; returns what the table has.
    private static func written(_ folder: FrontierFolder) throws -> [Int64: Int] {
        let store = try folder.openKeyed()
        for part in 0..<5 {
            try store.enqueue(
                (part * 100..<(part + 1) * 100).map(Self.url), EnqueueOptions { $0.dueAt = at(Double(part) * 100) })
        }
        var random = SeededRandom(seed: 3)
        for origin in 0..<20 {
            let lease = try store.lease("https://o\(origin).example", limit: 10)
            try store.complete(lease.urls.map { verdict($0, at(1), &random) }, drained: [], now: at(1))
        }
        let number = try #require(try store.originNumber("https://o1.example"))
        try store.write { try HoldTable(db: $0).set(.robotsUnreachable, of: .robots, number) }
        return try store.dueMinutes().counted
    }

    /// As it was before there was the table; returns what that would have.
    private static func earlier(_ folder: FrontierFolder) throws -> [Int64: Int] {
        let expected = try written(folder)
        try folder.takeBack(to: Schema.steps(before: Schema.dueByMinute))
        try folder.edit { try $0.execute(sql: "DELETE FROM fact WHERE name LIKE 'held_origins%'") }
        return expected
    }

    @Test(
        "an earlier frontier is counted chunk by chunk when it is opened, once, and a start that was cut short goes on")
    func fill() throws {
        let folder = try FrontierFolder()
        let expected = try Self.earlier(folder)
        for chunks in [1, 3, 2] {
            let queue = try DatabaseQueue(path: folder.path)
            try queue.inDatabase { db in
                try Schema.migrate(db)
                var left = chunks
                // kill -9 between two chunks: what is committed stays.
                try? DueFill(db: db, chunk: 37).run { _ in
                    left -= 1
                    if left == 0 { try? db.execute(sql: "PRAGMA query_only = ON") }
                }
            }
            try queue.close()
        }
        let told = Mutex<[FrontierFill]>([])
        let again = try folder.open { $0.onFill = { fill in told.withLock { $0.append(fill) } } }
        #expect(try again.dueMinutes().kept == expected)
        #expect(try again.stats().heldOrigins == [.robotsUnreachable: 1])
        let fills = told.withLock { $0 }
        #expect(fills.last?.isDone == true)
        let rows = try again.reader.read {
            try Int64.fetchOne($0, sql: "SELECT (SELECT count(*) FROM url) + (SELECT count(*) FROM health)")
        }
        #expect(fills.last?.rows == rows.map { $0 - 6 * 37 }, "what was counted is not counted again")
        let third = try folder.open { $0.onFill = { fill in told.withLock { $0.append(fill) } } }
        #expect(told.withLock { $0 } == fills, "there is nothing left to fill")
        #expect(try third.dueMinutes().kept == expected)
    }
}

extension FrontierStore {
    /// URLs by the minute in which they become due, as kept, and as counted.
    func dueMinutes() throws -> (kept: [Int64: Int], counted: [Int64: Int]) {
        func minutes(_ sql: String) throws -> [Int64: Int] {
            try reader.read { db in
                try Row.fetchAll(db, sql: sql).reduce(into: [:]) { $0[$1[0] as Int64] = $1[1] as Int }
            }
        }
        return (
            try minutes("SELECT minute, urls FROM due"),
            try minutes(
                """
                SELECT min(max(due_at, 0) / 60000, 68374080), count(*) FROM (
                    SELECT due_at FROM url UNION ALL SELECT due_at FROM health WHERE id >= 0)
                WHERE due_at IS NOT NULL GROUP BY 1
                """)
        )
    }
}
