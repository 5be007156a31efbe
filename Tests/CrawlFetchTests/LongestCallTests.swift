import Testing

@testable import CrawlFetch

struct LongestCallTests {
    private static func at(_ seconds: Double) -> UInt64 { 7_000_000_000_000 + UInt64(seconds * 1e9) }

    @Test("it is remembered for a minute at least and two at most")
    func window() {
        var longest = LongestCall()
        #expect(longest.value(at: Self.at(0)) == 0)
        longest.note(300, at: Self.at(1))
        longest.note(900, at: Self.at(2))
        longest.note(400, at: Self.at(3))
        #expect(longest.value(at: Self.at(62)) == 900)
        longest.note(500, at: Self.at(70))
        #expect(longest.value(at: Self.at(70)) == 900)
        #expect(longest.value(at: Self.at(129)) == 500)
        #expect(longest.value(at: Self.at(190)) == 0)
        #expect(longest.value(at: Self.at(4000)) == 0)
    }
}
