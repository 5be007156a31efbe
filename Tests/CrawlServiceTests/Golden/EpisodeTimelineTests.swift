import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// What is told of an incident over days, and when: real scheduler, loop, store and dispatcher, virtual time.
@Suite struct EpisodeTimelineTests {
    static let url = GoldenTimelineTests.url
    static let start = VirtualTime().now()

    /// Remembers what it was sent, and when; takes everything.
    final class Diary: AlertSink {
        struct Entry: Equatable {
            var event: AlertFacts.Event
            var minute: Double
        }

        let name = "log"
        let time = Mutex<VirtualTime?>(nil)
        private let sent = Mutex<[(at: Instant, alert: StoredAlert)]>([])

        func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
            let now = time.withLock { $0?.now() } ?? Instant(ms: 0)
            sent.withLock { $0.append((now, alert)) }
            done(.delivered)
        }

        var alerts: [StoredAlert] { sent.withLock { $0.map(\.alert) } }

        /// With minutes since the start, less the fraction of a second that a commit may take.
        var entries: [Entry] {
            sent.withLock {
                $0.map { Entry(event: $0.alert.facts.event, minute: minutes($0.at)) }
            }
        }
    }

    static func minutes(_ at: Instant) -> Double { Double((at - start).ms / 1000) / 60 }

    static func entry(_ event: AlertFacts.Event, _ minute: Double) -> Diary.Entry {
        .init(event: event, minute: minute)
    }

    /// The URL is asked every 10 min while it is well, and fails within `outages`, in minutes from the start.
    static func crawl(_ outages: [Range<Double>], reminder: Duration? = nil) throws -> (VirtualCrawl, Diary) {
        let diary = Diary()
        let settings = GoldenTimelineTests.settings {
            $0.recrawl = .every(.minutes(10))
            $0.recrawlBounds.shortest = .minutes(1)
        }
        let crawl = try VirtualCrawl(settings: settings, sinks: [diary], reminder: reminder) { request in
            let minute = Double((request.at - start).ms) / 60_000
            return .init(status: outages.contains { $0.contains(minute) } ? 520 : 200)
        }
        diary.time.withLock { $0 = crawl.time }
        crawl.enqueue([url])
        return (crawl, diary)
    }

    // The first outage of each: marked at 60, canaries at 90, 120 and 150, the one at 180 good, resolved at 181; asked at
    // 191, 201, …; the message is due at 211.
    static let outage = 0.0..<180

    @Test("no relapse: resolved is told when the hold is over")
    func over() throws {
        let (crawl, diary) = try Self.crawl([Self.outage])
        crawl.time.run(until: Self.start + .hours(24))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60), Self.entry(.resolved, 211)])
    }

    @Test("relapse 10 min after the resolve, for good: the same incident goes on in silence, and is told over once")
    func relapse() throws {
        let (crawl, diary) = try Self.crawl([Self.outage, 185..<275])
        crawl.time.run(until: Self.start + .minutes(250))
        let failing = crawl.times(Self.url).filter { $0 >= .minutes(191) }
        #expect(failing == GoldenTimelineTests.hourOf520.dropLast().map { $0 + .minutes(191) })
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60)], "resolved waits for the run")
        #expect(try crawl.store.alerts(after: 0, limit: 10).last?.deliveries.map(\.state) == [.heldBack])

        crawl.time.run(until: Self.start + .minutes(252))
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.relapses == 1)
        #expect(incident.markedAt == Self.start + .minutes(60))
        #expect(try crawl.record(Self.url)?.health?.mark?.incident.description == incident.facts.incident)
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)

        // Marked at 251, canary at 281 good, confirmed at 282.
        crawl.time.run(until: Self.start + .hours(24))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60), Self.entry(.resolved, 312)])
        #expect(Set(diary.alerts.map(\.facts.incident)).count == 1)
        #expect(diary.alerts.last?.facts.relapses == 1)
        // 10 and three canaries; 10 more of the relapse. Each ends with two good answers.
        #expect(diary.alerts.last?.facts.observations == 23)
        #expect(diary.alerts.last?.facts.requestsSpent == 27)
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).count == 1)
    }

    @Test("failing again 10 min after the resolve, for 30 min: resolved is told when the run has ended well")
    func flicker() throws {
        let (crawl, diary) = try Self.crawl([Self.outage, 185..<215])
        crawl.time.run(until: Self.start + .minutes(220))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60)])
        crawl.time.run(until: Self.start + .hours(24))
        // Probes of the run that began at 191: the one 30 min later is good.
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60), Self.entry(.resolved, 221)])
        #expect(diary.alerts.last?.facts.relapses == 0)
    }

    @Test("failing again 2 h after the resolve: a new incident, whose alert names the one before")
    func later() throws {
        let (crawl, diary) = try Self.crawl([Self.outage, 360..<1000])
        crawl.time.run(until: Self.start + .hours(10))
        #expect(
            diary.entries == [
                Self.entry(.brokenOrigin, 60), Self.entry(.resolved, 211), Self.entry(.brokenOrigin, 421),
            ])
        #expect(diary.alerts.map(\.facts.previous) == [nil, nil, diary.alerts.first?.facts.incident])
        #expect(Set(diary.alerts.map(\.facts.incident)).count == 2)
        #expect(Set(diary.alerts.map(\.id)).count == 3)
    }

    @Test("a relapse over a restart: nothing of it is lost")
    func relapseOverARestart() throws {
        let (crawl, diary) = try Self.crawl([Self.outage, 185..<100_000])
        crawl.time.run(until: Self.start + .minutes(209))
        crawl.stop()
        crawl.time.skip(.minutes(20))
        try crawl.restart()
        crawl.time.run(until: Self.start + .minutes(300))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60)])
        let incident = try #require(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).first)
        #expect(incident.closedAt == nil && incident.facts.relapses == 1)
    }

    @Test("an origin's incident tells its scope, how many URLs wait, and some of them")
    func wholeOrigin() throws {
        let diary = Diary()
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings(), sinks: [diary]) { request in
            let minute = Double((request.at - Self.start).ms) / 60_000
            return .init(status: minute < 180 ? 520 : 200)
        }
        diary.time.withLock { $0 = crawl.time }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        crawl.time.run(until: Self.start + .hours(12))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60), Self.entry(.resolved, 211)])
        #expect(diary.alerts.map(\.facts.scope) == [.origin, .origin])
        #expect(diary.alerts.first?.facts.urlsAffected == 3)
        #expect(diary.alerts.first?.facts.sample.count == 3)
    }

    // MARK: Reminders

    @Test("an incident that stays open is reminded of every 24 h, over a restart too, with the counts of the day")
    func reminders() throws {
        let (crawl, diary) = try Self.crawl([0..<100_000], reminder: .hours(24))
        crawl.time.run(until: Self.start + .hours(30))
        crawl.stop()
        crawl.time.skip(.minutes(10))
        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(74))
        #expect(
            diary.entries == [
                Self.entry(.brokenOrigin, 60), Self.entry(.reminder, 1500), Self.entry(.reminder, 2940),
                Self.entry(.reminder, 4380),
            ])
        // Canaries, the last before each: the 21st at 23:24:25.590, the 27th at 47:27:10.491, the 30th at 67:33:53.256.
        #expect(diary.alerts.map(\.facts.observations) == [10, 31, 37, 40])
        #expect(diary.alerts.map(\.facts.requestsSpent) == [10, 31, 37, 40])
        #expect(
            diary.alerts.map { $0.facts.lastAtMs - Self.start.ms } == [3_600_000, 84_265_590, 170_830_491, 243_233_256])
        #expect(Set(diary.alerts.map(\.id)).count == 4)
        let listed = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(listed.facts.observations == 40 && listed.facts.requestsSpent == 40)
    }

    @Test("after days without a daemon there is one reminder, not one for each day")
    func remindersAfterDays() throws {
        let (crawl, diary) = try Self.crawl([0..<100_000], reminder: .hours(24))
        crawl.time.run(until: Self.start + .hours(30))
        crawl.stop()
        crawl.time.skip(.hours(96))
        let back = Self.minutes(crawl.time.now())
        try crawl.restart()
        crawl.time.run(for: .hours(25))
        #expect(
            diary.entries == [
                Self.entry(.brokenOrigin, 60), Self.entry(.reminder, 1500), Self.entry(.reminder, back),
                Self.entry(.reminder, back + 1440),
            ])
    }

    @Test("nothing is reminded of once it is over, and the daemon sleeps")
    func noReminderAfterTheEnd() throws {
        let (crawl, diary) = try Self.crawl([0..<1600], reminder: .hours(24))
        crawl.time.run(until: Self.start + .hours(200))
        #expect(diary.entries.map(\.event) == [.brokenOrigin, .reminder, .resolved])
        #expect(try crawl.store.nextReminderAt(after: .hours(24)) == nil)
    }

    @Test("a silent relapse keeps the day of the next reminder")
    func reminderAfterARelapse() throws {
        let (crawl, diary) = try Self.crawl([Self.outage, 185..<100_000], reminder: .hours(24))
        crawl.time.run(until: Self.start + .hours(26))
        #expect(diary.entries == [Self.entry(.brokenOrigin, 60), Self.entry(.reminder, 1500)])
        #expect(diary.alerts.last?.facts.relapses == 1)
    }
}
