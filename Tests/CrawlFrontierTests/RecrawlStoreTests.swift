import CrawlTesting
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
