import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A consumer that comes near a bound of the feed is told of once, and so is that it has caught up.
struct ResultLagTests {
    struct Share: Sendable, CustomTestStringConvertible {
        var name: String
        var unread: ResultLag.Unread
        var bound: ResultLag.Bound
        var isTold = false
        var isOver = false
        var testDescription: String { name }
    }

    @Test(arguments: [
        Share(
            name: "all is read", unread: .init(rows: 0, bytes: 0, oldestAt: nil, hasLost: false), bound: .age,
            isOver: true),
        Share(
            name: "just below", unread: .init(rows: 799, bytes: 0, oldestAt: at(100), hasLost: false), bound: .rows),
        Share(
            name: "rows", unread: .init(rows: 800, bytes: 0, oldestAt: at(100), hasLost: false), bound: .rows,
            isTold: true),
        Share(
            name: "size", unread: .init(rows: 1, bytes: 8_000, oldestAt: at(100), hasLost: false), bound: .size,
            isTold: true),
        Share(
            name: "age", unread: .init(rows: 1, bytes: 0, oldestAt: at(20), hasLost: false), bound: .age,
            isTold: true),
        Share(
            name: "the nearest counts", unread: .init(rows: 900, bytes: 9_500, oldestAt: at(15), hasLost: false),
            bound: .size, isTold: true),
        Share(
            name: "half of it is neither", unread: .init(rows: 500, bytes: 0, oldestAt: at(100), hasLost: false),
            bound: .rows),
        Share(
            name: "caught up", unread: .init(rows: 399, bytes: 0, oldestAt: at(100), hasLost: false), bound: .rows,
            isOver: true),
        Share(
            name: "what is gone is lost, however little is left",
            unread: .init(rows: 3, bytes: 0, oldestAt: nil, hasLost: true), bound: .rows, isTold: true),
        Share(
            name: "a clock that was set back", unread: .init(rows: 1, bytes: 0, oldestAt: at(900), hasLost: false),
            bound: .rows, isOver: true),
    ])
    func share(_ wanted: Share) {
        var limits = ResultLimits()
        (limits.maxAge, limits.maxRows, limits.maxBytes) = (.seconds(100), 1000, 10_000)
        let lag = ResultLag(wanted.unread, limits, now: at(100))
        #expect(lag.bound == wanted.bound)
        #expect(lag.isTold == wanted.isTold && lag.isOver == wanted.isOver, "\(lag.share)")
    }

    private static func alerts(_ feed: ResultFixture) throws -> [AlertFacts] {
        try feed.store.alerts(after: 0, limit: 100).map(\.alert.facts)
    }

    @Test("one alert at four fifths, none while it lasts, one when it has caught up")
    func episode() throws {
        let feed = try ResultFixture { $0.maxRows = 1000 }
        try feed.fill(790)
        _ = try feed.store.addConsumer("slow", after: nil, now: at(1))
        _ = try feed.store.addConsumer("quick", after: try feed.stats.head, now: at(1))
        #expect(try !feed.store.tellOfLag(now: at(2)))
        try feed.fill(10)
        #expect(try feed.store.tellOfLag(now: at(3)))
        #expect(try !feed.store.tellOfLag(now: at(4)), "it is told already")
        let told = try #require(try Self.alerts(feed).first)
        #expect(told.event == .resultsLag && told.scope == .consumer && told.consumer == "slow")
        #expect(told.cause == "max_rows" && told.observations == 800)
        #expect(told.firstAtMs == at(1).ms && told.lastAtMs == at(3).ms)
        #expect(told.url == nil && told.origin == nil && told.urlsAffected == 0)

        _ = try feed.store.acknowledge(try feed.stats.begins + 300, by: "slow")
        #expect(try !feed.store.tellOfLag(now: at(5)), "half of it is no end")
        _ = try feed.store.acknowledge(try feed.stats.begins + 500, by: "slow")
        #expect(try feed.store.tellOfLag(now: at(6)))
        let alerts = try Self.alerts(feed)
        #expect(alerts.map(\.event) == [.resultsLag, .resolved])
        #expect(alerts[1].how == .recovered && alerts[1].incident == told.incident && alerts[1].consumer == "slow")

        try feed.fill(600)
        #expect(try feed.store.tellOfLag(now: at(7)))
        #expect(try Self.alerts(feed).last?.event == .resultsLag, "another time is another incident")
        #expect(try Self.alerts(feed).last?.incident != told.incident)
    }

    @Test("time alone brings it near, and it is told of when all of it is gone")
    func age() throws {
        let feed = try ResultFixture { $0.maxAge = .seconds(100) }
        try feed.fill(5, at: 1)
        _ = try feed.store.addConsumer("a", after: nil, now: at(1))
        #expect(try !feed.store.tellOfLag(now: at(80)))
        #expect(try feed.store.tellOfLag(now: at(81)))
        #expect(try Self.alerts(feed).map(\.cause) == ["max_age"])
        while feed.store.tidy(now: at(200)) {}
        #expect(try feed.stats.rows == 0)
        #expect(try !feed.store.tellOfLag(now: at(201)), "it is behind still")
        _ = try feed.store.acknowledge(try feed.stats.head, by: "a")
        #expect(try feed.store.tellOfLag(now: at(202)))
        #expect(try Self.alerts(feed).map(\.event) == [.resultsLag, .resolved])
    }

    @Test("one that is removed is told of no more, nor any when there is no feed", arguments: [true, false])
    func ends(isRemoved: Bool) throws {
        let feed = try ResultFixture { $0.maxRows = 10 }
        try feed.fill(10)
        _ = try feed.store.addConsumer("a", after: nil, now: at(1))
        #expect(try feed.store.tellOfLag(now: at(2)))
        if isRemoved {
            #expect(try feed.store.removeConsumer("a", now: at(3)))
            #expect(try Self.alerts(feed).map(\.how) == [nil, .removed])
            #expect(try !feed.store.tellOfLag(now: at(4)))
        } else {
            let off = try feed.folder.openKeyed()
            #expect(try off.tellOfLag(now: at(3)))
            #expect(try off.alerts(after: 0, limit: 9).map { $0.alert.facts.how } == [nil, .withdrawn])
        }
        #expect(try feed.store.openIncidentCount() == 0)
    }

    @Test("a start finds an incident whose consumer is not there, and closes it; one that has its consumer stays")
    func repair() throws {
        let feed = try ResultFixture { $0.maxRows = 10 }
        try feed.fill(10)
        for name in ["a", "b"] { _ = try feed.store.addConsumer(name, after: nil, now: at(1)) }
        #expect(try feed.store.tellOfLag(now: at(2)))
        #expect(try feed.store.sharedFaults().isEmpty)
        try feed.folder.edit { try $0.execute(sql: "DELETE FROM result_consumer WHERE name = 'a'") }
        let again = try ResultFixture.open(feed.folder) { $0.maxRows = 10 }
        #expect(try again.repair(now: at(3)).faults.count == 1)
        #expect(try again.openIncidentCount() == 1)
        #expect(try again.sharedFaults().isEmpty)
    }
}
