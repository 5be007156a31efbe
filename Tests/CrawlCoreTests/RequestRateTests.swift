import Testing

@testable import CrawlCore

struct RequestRateTests {
    private static func at(_ seconds: Double) -> Instant { Instant(ms: 1_800_000_000_000 + Int64(seconds * 1000)) }

    @Test("whole seconds count, once they are over; early on only those that there were")
    func rates() {
        var rate = RequestRate()
        #expect(rate.perSecond(over: 10, at: Self.at(0)) == 0)
        for second in 0..<120 {
            for _ in 0..<(second < 60 ? 4 : 10) { rate.note(at: Self.at(Double(second) + 0.5)) }
        }
        var early = RequestRate()
        for second in 0..<3 { early.note(6, at: Self.at(Double(second))) }
        #expect(early.perSecond(over: 10, at: Self.at(3)) == 6)
        #expect(rate.perSecond(over: 10, at: Self.at(120)) == 10)
        #expect(rate.perSecond(over: 60, at: Self.at(120)) == 10)
        #expect(rate.perSecond(over: 10, at: Self.at(125)) == 5, "five silent seconds")
        #expect(rate.perSecond(over: 60, at: Self.at(150)) == 5)
        #expect(rate.perSecond(over: 60, at: Self.at(181)) == 0)
        #expect(rate.perSecond(over: 60, at: Self.at(500)) == 0)
    }

    @Test("a clock that was set begins anew")
    func clock() {
        for jump in [-7200.0, 7200, -3] {
            var rate = RequestRate()
            for second in 0..<70 { rate.note(3, at: Self.at(Double(second))) }
            #expect(rate.perSecond(over: 60, at: Self.at(70 + jump)) == 0)
            rate.note(2, at: Self.at(71 + jump))
            #expect(rate.perSecond(over: 60, at: Self.at(72 + jump)) == 1)
        }
        var negative = RequestRate()
        negative.note(at: Instant(ms: -5))
        #expect(negative.perSecond(over: 10, at: Instant(ms: .min)) == 0)
    }
}
