import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// No origin is held for its robots.txt in silence: after an hour of whatever failures one incident tells of it. Real
/// scheduler, loop and store, virtual time, to the millisecond.
@Suite struct RobotsHoldTests {
    static let robots = "http://a.test/robots.txt"
    static let start = VirtualTime().now()

    /// Our own resolver is down.
    static let ours = SimulatedFetcher.Answer(status: 0) { result in
        result.flags = [.resolverDown]
        result.curlCode = 6
        result.remoteAddress = nil
    }

    /// An edge's page for browsers.
    static func challenge(_ status: Int32 = 403) -> SimulatedFetcher.Answer {
        SimulatedFetcher.Answer(status: status) { result in
            var details = FetchDetails()
            details.server = "cloudflare"
            details.cfRay = "0123456789abcdef-FRA"
            details.cfMitigated = "challenge"
            result.details = details
            result.flags.insert(.edge)
        }
    }

    struct Hour: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the n-th request meets, so long after the start.
        var answer: @Sendable (Int, Duration) -> SimulatedFetcher.Answer
        var times: [Duration]
        var cause = "robots"
        var outcomes: [String: Int]
        var testDescription: String { name }
    }

    private static func minutes(_ minutes: Double...) -> [Duration] { minutes.map { .minutes($0) } }
    private static let probes = minutes(0, 5, 15, 30, 45, 60)

    private static func putOff(_ seconds: Int, _ times: [Duration]) -> Hour {
        Hour(
            name: "503 with Retry-After: \(seconds)",
            answer: { _, _ in .throttled(503, retryAfter: "\(seconds)") }, times: times,
            outcomes: ["throttled": times.count])
    }

    static let hours: [Hour] = [
        Hour(
            name: "520", answer: { _, _ in .init(status: 520) }, times: GoldenTimelineTests.hourOf520, cause: "520",
            outcomes: ["unknownOriginError": 10]),
        Hour(
            name: "no route", answer: { _, _ in GuardCrawl.silence }, times: GoldenTimelineTests.hourOf520,
            cause: "523", outcomes: ["unreachable": 10]),
        Hour(name: "500", answer: { _, _ in .init(status: 500) }, times: probes, outcomes: ["serverError": 6]),
        Hour(name: "503", answer: { _, _ in .init(status: 503) }, times: probes, outcomes: ["serverError": 6]),
        Hour(
            name: "500, 520 and no route in turn",
            answer: { n, _ in [.init(status: 500), .init(status: 520), GuardCrawl.silence][n % 3] }, times: probes,
            outcomes: ["serverError": 2, "unknownOriginError": 2, "unreachable": 2]),
        Hour(
            name: "520 and 521: a burst, whatever of the two it meets",
            answer: { n, _ in .init(status: n % 2 == 0 ? 520 : 521) }, times: GoldenTimelineTests.hourOf520,
            outcomes: ["unknownOriginError": 5, "originDown": 5]),
        Hour(
            name: "520 twice, then 500: no more burst", answer: { n, _ in .init(status: n < 2 ? 520 : 500) },
            times: [.zero, .seconds(1), .seconds(3)] + probes.dropFirst(),
            outcomes: ["unknownOriginError": 2, "serverError": 6]),
        putOff(5, [.zero, .seconds(5), .seconds(10), .seconds(18)] + probes.dropFirst()),
        putOff(120, minutes(0, 2, 5, 15, 30, 45, 60)),
        putOff(600, minutes(0, 10, 20, 30, 45, 60)),
        putOff(1200, minutes(0, 20, 40, 60)),
        putOff(3600, minutes(0, 30, 45, 60)),
        putOff(86_400, minutes(0, 30, 45, 60)),
        Hour(
            name: "503 with a Retry-After that says nothing",
            answer: { _, _ in .throttled(503, retryAfter: "soon") }, times: minutes(0, 1, 5, 15, 30, 45, 60),
            outcomes: ["throttled": 7]),
        Hour(
            name: "500, and 20 minutes of what is our own doing between",
            answer: { _, at in at >= .minutes(6) && at < .minutes(26) ? ours : .init(status: 500) },
            times: minutes(0, 5, 15, 16, 17, 18, 19, 20, 30, 45, 60), outcomes: ["serverError": 5]),
        Hour(
            name: "500, and nothing that counts for 55 minutes: the hour begins anew",
            answer: { _, at in at >= .minutes(6) && at < .minutes(55) ? ours : .init(status: 500) },
            times: minutes(0, 5, 15, 16, 17, 18, 19, 20, 30, 31, 32, 33, 34, 35, 45, 46, 47, 48, 49, 50)
                + minutes(60, 65, 75, 90, 105, 120),
            outcomes: ["serverError": 6]),
        Hour(
            name: "challenges and 502", answer: { n, _ in n % 2 == 0 ? challenge() : .init(status: 502) },
            times: probes, outcomes: ["challenge": 3, "serverError": 3]),
    ]

    @Test("an hour of failures of robots.txt is one incident and one alert, however they mix", arguments: hours)
    func hour(_ hour: Hour) throws {
        let count = Counter()
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            hour.answer(count.next(), request.at - Self.start)
        }
        crawl.enqueue(RobotsCrawlTests.pages(3))
        let end = Self.start + (hour.times.last ?? .zero)
        crawl.time.run(until: end - .milliseconds(1))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
        #expect(try crawl.record("http://a.test/page-0")?.hold == .robotsUnreachable)
        crawl.time.run(until: end + .minutes(10))
        #expect(crawl.times(Self.robots) == hour.times)
        #expect(crawl.log.count == hour.times.count, "robots.txt alone is asked")
        let told = try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts)
        #expect(told.map(\.event) == [.brokenOrigin])
        #expect(told.map(\.scope) == [.origin])
        #expect(told.map(\.cause) == [hour.cause])
        #expect(told.map(\.url) == [Self.robots])
        #expect(told.map(\.urlsAffected) == [3])
        #expect(told.map(\.outcomes) == [hour.outcomes])
        let open = try crawl.store.incidents(openOnly: true, after: nil, limit: 10)
        #expect(open.map(\.markedAt) == [end])
        #expect(try crawl.record("http://a.test/page-0")?.hold == .originBroken)
    }

    private static let mixed: @Sendable (Int) -> SimulatedFetcher.Answer = { n in
        [.init(status: 500), challenge(503), .throttled(503, retryAfter: "900"), .init(status: 520)][n % 4]
    }

    @Test("rechecks as after a mark: what fails still goes on being counted, two answers resolve, and pages are asked")
    func resolves() throws {
        let count = Counter()
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            if request.at - Self.start < .hours(3) { return Self.mixed(count.next()) }
            return request.url == Self.robots ? .init(status: 404) : .init(status: 200)
        }
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(until: Self.start + .hours(6))
        #expect(crawl.times(Self.robots).suffix(5).map { $0.ms / 60_000 } == [90, 120, 150, 180, 181])
        let alerts = try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts)
        #expect(alerts.map(\.event) == [.brokenOrigin, .resolved])
        #expect(alerts.last?.how == .recovered)
        #expect(alerts.map { $0.outcomes.values.reduce(0, +) } == [alerts[0].observations, alerts[0].observations + 3])
        #expect(try crawl.record("http://a.test/page-0")?.state == .done)
        #expect(try crawl.store.stats().heldURLs == 0)
    }

    @Test("a 503 that asks for a day is left alone for as long as the rechecks once it is told")
    func toldIsLeftAlone() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in .throttled(503, retryAfter: "36000")
        }
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(until: Self.start + .hours(30))
        #expect(
            crawl.times(Self.robots).map { $0.ms / 60_000 } == [0, 30, 45, 60, 90, 690, 1290], "at least 10 h apart")
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)
    }

    @Test("a daemon that restarts in the middle goes on with the hour", arguments: [0.5, 7, 20, 40, 59.9, 70])
    func restarts(at minute: Double) throws {
        let count = Counter()
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in Self.mixed(count.next()) }
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(until: Self.start + .minutes(minute))
        if Int(minute) % 2 == 0 { crawl.stop() }
        try crawl.restart()
        crawl.time.run(until: Self.start + .minutes(76))
        let told = try crawl.store.alerts(after: 0, limit: 10).map(\.alert)
        #expect(told.map(\.facts.cause) == ["robots"])
        #expect(told.map(\.facts.firstAtMs) == [Self.start.ms])
        #expect(told.map(\.facts.outcomes.count) == [4])
        #expect(told.allSatisfy { $0.at - Self.start < .minutes(62) })
    }

    @Test("explain names all that was met, and the page's next attempt is not known")
    func explains() throws {
        let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { request in
            .init(status: request.at - Self.start < .minutes(20) ? 500 : 521)
        }
        crawl.enqueue(RobotsCrawlTests.pages(1))
        crawl.time.run(until: Self.start + .minutes(50))
        let held = try ExplainTests.explain("http://a.test/page-0", crawl)
        #expect(held.because.map(\.rule) == ["robots-unreachable"])
        #expect(
            held.because.first?.detail.hasSuffix(
                "RFC 9309 §2.3.1.4: serverError 3, originDown 2 since 2026-01-01T00:00:00.000Z, 5 observations")
                ?? false)
        #expect(held.because.first?.until == "2026-01-01T01:00:00.000Z")
        crawl.time.run(until: Self.start + .minutes(61))
        let told = try ExplainTests.explain("http://a.test/page-0", crawl)
        #expect(told.because.map(\.rule) == ["origin-broken"])
        #expect(
            told.incident == (try crawl.store.incidents(openOnly: true, after: nil, limit: 1).first?.facts.incident))
    }

    @Test("pages that failed before are not marked for themselves while robots.txt is asked and told of")
    func pagesAreNot() throws {
        let settings = RobotsCrawlTests.settings()
        let crawl = try VirtualCrawl(settings: settings) { .init(status: $0.url == Self.robots ? 500 : 520) }
        var rules = settings.rules
        rules.robots.obeys = false
        var policy = RefusalPolicy()
        policy.robots = rules.robots
        crawl.loop.apply(rules, OutcomeClassifier(), policy)
        crawl.enqueue(RobotsCrawlTests.pages(2))
        crawl.time.run(until: Self.start + .minutes(40))
        #expect(try crawl.record("http://a.test/page-0")?.health?.phase == .pending)
        policy.robots = settings.rules.robots
        crawl.loop.apply(settings.rules, OutcomeClassifier(), policy)
        crawl.time.run(until: Self.start + .hours(30))
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).map(\.facts.url) == [Self.robots])
        #expect(try crawl.store.alerts(after: 0, limit: 10).count == 1)
    }
}

/// Counts from zero.
final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
