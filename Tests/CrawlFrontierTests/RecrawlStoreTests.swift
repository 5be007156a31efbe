import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Recrawls and validators in rows.
struct RecrawlStoreTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"
    var url: String { origin + "/" }

    static let content = Verdict.Content(
        digest: Digest256(words: (1, 2, 3, 4)), bytes: 5, etag: "W/\"a\"", lastModified: "yesterday")

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    private func lease(now: Double = 0) throws -> LeasedURL {
        try #require(try store.lease(origin, now: at(now)).urls.first)
    }

    @Test(
        "what was enqueued is what is leased and shown",
        arguments: [
            nil, Recrawl.never, .every(.seconds(60)), .every(.milliseconds(1)), .adaptive(nil), .adaptive(.seconds(1)),
            .adaptive(.seconds(86_400)),
        ])
    func roundTrip(recrawl: Recrawl?) throws {
        try store.enqueue([url], EnqueueOptions { $0.recrawl = recrawl })
        #expect(try lease().recrawl == recrawl)
        #expect(try store.get(url)?.recrawl == recrawl)
        try store.enqueue([url], EnqueueOptions { $0.recrawl = .adaptive(.seconds(9)) })
        #expect(try lease().recrawl == .adaptive(.seconds(9)))
    }

    @Test("rows that no version wrote do not trap", arguments: [Int64.min + 1, .max])
    func damaged(ms: Int64) throws {
        let recrawl = try #require(Recrawl(ms: ms))
        #expect(recrawl.after(.success, isChanged: false, RecrawlBounds()).interval(RecrawlBounds()) != nil)
    }

    @Test("a moved interval is written, whatever it was before", arguments: [nil, Recrawl.adaptive(nil)])
    func moves(before: Recrawl?) throws {
        try store.enqueue([url], EnqueueOptions { $0.recrawl = before })
        let verdict = try lease().verdict {
            $0.dueAt = at(100)
            $0.recrawl = .init(from: before, to: .adaptive(.seconds(99)))
        }
        try store.complete([verdict], drained: [], now: at(1))
        #expect(try lease(now: 100).recrawl == .adaptive(.seconds(99)))
        try store.complete([try lease(now: 100).verdict { $0.dueAt = at(200) }], drained: [], now: at(101))
        #expect(try lease(now: 200).recrawl == .adaptive(.seconds(99)), "nil leaves it")
    }

    @Test("a recrawl that was given while the request was under way stands")
    func wishStands() throws {
        try store.enqueue([url])
        let leased = try lease()
        try store.enqueue([url], EnqueueOptions { $0.recrawl = .every(.seconds(5)) })
        let verdict = leased.verdict { $0.recrawl = .init(from: nil, to: .adaptive(.seconds(99))) }
        try store.complete([verdict], drained: [], now: at(1))
        #expect(try store.get(url)?.recrawl == .every(.seconds(5)))
    }

    @Test("a row that was removed and enqueued again has no interval of the one before")
    func anotherGeneration() throws {
        try store.enqueue([url])
        let leased = try lease()
        _ = try store.remove(.url(CrawlURL(url)), after: nil, now: at(0))
        try store.enqueue([url])
        let verdict = leased.verdict { $0.recrawl = .init(from: nil, to: .adaptive(.seconds(99))) }
        try store.complete([verdict], drained: [], now: at(1))
        #expect(try store.get(url)?.recrawl == nil)
    }

    @Test("a lease brings what the page was, once it was asked, and after a restart too")
    func content() throws {
        try store.enqueue([url])
        let first = try lease()
        #expect(first.content == nil)
        let verdict = first.verdict {
            $0.dueAt = at(100)
            $0.content = Self.content
        }
        try store.complete([verdict], drained: [], now: at(1))
        #expect(try lease(now: 100).content?.content == Self.content)
        let again = try folder.open()
        #expect(try again.lease(origin, now: at(100)).urls.first?.content?.content == Self.content)
    }

    private func fetched(trust: ValidatorTrust = ValidatorTrust()) throws {
        try store.enqueue([url])
        var content = Self.content
        content.trust = trust
        let verdict = try lease().verdict(state: .scheduled) {
            $0.dueAt = at(100)
            $0.content = content
        }
        try store.complete([verdict], drained: [], now: at(1))
    }

    @Test("what conditional requests have come to is kept, in rows of an older version too")
    func trust() throws {
        var trust = ValidatorTrust()
        trust.noteFault(at: at(1))
        trust.noteFault(at: at(2))
        trust.noteFault(at: at(3))
        try fetched(trust: trust)
        let kept = try folder.open().lease(origin, now: at(100)).urls.first?.content?.content.trust
        #expect(kept == trust && kept?.faults == 1 && kept?.asksPlainly(at: at(100)) == true)
    }

    @Test("rows that no version wrote do not trap", arguments: [Int64.min, -1, 2, 300, .max])
    func damagedTrust(value: Int64) throws {
        try fetched()
        try folder.edit {
            try $0.execute(
                sql: "UPDATE content SET conditional_faults = ?, plain_until = ?", arguments: [value, value])
            try $0.execute(sql: "UPDATE health SET held_back = ?", arguments: [value])
        }
        let content = try #require(try lease(now: 100).content?.content)
        #expect(content.trust.faults == 0)
    }

    @Test("forced and revived URLs are leased without validators; the digest stays", arguments: [false, true])
    func forced(isRevival: Bool) throws {
        try fetched()
        if isRevival {
            _ = try store.revive(.url(CrawlURL(url)), after: nil, now: at(2))
        } else {
            try store.enqueue([url], EnqueueOptions { $0.force = true }, now: at(2))
        }
        let content = try #require(try lease(now: 2).content?.content)
        #expect(content.etag == nil && content.lastModified == nil && content.digest == Self.content.digest)
    }

    @Test("another due time alone leaves the validators")
    func due() throws {
        try fetched()
        try store.enqueue([url], EnqueueOptions { $0.dueAt = at(2) }, now: at(2))
        #expect(try lease(now: 2).content?.content == Self.content)
    }

    @Test("forced while a request is under way: that one's answer brings no validators")
    func forcedMeanwhile() throws {
        try store.enqueue([url])
        let leased = try lease()
        try store.enqueue([url], EnqueueOptions { $0.force = true }, now: at(1))
        let verdict = leased.verdict(state: .scheduled, at: at(2)) {
            $0.dueAt = at(100)
            $0.content = Self.content
        }
        try store.complete([verdict], drained: [], now: at(2))
        let content = try #require(try lease(now: 3).content?.content)
        #expect(content.etag == nil && content.lastModified == nil && content.digest == Self.content.digest)
    }

    @Test("an answer that is held back is kept, and takes no slot")
    func heldBack() throws {
        try fetched()
        let verdict = try lease(now: 100).verdict(.unknownOriginError, state: .scheduled, at: at(101)) {
            var record = HealthRecord.sample(.suspect)
            record.isHeldBack = true
            $0.health = HealthBox(record)
            $0.healthDueAt = at(102)
        }
        try store.complete([verdict], drained: [], now: at(101))
        let again = try folder.open()
        let leased = try #require(try again.lease(origin, now: at(102)).health.first)
        #expect(leased.health?.record.isHeldBack == true && leased.health?.record.run?.since == at(-100))
        var request = LeaseRequest(
            origin: try #require(try again.originNumber(origin)), now: at(102), limit: 1, healthLimit: 1)
        request.wantsHealth = true
        let health = try #require(try again.lease(request).originHealth)
        #expect(health.runs.isEmpty && health.heldBack[leased.id]?.since == at(-100))
    }

    @Test("a failing answer leaves what the page was, and health traffic brings it along")
    func contentOfFailing() throws {
        try store.enqueue([url])
        try store.complete(
            [
                try lease().verdict {
                    $0.dueAt = at(100)
                    $0.content = Self.content
                }
            ], drained: [], now: at(1))
        try store.complete([try lease(now: 100).pending(due: at(200))], drained: [], now: at(101))
        #expect(try store.lease(origin, now: at(200)).health.first?.content?.content == Self.content)
    }

    @Test("the spelling that a page was got with is kept with it, and goes with the URL")
    func askedAs() throws {
        try store.enqueue([url])
        var content = Self.content
        content.askedAs = "/[x]"
        try store.complete(
            [
                try lease().verdict {
                    $0.dueAt = at(2); $0.content = content
                }
            ], drained: [], now: at(1))
        #expect(try lease(now: 2).content?.content == content)
        #expect(try store.get(url)?.content?.askedAs == "/[x]")
        content.askedAs = nil
        try store.complete(
            [
                try lease(now: 2).verdict {
                    $0.dueAt = at(3); $0.content = content
                }
            ], drained: [], now: at(2))
        #expect(try lease(now: 3).content?.content == content)
    }

    @Test("a page that an earlier version wrote has no spelling of its own")
    func earlierRow() throws {
        try store.enqueue([url])
        try store.complete(
            [
                try lease().verdict {
                    $0.dueAt = at(2); $0.content = Self.content
                }
            ], drained: [], now: at(1))
        #expect(try lease(now: 2).content?.content.askedAs == nil)
    }
}
