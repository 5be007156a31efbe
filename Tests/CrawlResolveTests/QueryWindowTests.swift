import CrawlCore
import Testing

@testable import CrawlResolve

struct QueryWindowTests {
    private var now = Instant(ms: 1_000_000)

    /// Answers, with the window used up, over `time`.
    private mutating func answers(_ window: inout QueryWindow, for time: Duration, after milliseconds: Int64 = 20) {
        let end = now + time
        while now < end {
            while window.room > 0 { window.sent() }
            window.answered(after: milliseconds, now)
            window.left()
            now = now + .milliseconds(10)
        }
    }

    @Test mutating func itGrowsToItsLimitWhileItIsUsedUp() {
        var window = QueryWindow(most: 1024)
        #expect(window.limit == 128)
        answers(&window, for: .seconds(1))
        #expect(window.limit == 128)
        answers(&window, for: .seconds(1))
        #expect(window.limit == 192)
        answers(&window, for: .seconds(30))
        #expect(window.limit == 1024)
    }

    @Test mutating func itDoesNotGrowWhileAnswersTakeLongerThanTheyUsedTo() {
        var window = QueryWindow(most: 1024)
        answers(&window, for: .seconds(2))
        #expect(window.limit == 192)
        answers(&window, for: .seconds(30), after: 41)
        #expect(window.limit == 192)
        answers(&window, for: .seconds(5), after: 20)
        #expect(window.limit > 192)
    }

    @Test mutating func itDoesNotGrowUnused() {
        var window = QueryWindow(most: 1024)
        for _ in 0..<10_000 {
            window.sent()
            window.answered(after: 20, now)
            window.left()
            now = now + .milliseconds(10)
        }
        #expect(window.limit == 128)
    }

    @Test func itIsNeverLargerThanItMayBe() {
        #expect(QueryWindow(most: 20).limit == 20)
        #expect(QueryWindow(most: 0).limit == 1)
    }

    @Test mutating func whatItHasGrownByIsGivenBackWhenQuestionsAreLost() {
        var window = QueryWindow(most: 1024)
        answers(&window, for: .seconds(2))
        #expect(window.limit == 192)
        for _ in 0..<4 { window.lost(now) }
        #expect(window.limit == 128)
        // It is tried again, but not so soon.
        answers(&window, for: .milliseconds(2900))
        #expect(window.limit == 128)
        answers(&window, for: .seconds(1))
        #expect(window.limit == 192)
    }

    @Test mutating func refusalsInMassesShrinkItOnceASecond() {
        var window = QueryWindow(most: 1024)
        for _ in 0..<60 { window.refused(isAgain: false, now) }
        #expect(window.limit == 96)
        now = now + .seconds(1)
        for _ in 0..<4 { window.refused(isAgain: false, now) }
        #expect(window.limit == 72)
    }

    @Test mutating func namesThatAreAlwaysRefusedDoNotShrinkIt() {
        var window = QueryWindow(most: 1024)
        for _ in 0..<100 {
            window.refused(isAgain: false, now)
            for _ in 0..<5 { window.refused(isAgain: true, now) }
            for _ in 0..<10 { window.answered(after: 20, now) }
            now = now + .milliseconds(500)
        }
        #expect(window.limit == 128)
    }

    @Test mutating func deadNamesAloneDoNotHalveIt() {
        var window = QueryWindow(most: 1024)
        for _ in 0..<1000 {
            window.answered(after: 20, now)
            window.timedOut(now)
            now = now + .seconds(1)
        }
        #expect(window.limit == 128)
    }

    @Test mutating func aServerThatTakesLongerAndFailsHalvesItAtMostEverySevenSeconds() {
        var window = QueryWindow(most: 1024)
        for _ in 0..<400 { window.answered(after: 20, now) }
        func strain(_ window: inout QueryWindow, _ milliseconds: Int64) {
            for _ in 0..<100 {
                window.answered(after: milliseconds, now)
                window.timedOut(now)
            }
        }
        strain(&window, 100)
        #expect(window.limit == 64)
        // As bad as before is no reason to go on.
        now = now + .seconds(60)
        strain(&window, 100)
        #expect(window.limit == 64)
        strain(&window, 300)
        #expect(window.limit == 32)
        now = now + .seconds(6)
        strain(&window, 1000)
        #expect(window.limit == 32)
        now = now + .seconds(1)
        strain(&window, 1000)
        #expect(window.limit == 16)
        now = now + .seconds(60)
        strain(&window, 4000)
        #expect(window.limit == 16)
    }
}
