import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Suspects over restarts.
struct SuspectTableTests {
    private static func end(_ seconds: Double, _ tickets: [Int64]) -> FaultEnd {
        FaultEnd(at: at(seconds), tickets: tickets)
    }

    @Test("ends add up over restarts; the third, alone, names what is put back; a good answer takes it off")
    func lives() throws {
        let folder = try FrontierFolder()
        var store = try folder.open()
        try store.enqueue(["https://a.example/x", "https://a.example/y"])
        let x = try #require(try store.get("https://a.example/x")).id
        let y = try #require(try store.get("https://a.example/y")).id
        let robots = URLKey.robots(of: URLKey.origin(of: x))
        #expect(try store.note(Self.end(0, [x, y, robots]), now: at(1)) == FaultNews())
        #expect(try store.opening(now: at(1)).suspects.isEmpty)
        store = try folder.open()
        #expect(try store.note(Self.end(60, [x, y, robots]), now: at(61)) == FaultNews(suspects: 3))
        #expect(Set(try store.opening(now: at(61)).suspects.map(\.ticket)) == [x, y, robots])
        store = try folder.open()
        let third = try store.note(Self.end(90, [x]), now: at(91))
        #expect(third.putBack == FaultNews.PutBack(url: "https://a.example/x", until: at(90 + 3600), ends: 3))
        #expect(try store.note(Self.end(90, [x]), now: at(92)) == FaultNews(), "it is the same end")
        let fourth = try store.note(Self.end(95, [robots]), now: at(96))
        #expect(fourth.putBack?.url == "https://a.example/robots.txt")
        var completion = Completion()
        completion.cleared = [y, robots]
        _ = try store.complete(completion, now: at(100))
        store = try folder.open()
        let left = try store.opening(now: at(101)).suspects
        #expect(left.map(\.ticket) == [x] && left.first?.putBackUntil == at(90 + 3600) && left.first?.level == 1)
        #expect(try store.opening(now: at(40 * 86_400)).suspects.isEmpty)
        #expect(try store.dump().allSatisfy { !$0.hasPrefix("suspect ") })
    }

    @Test("one that is gone is put back without a name")
    func gone() throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.open()
        let ticket = URLKey.make(origin: 99, hash: 5)
        for second in [0.0, 1, 2] { _ = try store.note(Self.end(second, [ticket]), now: at(3)) }
        #expect(try store.note(Self.end(3, [ticket]), now: at(4)).putBack?.url == "")
    }

    @Test("edited rows are read, and hold nothing for longer than a day")
    func hostile() throws {
        let folder = try FrontierFolder()
        _ = try folder.open()
        try folder.edit { db in
            try db.execute(
                sql: """
                    INSERT INTO suspect VALUES
                        (1, 9223372036854775807, 9223372036854775807, 9223372036854775807, 9223372036854775807),
                        (-1, -9223372036854775808, -1, -9223372036854775808, -9223372036854775808),
                        (-9223372036854775808, 'x', 'y', 'z', 'w');
                    """)
        }
        let store = try folder.open()
        for row in try store.opening(now: at(0)).suspects {
            #expect(row.hold(at(0)).map { $0 <= at(86_400) } ?? true)
        }
        for second in [1.0, 2, 3] { _ = try store.note(Self.end(second, [1 << 40, -2]), now: at(4)) }
        _ = try store.opening(now: at(5))
    }

    @Test("a suspect is leased by itself, for what it is due for")
    func alone() throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.open()
        try store.enqueue(["https://a.example/now", "https://a.example/other"])
        try store.enqueue(["https://a.example/later"], EnqueueOptions { $0.dueAt = at(100) })
        let origin = try #require(try store.originNumber("https://a.example"))
        func lease(_ url: String, _ now: Double) throws -> Lease {
            var request = LeaseRequest(origin: origin, now: at(now), limit: 0, healthLimit: 0)
            request.alone = try #require(try store.get(url)).id
            return try store.lease(request)
        }
        let now = try lease("https://a.example/now", 1)
        let url = try #require(now.alone)
        #expect(
            String(decoding: now.arena[url.pathOffset..<(url.pathOffset + url.pathLength)], as: UTF8.self) == "/now")
        #expect(now.urls.isEmpty && now.health.isEmpty && !url.isHealthTraffic && url.dueAt == at(0))
        #expect(try lease("https://a.example/later", 99).alone == nil)
        #expect(try lease("https://a.example/later", 100).alone?.dueAt == at(100))
    }
}
