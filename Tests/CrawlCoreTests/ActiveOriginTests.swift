import Testing

@testable import CrawlCore

/// What is leased of an origin, and the order it is taken in.
struct ActiveOriginTests {
    private func url(_ n: Int, due: Double) -> LeasedURL {
        LeasedURL(
            id: Int64(n), generation: 1, pathOffset: 0, pathLength: 0, dueAt: at(due), recrawl: nil, state: .scheduled,
            isHealthTraffic: false, health: nil)
    }

    @Test("a block is remembered until it is forgiven, and an edge's for a day after its end")
    func remembered() {
        let origin = ActiveOrigin(id: 1, nextStart: at(0))
        origin.block = ActiveOrigin.Block(OriginBlock(until: at(60), level: 0), since: nil)
        #expect(!origin.isForgettable(at(119)) && origin.isForgettable(at(120)))
        let edge = EdgeThrottle(code: 1015, since: at(0), wait: .seconds(60))
        origin.block = ActiveOrigin.Block(OriginBlock(until: at(60), level: 0, edge: edge), since: nil)
        #expect(!origin.isForgettable(at(60 + 86_399)) && origin.isForgettable(at(60 + 86_400)))
    }

    @Test(
        "every eighth pick is the oldest; each URL is taken once, and nothing stays behind", arguments: [5, 8, 20, 50])
    func order(count: Int) {
        let origin = ActiveOrigin(id: 1, nextStart: at(0))
        var lease = Lease()
        lease.urls = (0..<count).map { url($0, due: Double($0)) }
        // The last ones of the lease are due for longest, and two more that did not fit.
        lease.oldest =
            [url(count, due: -9), url(count + 1, due: -8)] + [url(count - 1, due: -7), url(count - 2, due: -6)]
        origin.take(lease, for: LeaseRequest(origin: 1, now: at(0), limit: count, healthLimit: 0))
        var taken: [Int64] = []
        while let next = origin.takeOrdinary() { taken.append(next.id) }
        #expect(Set(taken).count == taken.count)
        #expect(Set(taken).isSuperset(of: (0..<count).map(Int64.init)))
        #expect(origin.leasedRows == 0)
        for (pick, old) in [(7, count), (15, count + 1), (23, count - 1)] where pick < taken.count {
            #expect(taken[pick] == Int64(old), "\(taken)")
        }
    }
}
