import CrawlCore
import CrawlTesting
import GRDB
import Synchronization
import Testing

@testable import CrawlFrontier

/// How many statements a lease runs: each is paid for on the crawl's own lane, for every origin that has its turn.
struct LeaseStatementTests {
    private let folder: FrontierFolder
    private let store: FrontierStore
    private let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    /// What `lease` runs, statement by statement.
    private func statements(_ adjust: (inout LeaseRequest) -> Void = { _ in }) throws -> [String] {
        var request = LeaseRequest(
            origin: try #require(try store.originNumber(origin)), now: at(10), limit: 20, healthLimit: 20,
            wantsRobots: true)
        request.wantsHealth = true
        request.freeSlots = 10
        adjust(&request)
        let seen = Mutex<[String]>([])
        store.leaseReader.inDatabase { db in
            db.trace { event in
                guard case .statement(let statement) = event else { return }
                seen.withLock { $0.append(statement.sql) }
            }
        }
        defer { store.leaseReader.inDatabase { $0.trace() } }
        _ = try store.lease(request)
        let all = seen.withLock { $0 }
        // A transaction for as many origins as are read together.
        #expect(all.first == "BEGIN" && all.last == "COMMIT")
        return Array(all.dropFirst().dropLast())
    }

    /// What the origin has.
    enum Untroubled: String, CaseIterable, CustomTestStringConvertible {
        case fewURLs = "a few due URLs"
        case manyURLs = "more due URLs than are leased"
        case robots = "a robots.txt"
        case later = "URLs that are due later"
        case neighbours = "neighbours in trouble"

        var testDescription: String { rawValue }
    }

    @Test(
        "of an origin without trouble and with one priority: two, whatever is asked for", arguments: Untroubled.allCases
    )
    func two(origin what: Untroubled) throws {
        try store.enqueue((0..<(what == .manyURLs ? 50 : 5)).map { "\(origin)/\($0)" })
        let number = try #require(try store.originNumber(origin))
        switch what {
        case .fewURLs, .manyURLs: break
        case .robots:
            try folder.edit {
                try $0.execute(
                    sql: """
                        INSERT INTO robots (origin, version, asked_at, answer, copy_at, expires_at, text)
                        VALUES (?, 0, 0, 1200, 0, 1 << 42, 'User-agent: *')
                        """, arguments: [number])
            }
        case .later: try store.enqueue([origin + "/later"], EnqueueOptions { $0.dueAt = at(100) })
        case .neighbours:
            for other in ["https://b.example", "https://c.example"] {
                try store.enqueue([other + "/"])
                let id = try #require(try store.get(other + "/")?.id)
                try folder.edit {
                    try HealthRow.save($0, id, HealthRecord(streakSince: at(0)), dueAt: at(1))
                    try $0.execute(
                        sql: "INSERT INTO refusal (id, rule, text) VALUES (?, 1, '')", arguments: [id])
                }
            }
        }
        let run = try statements()
        #expect(run.count == 2, "\(run)")
        #expect(try statements { $0.wantsHealth = false }.count == 2)
    }

    @Test("what an origin has is asked for, and nothing else")
    func troubled() throws {
        try store.enqueue((0..<5).map { "\(origin)/\($0)" })
        let plain = try statements()
        try store.enqueue([origin + "/first"], EnqueueOptions { $0.priority = 5 })
        let ordered = try statements()
        #expect(
            ordered.count > plain.count
                && !ordered.contains { $0.contains("FROM breaker WHERE origin") && !plain.contains($0) })

        let id = try #require(try store.get(origin + "/1")?.id)
        try folder.edit { try HealthRow.save($0, id, HealthRecord(streakSince: at(0)), dueAt: at(1)) }
        #expect(try statements().count > ordered.count)
        let lease = try store.lease(origin, now: at(10))
        #expect(lease.health.map(\.id) == [id])
    }
}
