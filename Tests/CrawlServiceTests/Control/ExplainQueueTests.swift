import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// When `explain` says that a URL is asked, and when it is: for every rule that keeps it waiting and whose end is known.
@Suite struct ExplainQueueTests {
    static let start = ExplainTests.start

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Makes the crawl and brings it to the moment of the question.
        var crawl: @Sendable () throws -> VirtualCrawl
        var urls = pages(79)
        /// For so many of them a time is told at least.
        var least = 12
        /// The rule that comes first for most of them; nil = only the queue.
        var rule: String?
        var gap = Duration.seconds(1)
        /// From the question to the last request.
        var runs = Duration.minutes(10)
        var testDescription: String { name }
    }

    private static func pages(_ count: Int, host: String = "a") -> [String] {
        (0..<count).map { "http://\(host).test/page-\($0)" }
    }

    private static func made(
        _ urls: [String] = pages(79), after: Duration = .seconds(3),
        edit: @Sendable (inout SchedulerRules) -> Void = { _ in },
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in
            .init(status: 200, latency: .milliseconds(100))
        }
    ) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(
            settings: GoldenTimelineTests.settings(delay: .seconds(1), edit: edit), answer: answer)
        crawl.enqueue(urls)
        crawl.time.run(for: after)
        return crawl
    }

    private static let cases = [
        Case(name: "the crawl delay") { try made(after: .milliseconds(2_500)) },
        Case(name: "the crawl delay, with jitter") { try made(edit: { $0.jitter = 0.1 }) },
        Case(
            name: "an answer that is under way",
            crawl: {
                try made(after: .milliseconds(2_200), answer: { _ in .init(status: 200, latency: .milliseconds(600)) })
            },
            rule: "per-origin"),
        Case(
            name: "what robots.txt asks for",
            crawl: {
                let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings { $0.crawlDelay = .seconds(1) }) {
                    $0.url.hasSuffix("robots.txt") ? .text("User-agent: *\nCrawl-delay: 5\n") : .init(status: 200)
                }
                crawl.enqueue(pages(79))
                crawl.time.run(for: .seconds(12))
                return crawl
            },
            rule: "crawl-delay", gap: .seconds(5)),
        Case(
            name: "Retry-After",
            crawl: {
                try made(answer: { $0.at < start + .seconds(300) ? .throttled(retryAfter: "300") : .init(status: 200) })
            },
            rule: "retry-after"),
        Case(
            name: "429 without a time",
            crawl: { try made(answer: { $0.at < start + .seconds(30) ? .throttled() : .init(status: 200) }) },
            rule: "retry-after"),
        Case(
            name: "the day's budget of the origin",
            crawl: { try made(after: .hours(1), edit: { $0.budget.requestsPerOriginPerDay = 20 }) },
            rule: "budget", runs: .hours(24 * 5)),
        Case(
            name: "the day's budget of all",
            crawl: { try made(after: .hours(1), edit: { $0.budget.requestsPerDay = 60 }) }, rule: "budget",
            runs: .hours(25)),
        Case(
            name: "health traffic between",
            crawl: {
                // Asked first: what has not failed yet cannot be reckoned with.
                let failing = ["http://a.test/page-7", "http://a.test/page-9"]
                let crawl = try made([], answer: { .init(status: failing.contains($0.url) ? 520 : 200) })
                var options = EnqueueOptions()
                options.priority = 1
                crawl.enqueue(failing, options: options)
                crawl.enqueue(pages(79).filter { !failing.contains($0) })
                crawl.time.run(for: .seconds(50))
                return crawl
            }),
        Case(
            name: "no socket can be had",
            crawl: {
                try made(
                    after: .seconds(20),
                    answer: { $0.at < start + .seconds(21) ? LocalLimitCrawlTests.noSocket : LocalLimitCrawlTests.good }
                )
            },
            rule: "local-limit"),
        Case(
            name: "due later, behind what is due before",
            crawl: {
                let crawl = try made(pages(60, host: "a"))
                var options = EnqueueOptions()
                options.dueAt = start + .seconds(20)
                crawl.enqueue(Array(pages(79).suffix(19)), options: options)
                return crawl
            }),
        Case(
            name: "priorities, and the oldest between",
            crawl: {
                let crawl = try made([])
                for (priority, range) in [(0, 0..<80), (5, 80..<160), (-3, 160..<200)] {
                    var options = EnqueueOptions()
                    options.priority = priority
                    crawl.enqueue(Array(pages(200)[range]), options: options)
                    crawl.time.run(for: .milliseconds(700))
                }
                return crawl
            },
            urls: pages(200)),
        Case(
            name: "a start after a crash",
            crawl: {
                let crawl = try made(after: .seconds(10))
                try crawl.restart()
                return crawl
            }),
    ]

    /// One URL or a few that fail, at moments of their story.
    private static let troubles: [Case] =
        [Duration.seconds(2), .minutes(3), .minutes(20), .minutes(61), .minutes(170), .hours(9)].map { moment in
            Case(
                name: "a URL that answers 520, after \(moment)",
                crawl: { try made(pages(1), after: moment, answer: { _ in .init(status: 520) }) }, urls: pages(1),
                least: 1, runs: .hours(48))
        }
        + [Duration.minutes(20), .minutes(70), .hours(3), .hours(5), .hours(9), .hours(20)].map { moment in
            Case(
                name: "an origin that answers 520, after \(moment)",
                crawl: { try made(after: moment, answer: { _ in .init(status: 520) }) }, least: 0, runs: .hours(96))
        } + [
            Case(
                name: "a retry after a 500",
                crawl: { try made(pages(3), after: .minutes(10), answer: { _ in .init(status: 500) }) }, urls: pages(3),
                least: 3, runs: .hours(3)),
            Case(
                name: "broken URLs that wait for slots, or share an incident",
                crawl: {
                    try made(
                        after: .hours(30),
                        answer: {
                            .init(
                                status: Int($0.url.split(separator: "-").last ?? "")?.isMultiple(of: 2) ?? true
                                    ? 520 : 200)
                        })
                }, least: 10, runs: .hours(60)),
            Case(
                name: "a robots.txt that cannot be had",
                crawl: {
                    let crawl = try VirtualCrawl(settings: RobotsCrawlTests.settings()) {
                        $0.url.hasSuffix("robots.txt") && $0.at < start + .minutes(20)
                            ? .init(status: 500) : .text("", latency: .zero)
                    }
                    crawl.enqueue(pages(20))
                    crawl.time.run(for: .minutes(10))
                    return crawl
                }, urls: pages(20), least: 0, runs: .hours(3)),
        ]

    @Test(arguments: cases + troubles)
    func estimate(_ waiting: Case) throws {
        let crawl = try waiting.crawl()
        let asking = crawl.time.now()
        var told: [(url: String, at: Int64, place: Int)] = []
        var rules: [String: Int] = [:]
        for url in waiting.urls where try crawl.record(url) != nil {
            let explanation = try ExplainTests.explain(url, crawl)
            // An answer that is not yet stored: it is still due there.
            if crawl.log.last(where: { $0.url == url }).map({ asking - $0.at < .milliseconds(400) }) ?? false {
                continue
            }
            guard explanation.state != "in-flight", let next = explanation.nextAttemptAt else { continue }
            rules[explanation.because.first?.rule ?? "queue", default: 0] += 1
            let at = try #require(Timestamp.milliseconds(next))
            told.append((url, at, explanation.queue?.place ?? 1))
            guard let queue = explanation.queue, let place = queue.place else { continue }
            let reason = try #require(explanation.because.last { $0.rule == "queue" })
            #expect(reason.detail.hasPrefix("\(CountText.ordinal(place)) of \(queue.of ?? 0) at its origin, in about "))
        }
        #expect(told.count >= waiting.least)
        if let rule = waiting.rule { #expect(rules[rule] ?? 0 > told.count / 2, "\(rules)") }
        crawl.time.run(for: waiting.runs)
        for (url, at, place) in told {
            guard let asked = crawl.log.first(where: { $0.url == url && $0.at >= asking })?.at.ms else {
                Issue.record("\(url) was never asked")
                continue
            }
            let allowed = Double(waiting.gap.ms) * (Double(place) * 0.1 + 2)
            #expect(
                abs(Double(asked - at)) <= allowed,
                "\(url), the \(place)th, was told \(at - asking.ms) ms and asked after \(asked - asking.ms)")
        }
    }

    @Test("what nothing ends by itself has no time: paused, offline, a busy address, robots.txt under way")
    func unknown() throws {
        let crawl = try Self.made()
        crawl.loop.setPaused(true)
        crawl.time.run(for: .seconds(3))
        // Which of them are asked first is drawn for each frontier.
        let waiting = try #require(try Self.pages(79).first { try crawl.record($0)?.attempts == 0 })
        let paused = try ExplainTests.explain(waiting, crawl)
        #expect(paused.nextAttemptAt == nil && paused.because.map(\.rule) == ["paused", "queue"])
        #expect(paused.because.last?.detail.hasSuffix(" at its origin") ?? false, "\(paused.because)")

        let robots = try VirtualCrawl(settings: RobotsCrawlTests.settings()) { _ in
            .text("", latency: .seconds(60))
        }
        robots.enqueue(Self.pages(5))
        robots.time.run(for: .seconds(2))
        let awaited = try Self.pages(5).map { try ExplainTests.explain($0, robots) }
        #expect(awaited.allSatisfy { $0.nextAttemptAt == nil && $0.because.first?.rule == "robots" })
    }

    @Test("nor has what waits for others' requests to end, even while the crawl delay is what comes first")
    func crowded() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(30)) { $0.maxInFlight = 2 })
        {
            .init(status: 200, latency: $0.url.hasPrefix("http://slow") ? .minutes(10) : .milliseconds(10))
        }
        crawl.enqueue(Self.pages(5))
        crawl.time.run(for: .seconds(2))
        let free = try Self.pages(5).map { try ExplainTests.explain($0, crawl) }.filter { $0.state == "scheduled" }
        #expect(free.count == 4 && free.allSatisfy { $0.nextAttemptAt != nil })
        crawl.enqueue(["http://slow1.test/", "http://slow2.test/"])
        crawl.time.run(for: .seconds(2))
        let crowded = try Self.pages(5).map { try ExplainTests.explain($0, crawl) }.filter { $0.state == "scheduled" }
        #expect(crowded.count == 4 && crowded.allSatisfy { $0.nextAttemptAt == nil })
        #expect(crowded.contains { $0.because.last?.detail == "2nd of 4 at its origin" })
    }

    @Test("more than 10,000 before it are not counted")
    func beyond() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1)), inMemory: true) { _ in
            .init(status: 200)
        }
        crawl.enqueue(Self.pages(10_050))
        crawl.time.run(for: .milliseconds(100))
        crawl.time.run(for: .seconds(1))
        var options = EnqueueOptions()
        options.priority = 0
        crawl.enqueue(["http://a.test/last"], options: options)
        let last = try ExplainTests.explain("http://a.test/last", crawl)
        #expect(last.because.last?.detail == "behind more than 10,000, over 2 h 46 min")
        #expect(last.queue == Explanation.Queue(place: nil, of: nil))
        let told = try #require(last.nextAttemptAt.flatMap(Timestamp.milliseconds))
        #expect((10_000_000...10_002_000).contains(told - crawl.time.now().ms))
        let near = try Self.pages(10_050).lazy.prefix(200).map { try ExplainTests.explain($0, crawl) }.first {
            ($0.queue?.place ?? 0) > 1
        }
        #expect(near?.because.last?.detail.contains(" of more than 10,000 at its origin, in about ") ?? false)
    }
}
