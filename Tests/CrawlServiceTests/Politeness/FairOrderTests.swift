import CrawlCore
import CrawlService
import CrawlTesting
import Testing

/// Who is asked next: origins take turns, within an origin priority counts, and the old are not forgotten. Real
/// scheduler, loop and store, virtual time; the bounds are stated with each test.
@Suite struct FairOrderTests {
    static let start = VirtualTime().now()

    /// Between two requests of an origin with due work, at most one of every other origin plus what is in flight.
    @Test("a giant origin cannot starve small ones: each has its turn within one round")
    func giant() throws {
        let settings = GoldenTimelineTests.settings {
            $0.maxInFlight = 8
            $0.perOriginInFlight = 4
            $0.perAddressInFlight = 0
        }
        let crawl = try VirtualCrawl(settings: settings) { _ in .init(status: 200, latency: .milliseconds(100)) }
        crawl.enqueue((0..<20_000).map { "http://giant.test/\($0)" })
        crawl.time.run(for: .seconds(5))
        let before = crawl.log.count
        let small = (0..<20).map { "small\($0)" }
        crawl.enqueue(small.flatMap { host in (0..<5).map { "http://\(host).test/\($0)" } })
        crawl.time.run(for: .seconds(60))
        let log = crawl.log.dropFirst(before).map(\.url)
        // 21 origins with work: a round is 21 requests; 8 may be in flight before the first of it.
        let bound = 21 + 8
        for host in small {
            let turns = log.enumerated().filter { $0.element.contains("//\(host).") }.map(\.offset)
            #expect(turns.count == 5)
            #expect((turns.first ?? .max) <= bound)
            let gaps = zip(turns, turns.dropFirst()).map { $1 - $0 }
            #expect(gaps.allSatisfy { $0 <= bound }, "\(host): \(gaps)")
        }
        // And the giant is not starved either.
        let giant = log.enumerated().filter { $0.element.contains("giant") }.map(\.offset)
        #expect(zip(giant, giant.dropFirst()).allSatisfy { $1 - $0 <= bound })
    }

    /// A URL that is the oldest due is asked within 8 picks, whatever is enqueued before it in rank.
    @Test("every eighth pick is the oldest due: a stream of urgent URLs cannot starve the others")
    func aging() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .seconds(1))) { _ in
            .init(status: 200)
        }
        crawl.enqueue((0..<20).map { "http://a.test/low/\($0)" })
        var urgent = EnqueueOptions()
        urgent.priority = 50
        var order: [Bool] = []
        for second in 0..<240 {
            crawl.enqueue((0..<2).map { "http://a.test/urgent/\(second)-\($0)" }, options: urgent)
            crawl.time.run(for: .seconds(1))
        }
        order = crawl.log.map { $0.url.contains("/low/") }
        let lows = order.enumerated().filter(\.element).map(\.offset)
        #expect(lows.count == 20)
        // The first URL goes before anything urgent is known.
        #expect(zip(lows, lows.dropFirst()).allSatisfy { $1 - $0 <= 8 }, "\(lows)")
        #expect(order.filter { !$0 }.count >= 200)
    }

    @Test("higher priority first, then the longer due, within a lease and over leases")
    func order() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(delay: .milliseconds(10))) { _ in
            .init(status: 200)
        }
        for priority in [0, -20, 20] {
            var options = EnqueueOptions()
            options.priority = priority
            for age in 0..<40 {
                options.dueAt = Self.start - .seconds(Int64(age))
                crawl.enqueue(["http://a.test/p\(priority)/\(age)"], options: options)
            }
        }
        crawl.time.run(for: .minutes(1))
        let paths = crawl.log.map { $0.url.dropFirst("http://a.test/p".count) }
        #expect(Set(paths).count == 120 && paths.count == 120)
        // Seven of eight go by priority; the first has started before the others were known.
        let urgent = paths.prefix(40).filter { $0.hasPrefix("20/") }.count
        #expect(urgent >= 30)
        let ages = paths.filter { $0.hasPrefix("20/") }.compactMap { Int($0.dropFirst(3)) }
        #expect(ages.prefix(20).allSatisfy { $0 >= 19 })
    }
}
