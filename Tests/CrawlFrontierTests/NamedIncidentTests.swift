import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Incidents by name and with all that is kept of them; URLs by their other spelling; what a revival tells.
struct NamedIncidentTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.sinks = ["log", "exec"] }
    }

    private func mark(_ paths: [String]) throws {
        try store.enqueue(paths.map { origin + $0 })
        let lease = try store.lease(origin)
        let verdicts = lease.urls.compactMap { url in
            paths.firstIndex(of: lease.path(url)).map { url.marked(.numbered($0), recheck: at(3600)) }
        }
        try store.complete(verdicts, drained: [], now: at(1))
    }

    @Test("an incident is found by its number and by any end of it that is long enough")
    func names() throws {
        try mark(["/0", "/1"])
        let ids = try store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts.incident)
        #expect(ids.count == 2)
        for id in ids {
            for length in [6, 7, 20, 26] {
                #expect(try store.incidentIDs(endingWith: String(id.suffix(length))) == [id])
            }
        }
        #expect(try store.incidentIDs(endingWith: "000000") == [])
        // Two with the same end.
        let twin = "0" + ids[0].dropFirst()
        try folder.edit { db in
            try db.execute(
                sql: """
                    INSERT INTO incident SELECT replace(id, ?, ?), scope, NULL, cause, url, origin, marked_at, 1, 'revived',
                        told_at, resolved_seq, hold_until, facts, previous FROM incident WHERE id = ?
                    """, arguments: [ids[0], "1" + ids[0].dropFirst(), ids[0]])
        }
        #expect(try store.incidentIDs(endingWith: String(twin.suffix(6))).count == 2)
        #expect(try store.incidentIDs(endingWith: ids[0]) == [ids[0]])
    }

    @Test("its story has its messages with every delivery, its URLs and their attempts; a closed one those still known")
    func story() throws {
        try mark(["/0", "/1"])
        let id = try #require(try store.incidents(openOnly: true, after: nil, limit: 1).first?.facts.incident)
        var story = try #require(try store.incidentStory(id))
        #expect(story.alerts.map(\.alert.facts.incident) == [id])
        #expect(story.alerts[0].deliveries.map(\.sink) == ["exec", "log"])
        #expect(try store.records(story.urls).map(\.url) == [try #require(story.incident.facts.url)])
        #expect(try store.incidentStory(id + "0") == nil)
        let target = try #require(try store.revivable(id))
        #expect(target == .url(CrawlURL(try #require(story.incident.facts.url))))
        _ = try store.revive(target, now: at(50))
        story = try #require(try store.incidentStory(id))
        #expect(story.incident.how == "revived" && story.urls.count == 1)
        #expect(story.alerts.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(try store.revivable(id) == nil, "it is over")
    }

    @Test("open incidents of one cause, and alerts that a sink lacks, are lists of their own")
    func filters() throws {
        try mark(["/0", "/1"])
        func ids(_ cause: String?) throws -> Int {
            try store.incidentKeys(openOnly: true, cause: cause, after: nil, limit: 10).keys.count
        }
        #expect(try ids(nil) == 2)
        #expect(try ids("520") == 2)
        #expect(try ids("521") == 0)
        let seqs = try store.alertKeys(after: 0, limit: 10).keys
        #expect(try store.alertKeys(openOnly: true, after: 0, limit: 10).keys == seqs)
        for sink in ["log", "exec"] {
            try store.recordDeliveries([DeliveryReport(seq: seqs[0], sink: sink, at: at(5), .delivered)])
        }
        #expect(try store.alertKeys(openOnly: true, after: 0, limit: 10).keys == [seqs[1]])
        #expect(try store.alertKeys(openOnly: true, after: seqs[1], limit: 10).keys == [])
        #expect(try store.alertKeys(after: 0, limit: 10).keys == seqs)
    }

    @Test("a URL is found by its other spelling, its own one first")
    func spelling() throws {
        try store.enqueue([origin + "/~a", origin + "/%7Eb", origin + "/~c", origin + "/%7Ec"])
        func kept(_ path: String) throws -> String? { try store.spelling(of: CrawlURL(origin + path))?.path }
        #expect(try kept("/%7Ea") == "/~a")
        #expect(try kept("/~b") == "/%7Eb")
        #expect(try kept("/~c") == "/~c")
        #expect(try kept("/%7Ec") == "/%7Ec")
        #expect(try kept("/~d") == nil)
    }

    @Test("a revival tells how much was in trouble and how much goes free; of what is well, nothing")
    func revivals() throws {
        try mark(["/0", "/1"])
        try store.enqueue([origin + "/well"])
        var commit = try #require(try store.revive(.url(CrawlURL(origin + "/well")), now: at(5)))
        #expect([commit.affected, commit.broken, commit.freed] == [1, 0, 0])
        commit = try #require(try store.revive(.url(CrawlURL(origin + "/0")), now: at(5)))
        #expect([commit.affected, commit.broken, commit.freed] == [1, 1, 1])
        commit = try #require(try store.revive(.origin(origin), now: at(6)))
        #expect([commit.affected, commit.broken, commit.freed] == [1, 1, 1])
        commit = try #require(try store.revive(.origin(origin), now: at(7)))
        #expect([commit.affected, commit.broken, commit.freed] == [0, 0, 0])
    }
}
