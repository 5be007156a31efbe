import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// Origins that are asked apart have another worker, and leave nothing behind at the one before.
@Suite(.timeLimit(.minutes(1)))
struct ApartWorkerTests {
    @Test("there and back: connections do not come along", arguments: [1, 3])
    func moves(workers: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let harness = FetchHarness { $0.workers = workers }
        var apart = FetchRoute()
        apart.isApart = true
        func moved(_ route: FetchRoute) -> FetchRoute {
            var route = route
            route.hasMoved = true
            return route
        }
        let usual = FetchRoute()
        for (index, route) in [usual, usual, moved(apart), apart, moved(usual), usual].enumerated() {
            let result = await harness.fetch(origin.url("/\(index)"), route: route)
            #expect(result.status == 200 && result.flags.contains(.reusedConnection) == (index % 2 == 1))
        }
        #expect(origin.requests.map(\.connection) == [1, 1, 2, 2, 3, 3])
        await origin.stop()
    }

    @Test("others of the same batch go where they belong")
    func mixed() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let harness = FetchHarness { $0.workers = 2 }
        var route = FetchRoute()
        route.isApart = true
        let results = await harness.fetch((0..<9).map { origin.url("/\($0)") }, origins: 9, route: route)
        #expect(results.count == 9 && results.allSatisfy { $0.status == 200 })
        harness.pool.cancelAll()
        await origin.stop()
    }
}
