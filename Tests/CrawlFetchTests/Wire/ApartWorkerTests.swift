import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlFetch

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

    private struct NoRoom: Error {}

    @Test("there is no room for it: it is tried again a minute later, and an origin comes with a request that is alone")
    func noRoom() throws {
        let pool = FetchHarness().pool
        let worker = try #require(pool.all.first)
        var (tries, told, hasRoom) = (0, 0, false)
        var apart = WorkerApart()
        apart.onFailure = { _ in told += 1 }
        apart.make = {
            tries += 1
            if !hasRoom { throw NoRoom() }
            return worker
        }
        func ask(_ origin: Int64, isAlone: Bool = true, at now: UInt64) -> [Bool] {
            let place = apart.worker(of: origin, isAlone: isAlone, at: now)
            return [place.worker != nil, place.hasMoved]
        }
        #expect(ask(1, at: 1000) == [false, false] && tries == 1 && told == 1)
        #expect(ask(2, at: 1000 + WorkerApart.pause - 1) == [false, false] && tries == 1)
        #expect(ask(2, at: 1000 + WorkerApart.pause) == [false, false] && tries == 2 && told == 1)
        hasRoom = true
        // The usual worker has a request of it.
        let later = 1000 + 2 * WorkerApart.pause
        #expect(ask(1, isAlone: false, at: later) == [false, false] && tries == 2)
        #expect(ask(3, at: later) == [true, false] && tries == 3)
        #expect(ask(1, isAlone: false, at: later) == [false, false])
        #expect(ask(1, at: later) == [true, true])
        #expect(ask(1, isAlone: false, at: later) == [true, false])
        // It went back meanwhile.
        apart.forget(2)
        #expect(ask(2, at: later) == [true, false] && tries == 3)
    }
}
