import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Logging
import Testing

@testable import CrawlService

/// When a mark is looked at next, and by which rule, as reminders and `status` tell it: real scheduler, loop and store,
/// virtual time.
struct NextLookTests {
    static let start = GoldenTimelineTests.start
    static let url = GoldenTimelineTests.url

    /// Two days and more of 520 from each that `fails` names.
    static func crawl(
        _ urls: [String], edit: (inout SchedulerRules) -> Void = { _ in },
        fails: @escaping @Sendable (String) -> Bool = { _ in true }
    ) throws -> VirtualCrawl {
        let settings = GoldenTimelineTests.settings(edit: edit)
        let crawl = try VirtualCrawl(
            settings: settings, sinks: [ScriptedSink("hook")], reminder: .hours(24)
        ) { .init(status: fails($0.url) ? 520 : 200) }
        crawl.enqueue(urls)
        return crawl
    }

    static func reminders(_ crawl: VirtualCrawl) throws -> [AlertMessage] {
        try crawl.store.alerts(after: 0, limit: 100).map(\.alert).filter { $0.facts.event == .reminder }
            .map(AlertMessages.message)
    }

    @Test("a reminder tells of the next look and its rule")
    func reminder() throws {
        let crawl = try Self.crawl([Self.url])
        crawl.time.run(until: Self.start + .hours(26))
        let look = try #require(try Self.reminders(crawl).first?.nextLook)
        #expect(look.at == Timestamp.text((Self.start + .milliseconds(94_798_788)).ms))
        #expect(look.url == Self.url)
        #expect(look.detail == "next look in 1 h 19 min: an eighth of 23 h 24 min")
        let alert = try #require(try crawl.store.alerts(after: 0, limit: 10).last?.alert)
        #expect(LogAlertSink.metadata(alert.facts, at: alert.at)["next_look"] == "\(look.detail)")
    }

    @Test("an origin's reminder names its canary")
    func origin() throws {
        let urls = (0..<5).map { "https://a.example/\($0)" }
        let crawl = try Self.crawl(urls)
        crawl.time.run(until: Self.start + .hours(26))
        let reminder = try #require(try Self.reminders(crawl).first)
        let look = try #require(reminder.nextLook)
        #expect(reminder.scope == "origin")
        #expect(urls.contains(look.url))
        #expect(look.detail.hasSuffix("an eighth of 23 h 24 min"), "\(look.detail)")
    }

    @Test("where only an operator looks, none is told")
    func never() throws {
        let crawl = try Self.crawl([Self.url], edit: { $0.health.recheckFirst = nil })
        crawl.time.run(until: Self.start + .hours(26))
        #expect(try Self.reminders(crawl).map(\.nextLook) == [nil])
        #expect(try crawl.store.figures(now: crawl.time.now()).nextLook == nil)
    }

    @Test("status has the first of all marks, and none that its origin holds")
    func first() throws {
        let crawl = try Self.crawl(
            ["https://a.example/", "https://b.example/1", "https://c.example/"],
            fails: { $0.hasPrefix("https://a.") || $0.hasPrefix("https://b.") })
        crawl.time.run(until: Self.start + .hours(9.5))
        let now = crawl.time.now()
        let look = try #require(try crawl.store.figures(now: now, rules: HealthRules()).nextLook)
        #expect(look.next.at > now)
        crawl.time.run(until: look.next.at + .seconds(1))
        #expect(crawl.log.contains { $0.url == look.url && $0.at == look.next.at })
        let record = NextLookRecord(look, now: now)
        #expect(record.detail.contains("an eighth of"), "\(record.detail)")
    }

    @Test("with nothing marked there is none")
    func none() throws {
        let crawl = try Self.crawl([Self.url], fails: { _ in false })
        crawl.time.run(until: Self.start + .hours(1))
        #expect(try crawl.store.figures(now: crawl.time.now()).nextLook == nil)
    }
}
