import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlCore

/// Revivals and removals, of a URL and of an origin.
struct OperatorTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.chunk = 4 }
    }

    private func target(_ path: String) -> FrontierTarget { .url(CrawlURL(origin + path)) }

    private func expectTally(_ comment: Comment? = nil) throws {
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted, comment)
    }

    /// Enqueues the paths and gives each the verdict that `verdict` makes of it.
    private func complete(_ paths: [String], _ verdict: (LeasedURL, Int) -> Verdict) throws {
        try store.enqueue(paths.map { origin + $0 })
        let lease = try store.lease(origin)
        let verdicts = lease.urls.compactMap { url in
            paths.firstIndex(of: lease.path(url)).map { verdict(url, $0) }
        }
        try store.complete(verdicts, drained: [], now: at(1))
    }

    @Test("what is unknown cannot be revived or removed")
    func unknown() throws {
        try store.enqueue([origin + "/"])
        let before = try store.dump()
        #expect(try store.revive(target("/x"), now: at(1)) == nil)
        #expect(try store.remove(target("/x"), now: at(1)) == nil)
        #expect(try store.revive(.origin("https://b.example"), now: at(1)) == nil)
        #expect(try store.remove(.origin("https://b.example"), now: at(1)) == nil)
        #expect(try store.dump() == before)
    }

    @Test(
        "an answer to a URL that was removed and enqueued anew is dropped, also after a removal in vain and a restart")
    func generations() throws {
        let folder = try FrontierFolder()
        var store = try folder.openKeyed()
        try store.enqueue([origin + "/"])
        #expect(try store.remove(target("/unknown"), now: at(1)) == nil)
        try store.enqueue([origin + "/page"])
        store = try folder.openKeyed()
        let lease = try store.lease(origin)
        let page = try #require(lease.urls.first { lease.path($0) == "/page" })
        _ = try store.remove(target("/page"), now: at(2))
        try store.enqueue([origin + "/page"], now: at(3))
        try store.complete([page.verdict(at: at(4))], drained: [], now: at(4))
        #expect(try store.get(origin + "/page")?.state == .scheduled)
        #expect(try store.get(origin + "/page")?.attempts == 0)
    }

    @Test("revive: run and streak cleared, due now, the incident closed; the next hour is a new incident")
    func revive() throws {
        try complete(["/"]) { url, _ in url.marked(.numbered(1), recheck: at(3600)) }
        let commit = try #require(try store.revive(target("/"), now: at(50)))
        #expect(commit.affected == 1)
        #expect(commit.origin == (try store.originNumber(origin)))
        let row = try #require(try store.get(origin + "/"))
        #expect(commit.rows == .url(row.id), "of no other URL")
        #expect(row.state == .scheduled)
        #expect(row.dueAt == at(50))
        #expect(row.health == nil)
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        let incident = try #require(try store.incidents(openOnly: false, after: nil, limit: 10).first)
        #expect(incident.how == "revived")
        #expect(incident.closedAt == at(50))
        try expectTally()
        let url = try #require(try store.lease(origin, now: at(60)).urls.first)
        #expect(url.health == nil)
        try store.complete([url.marked(.numbered(2), recheck: nil, at: at(70))], drained: [], now: at(70))
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
    }

    @Test("remove: the row and all that belongs to it is gone, the incident closed")
    func remove() throws {
        try store.enqueue([origin + "/"], EnqueueOptions { $0.meta = "{}" })
        try complete(["/"]) { url, _ in
            var verdict = url.marked(.numbered(1), recheck: at(3600))
            verdict.content = Verdict.Content(digest: nil, bytes: 1, etag: nil, lastModified: nil)
            return verdict
        }
        #expect(try store.remove(target("/"), now: at(50))?.affected == 1)
        #expect(try store.get(origin + "/") == nil)
        for table in ["url", "health", "content", "note"] { #expect(try folder.rows(table) == 0, "\(table)") }
        #expect(try store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["removed"])
        try expectTally()
        #expect(try store.enqueue([origin + "/"]).new == 1)
    }

    @Test("an origin is revived in chunks: only URLs that are not simply fine", arguments: [1, 3, 4, 5, 8, 9])
    func reviveOrigin(failing: Int) throws {
        try store.enqueue(["https://b.example/"])
        try complete((0..<12).map { "/\($0)" }) { url, i in
            i < failing ? url.marked(.numbered(i), recheck: at(3600)) : url.verdict()
        }
        let commit = try #require(try store.revive(.origin(origin), now: at(50)))
        #expect(commit.affected == failing)
        #expect(commit.rows == .origin(try #require(try store.originNumber(origin))))
        #expect(Set(try store.lease(origin, now: at(50)).paths) == Set((0..<failing).map { "/\($0)" }))
        #expect(try store.incidents(openOnly: true, after: nil, limit: 100).isEmpty)
        #expect(try store.incidents(openOnly: false, after: nil, limit: 100).count == failing)
        try expectTally()
    }

    @Test("an origin is removed in chunks, and only it", arguments: [0, 1, 3, 4, 5, 8, 9, 30])
    func removeOrigin(count: Int) throws {
        try store.enqueue(["https://0.example/", origin + "/first", "https://z.example/"])
        try store.enqueue((0..<count).map { origin + "/\($0)" })
        #expect(try store.remove(.origin(origin), now: at(1))?.affected == count + 1)
        #expect(try store.page(URLFilter(origin: origin), after: 0, limit: 10).rows.isEmpty)
        #expect(try store.get("https://0.example/") != nil)
        #expect(try store.get("https://z.example/") != nil)
        #expect(try store.remove(.origin(origin), now: at(2))?.affected == 0)
        try expectTally()
    }

    @Test(
        "after a removal the paths that collided with it are still found", arguments: [Collision.same, Collision.chain])
    func removeWithCollisions(paths: [String]) throws {
        for first in paths {
            for order in [paths, paths.reversed(), [paths[1], paths[2], paths[0]]] {
                let folder = try FrontierFolder()
                let store = try folder.openKeyed()
                for (i, path) in order.enumerated() {
                    try store.enqueue([origin + path], EnqueueOptions { $0.priority = i + 1 })
                }
                #expect(try store.remove(.url(CrawlURL(origin + first)), now: at(1))?.affected == 1)
                #expect(try store.get(origin + first) == nil)
                for (i, path) in order.enumerated() where path != first {
                    #expect(try store.get(origin + path)?.priority == i + 1, "\(order) without \(first): \(path)")
                    #expect(try store.enqueue([origin + path]).known == 1)
                }
                let tally = try store.tallies()
                #expect(tally.kept == [.scheduled: 2] && tally.counted == [.scheduled: 2])
            }
        }
    }

    @Test("a row that moved up takes everything along: health, content, note, incident; an answer to it is dropped")
    func movedRow() throws {
        let paths = Collision.same
        for path in paths { try store.enqueue([origin + path], EnqueueOptions { $0.meta = "\"\(path)\"" }) }
        let lease = try store.lease(origin)
        let last = try #require(lease.urls.first { lease.path($0) == paths[2] })
        var verdict = last.marked(.numbered(1), recheck: at(3600))
        verdict.content = Verdict.Content(digest: nil, bytes: 77, etag: "e", lastModified: nil)
        try store.complete([verdict], drained: [], now: at(1))
        _ = try store.remove(target(paths[0]), now: at(2))
        let row = try #require(try store.get(origin + paths[2]))
        #expect(row.id == last.id - 1)
        #expect(row.health == verdict.health?.record)
        #expect(row.content?.bytes == 77)
        #expect(row.meta == "\"\(paths[2])\"")
        #expect(row.state == .brokenOrigin)

        let before = try store.dump()
        try store.complete([last.verdict(at: at(3))], drained: [], now: at(3))
        #expect(try store.dump() == before)

        let recheck = try #require(try store.lease(origin, now: at(3600)).health.first)
        #expect(recheck.id == row.id)
        try store.complete(
            [
                recheck.verdict(at: at(3601)) {
                    $0.event = .resolved
                    $0.incident = verdict.incident
                }
            ], drained: [], now: at(3601))
        #expect(try store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["recovered"])
        try expectTally()
    }

    @Test("an origin is removed whole, colliding paths and all, at any chunk size", arguments: 1...7)
    func removeOriginWithCollisions(chunk: Int) throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed { $0.chunk = chunk }
        let paths = Collision.same + Collision.chain + ["/", "/a", "/b"]
        try store.enqueue(paths.map { origin + $0 })
        #expect(try store.remove(.origin(origin), now: at(1))?.affected == paths.count)
        #expect(try folder.rows("url") == 0)
        let tally = try store.tallies()
        #expect(tally.kept.isEmpty)
    }
}
