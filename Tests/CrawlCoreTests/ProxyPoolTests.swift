import CrawlTesting
import Testing

@testable import CrawlCore

/// Which proxy an origin's requests go through, and what moves it.
struct ProxyPoolTests {
    @Test("only blocked and throttled ever move an origin, whatever came before", arguments: Outcome.allCases)
    func onlyRefusalsRotate(outcome: Outcome) {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let origin = Int64.random(in: 0..<8_000_000, using: &random)
            let count = Int.random(in: 1...9, using: &random)
            var pool = ProxyPool(count: count, rotations: [origin: Int.random(in: 0..<100, using: &random)])
            let before = pool.proxy(of: origin)
            let moved = pool.note(outcome, through: before, of: origin)
            let mayMove = count > 1 && (outcome == .blocked || outcome == .throttled)
            #expect((pool.proxy(of: origin) != before) == mayMove)
            #expect((moved != nil) == mayMove)
        }
    }

    @Test func theInvariantCoversEvery52x() {
        #expect(Outcome.allCases.filter { $0.cause != nil }.allSatisfy { !$0.rotatesProxy })
        #expect(Outcome.allCases.filter(\.rotatesProxy) == [.throttled, .blocked])
    }

    @Test func everyProxyHasItsShareAndRotationVisitsAll() {
        var pool = ProxyPool(count: 4)
        let shares = Dictionary(grouping: 0..<Int64(4000)) { pool.proxy(of: $0) }.mapValues(\.count)
        #expect(shares.count == 4 && shares.values.allSatisfy { (800...1200).contains($0) })
        var seen: Set<UInt16?> = []
        for _ in 0..<4 {
            seen.insert(pool.proxy(of: 9))
            _ = pool.note(.blocked, through: pool.proxy(of: 9), of: 9)
        }
        #expect(seen.count == 4 && pool.proxy(of: 9) == ProxyPool(count: 4).proxy(of: 9))
    }

    @Test func answersThatWereUnderWayAtOnceMoveItOnce() {
        var pool = ProxyPool(count: 3)
        let old = pool.proxy(of: 1)
        #expect(pool.note(.throttled, through: old, of: 1) == 1)
        #expect(pool.note(.throttled, through: old, of: 1) == nil)
        #expect(pool.note(.blocked, through: nil, of: 1) == nil)
    }

    @Test func noneOrOne() {
        #expect(ProxyPool(count: 0).proxy(of: 1) == nil)
        var one = ProxyPool(count: 1)
        #expect(one.note(.blocked, through: 0, of: 1) == nil && one.proxy(of: 1) == 0)
    }
}
