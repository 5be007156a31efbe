import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Refused URLs, held origins and redirects as rows.
struct RefusalTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
        try store.enqueue([origin + "/"])
    }

    private func leased(now: Instant = at(1000)) throws -> LeasedURL {
        try #require(try store.lease(origin, now: now).urls.first)
    }

    private func refusal(_ url: LeasedURL, at time: Instant) -> Verdict {
        url.verdict(.refusedByPolicy, state: .refused, at: time) {
            $0.refusal = Refusal(.robots, "line 2: Disallow: /")
            $0.wasAsked = false
        }
    }

    @Test("a URL refused unasked keeps its last attempt and what that came to")
    func unasked() throws {
        try store.complete(
            [leased().verdict(state: .scheduled, at: at(5)) { $0.dueAt = at(10) }], drained: [], now: at(5))
        try store.complete([refusal(leased(), at: at(20))], drained: [], now: at(20))
        let row = try #require(try store.get(origin + "/"))
        #expect(row.state == .refused && row.refusal?.rule == .robots)
        #expect(row.attempts == 1 && row.lastAt == at(5) && row.lastOutcome == .success && row.lastStatus == 200)
    }

    @Test("a URL that was never asked and is refused has no last attempt")
    func neverAsked() throws {
        try store.complete([refusal(leased(), at: at(20))], drained: [], now: at(20))
        let row = try #require(try store.get(origin + "/"))
        #expect(row.state == .refused && row.lastAt == nil && row.lastOutcome == nil)
    }

    @Test("refusals are looked at again unless they were judged by the policy in force", arguments: [true, false])
    func judgedBy(isCurrent: Bool) throws {
        let policy = RefusalPolicy()
        try store.adopt(policy, now: at(0))
        try store.catchUpAll(now: at(0))
        var completion = Completion(verdicts: [try refusal(leased(), at: at(1))])
        completion.judgedBy = isCurrent ? policy.stamp : "another"
        let number = try #require(try store.originNumber(origin))
        let commit = try store.complete(completion, now: at(1))
        #expect(commit.leavesWork == !isCurrent)
        #expect(try store.opening(now: at(1)).isBehind == !isCurrent)
        #expect(try store.catchUpAll(now: at(2)) == (isCurrent ? [] : [number]))
        #expect(try store.get(origin + "/")?.state == (isCurrent ? .refused : .scheduled))
    }

    @Test("what makes a refused URL due again takes the reason with it", arguments: ["revive", "force", "under way"])
    func reason(change: String) throws {
        let url = try leased()
        let forced = EnqueueOptions { $0.force = true }
        if change == "under way" { try store.enqueue([origin + "/"], forced, now: at(1)) }
        try store.complete([refusal(url, at: at(2))], drained: [], now: at(2))
        if change == "revive" { _ = try store.revive(.url(CrawlURL(origin + "/")), now: at(3)) }
        if change == "force" { try store.enqueue([origin + "/"], forced, now: at(3)) }
        #expect(try store.get(origin + "/")?.state == .scheduled)
        #expect(try folder.rows("refusal") == 0)
    }

    @Test(
        "a full origin table stops no commit: the redirect says so, and known targets are followed",
        arguments: [301, 302])
    func fullTable(status: Int32) throws {
        try folder.edit {
            try $0.execute(
                sql: "INSERT INTO origin (id, key) VALUES (?, 'https://last.example')", arguments: [URLKey.maxOrigin])
        }
        let commit = try store.complete(
            Completion(verdicts: [
                leased().verdict(.redirected, at: at(1)) {
                    $0.status = status
                    $0.redirect = Redirect(target: CrawlURL("https://new.example/x"), isPermanent: status == 301)
                }
            ]), now: at(1))
        #expect(commit.touched.isEmpty)
        let row = try #require(try store.get(origin + "/"))
        #expect(row.redirects.map(\.problem) == ["frontier-full"])
        #expect(row.redirects.map(\.target) == ["https://new.example/x"])
        #expect(try store.originNumber(Array("https://new.example".utf8)) == nil)
        #expect(try store.originNumber(Array(origin.utf8)) == 1)
        #expect(try folder.rows("origin") == 2)
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test("holds of different kinds: the origin is held until the last ends, its URLs counted once")
    func kinds() throws {
        let number = try #require(try store.originNumber(origin))
        let other = HoldTable.Reasons(rawValue: 1 << 20)
        func set(_ reasons: HoldTable.Reasons, of kind: HoldTable.Reasons) throws -> Int {
            try store.write { try HoldTable(db: $0).set(reasons, of: kind, number) }
            return try store.stats().heldURLs
        }
        #expect(try set(.robotsUnreachable, of: .robots) == 1)
        #expect(try set(other, of: other) == 1)
        #expect(try store.enqueue([origin + "/2", "https://b.example/"]).new == 2)
        #expect(try store.stats().heldURLs == 2)
        #expect(try set([], of: .robots) == 2)
        #expect(try set([], of: other) == 0)
        #expect(try folder.rows("hold") == 0)
    }

    @Test("a page of held URLs looks at a bounded number of rows, however many others the origin has")
    func heldPage() throws {
        try store.enqueue((0..<200).map { "\(origin)/\($0)" })
        let verdicts = try store.lease(origin).urls.map { $0.verdict() }
        try store.complete(verdicts, drained: [], now: at(1))
        try store.enqueue([origin + "/new"])
        let number = try #require(try store.originNumber(origin))
        try store.write { try HoldTable(db: $0).set(.originBroken, of: .robots, number) }
        var pages = 0
        var found: [String] = []
        var after: Int64? = -1
        while let first = after {
            let page = try store.page(URLFilter(state: .held, origin: origin), after: first, limit: 2)
            pages += 1
            found += page.rows.map(\.url)
            after = page.next
        }
        #expect(found == [origin + "/new"])
        #expect((5...7).contains(pages), "202 rows, 40 a page: \(pages)")
        #expect(try store.page(URLFilter(state: .held, origin: "https://b.example"), after: -1, limit: 2).rows.isEmpty)
    }
}
