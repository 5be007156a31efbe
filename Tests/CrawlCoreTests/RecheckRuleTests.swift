import CrawlCore
import Testing

/// How long what is marked waits for its next look.
struct RecheckRuleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var first: Duration? = .seconds(1800)
        var ratio = 0.125
        var longest = Duration.seconds(24 * 3600)
        var age: Duration
        var step = 0
        var wait: Duration?
        var ground: RecheckRule.Ground?
    }

    static func hours(_ hours: Double) -> Duration { .milliseconds(Int64(hours * 3_600_000)) }

    @Test(
        "waits",
        arguments: [
            Row(testDescription: "just marked", age: hours(1), wait: hours(0.5), ground: .first),
            Row(testDescription: "as long as the least", age: hours(4), wait: hours(0.5), ground: .first),
            Row(testDescription: "an eighth", age: hours(9.6), step: 40, wait: hours(1.2), ground: .age),
            Row(testDescription: "a month", age: hours(720), wait: hours(24), ground: .longest),
            Row(testDescription: "a whole age", ratio: 1, age: hours(3), wait: hours(3), ground: .age),
            Row(testDescription: "a share too large is one", ratio: 7, age: hours(3), wait: hours(3), ground: .age),
            Row(testDescription: "nobody looks", first: nil, age: hours(3)),
            Row(testDescription: "a clock that was set back", age: hours(-5), wait: hours(0.5), ground: .first),
            Row(testDescription: "the longest age", age: .milliseconds(Int64.max), wait: hours(24), ground: .longest),
            Row(testDescription: "doubling, first", ratio: 0, age: hours(9), wait: hours(0.5), ground: .first),
            Row(testDescription: "doubling", ratio: 0, age: hours(9), step: 3, wait: hours(4), ground: .doubling),
            Row(
                testDescription: "doubling, last", ratio: 0, age: hours(9), step: 90, wait: hours(24), ground: .longest),
            Row(
                testDescription: "the least is the most", first: hours(2), longest: hours(2), age: hours(80),
                wait: hours(2), ground: .longest),
        ])
    func waits(_ row: Row) {
        let choice = RecheckRule(first: row.first, ratio: row.ratio, longest: row.longest)
            .choice(age: row.age, step: row.step)
        #expect(choice?.wait == row.wait)
        #expect(choice?.ground == row.ground)
    }

    @Test("it never waits less than before as the age grows", arguments: [0.01, 0.125, 0.5, 1])
    func grows(ratio: Double) {
        let rule = RecheckRule(first: .seconds(1800), ratio: ratio, longest: .seconds(24 * 3600))
        var last = Duration.zero
        for minute in 0..<20_000 {
            let wait = rule.wait(age: .seconds(minute * 60), step: 0) ?? .zero
            #expect(wait >= last)
            last = wait
        }
    }
}
