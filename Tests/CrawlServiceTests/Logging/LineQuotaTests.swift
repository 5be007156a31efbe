import CrawlCore
import Testing

@testable import CrawlService

struct LineQuotaTests {
    private func at(_ seconds: Int64) -> Instant { Instant(ms: 1_000_000 + seconds * 1000) }

    @Test("so many lines a minute, and the next one says how many are missing")
    func minute() {
        var quota = LineQuota(lines: 3, per: .seconds(60))
        #expect((0..<5).map { quota.take(now: at($0)) } == [0, 0, 0, nil, nil])
        #expect(quota.take(now: at(59)) == nil)
        #expect(quota.take(now: at(60)) == 3)
        #expect(quota.take(now: at(61)) == 0)
    }

    @Test("a clock that was set back silences nobody")
    func setBack() {
        var quota = LineQuota(lines: 1, per: .seconds(60))
        #expect(quota.take(now: at(100)) == 0)
        #expect(quota.take(now: at(50)) == 0)
    }
}
