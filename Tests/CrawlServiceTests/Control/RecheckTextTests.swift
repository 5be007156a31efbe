import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlService

/// What explain says of the next look at a mark.
struct RecheckTextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String
        var age: Duration
        /// From the last look.
        var wait: Duration
        /// Since the last look.
        var passed = Duration.zero
        var good = 0
        var wish: Int64?
        var ratio = 0.125
    }

    static let rows = [
        Row(
            text: "next look in 1 h 12 min: an eighth of 9 h 36 min", age: .hours(9.6), wait: .hours(1.2)),
        Row(
            text: "next look in 12 min: an eighth of 9 h 36 min", age: .hours(9.6), wait: .hours(1.2),
            passed: .hours(1)),
        Row(text: "next look in 30 min: 30 min at least (health.recheck_first)", age: .hours(2), wait: .minutes(30)),
        Row(text: "next look in 1 d: 1 d at most (health.recheck_max)", age: .hours(500), wait: .hours(24)),
        Row(text: "next look in 5 h: half of 10 h", age: .hours(10), wait: .hours(5), ratio: 0.5),
        Row(text: "next look in 3 h: 30 % of 10 h", age: .hours(10), wait: .hours(3), ratio: 0.3),
        Row(text: "next look in 1 h: each wait is twice the one before", age: .hours(3), wait: .hours(1), ratio: 0),
        Row(
            text: "next look in 1 min: the last answer was good, and one more is to confirm it", age: .hours(9),
            wait: .minutes(1), good: 1),
        Row(
            text: "next look in 2 h: its server asked for 2 h of quiet (Retry-After)", age: .hours(9), wait: .hours(2),
            wish: 7200),
        Row(text: "the next look is due: an eighth of 16 h", age: .hours(16), wait: .hours(2), passed: .hours(2)),
    ]

    @Test(arguments: rows)
    func text(_ row: Row) {
        let since = Instant(ms: 1_800_000_000_000)
        var run = HealthRecord.Run(
            outcome: .unknownOriginError, since: since, lastAt: since + row.age, burstAttempts: 5, timeline: 0)
        run.evidence = Evidence()
        run.evidence?.retryAfter = row.wish
        var random = SeededRandom(seed: 1)
        var mark = HealthRecord.Mark(incident: ULID(at: since, using: &random))
        mark.good = row.good
        mark.step = 1
        var rules = HealthRules()
        rules.recheckRatio = row.ratio
        let lookedAt = since + row.age
        let look = NextLook(rules, run: run, mark: mark, lookedAt: lookedAt, at: lookedAt + row.wait)
        #expect(RecheckText.text(look, now: lookedAt + row.passed) == row.text)
    }
}
