import CrawlTesting
import Testing

@testable import CrawlCore

/// How long a throttled origin waits, step by step.
struct OriginBlockTests {
    /// A block that an answer at `now` leads to.
    private func next(
        _ previous: OriginBlock?, since: Instant? = nil, started: Double, now: Double, retryAfter: Duration? = nil,
        code: Int? = nil, jitter: Double = 0
    ) -> OriginBlock {
        var random = SeededRandom(seed: 7)
        return OriginBlock.after(
            previous, since: since, startedAt: at(started), completedAt: at(now), retryAfter: retryAfter,
            code: code, maxRetryAfter: .seconds(86_400), jitter: jitter, using: &random)
    }

    @Test("without a header 1 min, doubling to 24 h while it is not forgiven")
    func doubling() {
        var block: OriginBlock?
        var time = 0.0
        var waits: [Double] = []
        for _ in 0..<13 {
            let new = next(block, started: time, now: time)
            waits.append(Double((new.until - at(time)).ms) / 60_000)
            block = new
            time += waits[waits.count - 1] * 60 + 1
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440])
    }

    @Test("quiet for as long as the block lasted, and at least a minute, forgives", arguments: [30.0, 59, 61, 200])
    func forgiven(quiet: Double) {
        let first = next(nil, started: 0, now: 0)
        let second = next(first, started: 60, now: 60.5)  // 2 min, to 180.5
        let third = next(second, started: 180 + quiet, now: 180.5 + quiet)
        #expect(second.level == 1)
        #expect(third.level == (quiet < 120 ? 2 : 0))
    }

    @Test("a header says how long, whatever came before, and leaves the level alone")
    func header() {
        let first = next(nil, started: 0, now: 0)
        let second = next(first, started: 60, now: 61, retryAfter: .seconds(5))
        #expect(second.until == at(66) && second.level == 0)
        #expect(next(second, started: 67, now: 67).level == 1)
        #expect(next(nil, started: 0, now: 0, retryAfter: .seconds(900_000)).until == at(86_400))
        #expect(next(nil, started: 0, now: 0, retryAfter: .milliseconds(999)).until == at(60))
    }

    @Test("answers to requests that were under way lengthen a block and never double it")
    func underWay() {
        let first = next(nil, started: 0, now: 2)
        let second = next(first, since: at(2), started: 1, now: 3)
        #expect(second.level == 0 && second.until == at(63))
        let late = next(second, since: at(2), started: 1.5, now: 90)
        #expect(late.level == 0 && late.until == at(150))
        // A shorter wait that comes later does not shorten it.
        #expect(next(first, since: at(2), started: 1, now: 3, retryAfter: .seconds(2)).until == first.until)
    }

    @Test("jitter only lengthens")
    func jitter() {
        for wait in [Duration.seconds(10), .seconds(3600)] {
            let block = next(nil, started: 0, now: 0, retryAfter: wait, jitter: 0.1)
            #expect(block.until >= at(0) + wait && block.until <= at(0) + wait + wait / 10)
        }
    }

    // MARK: By an edge's code

    @Test(
        "each code has its first wait, which the same code doubles to 24 h",
        arguments: [
            (1004, 120.0), (1005, 120), (1015, 30), (1027, 60), (1038, 60), (1200, 60), (1205, 5),
        ])
    func codes(_ code: Int, first: Double) {
        var block: OriginBlock?
        var time = 0.0
        var waits: [Double] = []
        while waits.count < 16 {
            let new = next(block, started: time, now: time, code: code)
            #expect(new.edge?.code == code && new.edge?.since == at(0) && new.level == waits.count)
            waits.append(Double((new.until - at(time)).ms) / 1000)
            block = new
            time += waits[waits.count - 1] + 1
        }
        #expect(waits == (0..<16).map { min(first * Double(1 << $0), 86_400) })
    }

    @Test("Retry-After is the least of a code's wait, and keeps no doubling off")
    func codeWithHeader() {
        let first = next(nil, started: 0, now: 0, retryAfter: .seconds(300), code: 1015)
        let second = next(first, started: 301, now: 301, retryAfter: .seconds(300), code: 1015)
        let third = next(second, started: 902, now: 902, retryAfter: .seconds(5000), code: 1015)
        let fourth = next(third, started: 5903, now: 5903, retryAfter: .seconds(900_000), code: 1015)
        #expect([first, second, third].map(\.until) == [at(300), at(901), at(5902)])
        #expect(fourth.until == at(5903 + 86_400))
    }

    @Test("requests that were under way, and another code, double nothing")
    func codesApart() {
        let first = next(nil, started: 0, now: 2, code: 1015)
        #expect(next(first, since: at(2), started: 1, now: 3, code: 1015).edge?.wait == .seconds(30))
        let other = next(first, started: 33, now: 33, code: 1200)
        #expect(other.until == at(93) && other.edge?.since == at(33))
        let plain = next(first, started: 33, now: 33)
        #expect(plain.edge == nil)
    }

    @Test("quiet ends no code's doubling, until a day after the block", arguments: [93.0, 4000, 86_431])
    func codesAfterQuiet(time: Double) {
        let first = next(nil, started: 0, now: 2, code: 1015)  // to 32
        let second = next(first, started: time, now: time, code: 1015)
        #expect(second.until == at(time + 60) && second.edge?.since == at(2) && second.level == 1)
        let plain = next(first, started: time, now: time)
        #expect(plain.level == 0 && plain.edge == nil, "that of the origin itself is forgiven")
        let late = next(first, started: 86_432, now: 86_432, code: 1015)
        #expect(late.until == at(86_462) && late.edge?.since == at(86_432) && late.level == 0)
    }
}
