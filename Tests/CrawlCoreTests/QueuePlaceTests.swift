import CrawlTesting
import Testing

@testable import CrawlCore

struct QueuePlaceTests {
    private static func rows(
        _ count: Int, own: Int?, mixes: Bool = false, health: Int = 0, older: Int? = nil,
        due: (Int) -> Int64 = { Int64($0) }
    ) -> QueuePlace.Rows {
        var rows = QueuePlace.Rows()
        rows.ordinary = (0..<count).map { Instant(ms: due($0)) }
        (rows.own, rows.mixes, rows.health, rows.older) = (own, mixes, health, older)
        return rows
    }

    @Test("of one priority the order is that of due times")
    func plain() {
        #expect(QueuePlace(Self.rows(79, own: 56)) == QueuePlace(ahead: 56, of: 79))
        #expect(QueuePlace(Self.rows(1, own: 0)) == QueuePlace(ahead: 0, of: 1))
    }

    @Test("health traffic goes first, and in turn")
    func health() {
        #expect(QueuePlace(Self.rows(10, own: 0, health: 3)) == QueuePlace(ahead: 1, of: 13))
        #expect(QueuePlace(Self.rows(10, own: 1, health: 3)) == QueuePlace(ahead: 3, of: 13))
        #expect(QueuePlace(Self.rows(10, own: 9, health: 3)) == QueuePlace(ahead: 12, of: 13))
        var own = Self.rows(10, own: nil, health: 3)
        own.ownHealth = 2
        #expect(QueuePlace(own) == QueuePlace(ahead: 4, of: 13))
        own.ordinary = []
        #expect(QueuePlace(own) == QueuePlace(ahead: 2, of: 3))
    }

    @Test("every eighth pick is the oldest, as the scheduler takes them", arguments: [1, 2, 3] as [UInt64])
    func aging(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let dues = (0..<200).map { _ in Int64(random.int(0...1_000_000)) }
        let active = ActiveOrigin(id: 1, nextStart: Instant(ms: 0))
        active.leased = dues.indices.map { index in
            LeasedURL(
                id: Int64(index), generation: 0, pathOffset: 0, pathLength: 0, dueAt: Instant(ms: dues[index]),
                recrawl: nil, state: .scheduled, isHealthTraffic: false, health: nil, content: nil)
        }
        active.picks = 3
        active.oldest = active.leased.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }
        var picks: [Int64: Int] = [:]
        while picks.count < dues.count, let next = active.takeOrdinary() { picks[next.id] = picks.count }
        for index in dues.indices {
            let place = QueuePlace(Self.rows(200, own: index, mixes: true) { dues[$0] }, picks: 3)
            #expect(place.ahead == picks[Int64(index)], "\(index)")
        }
    }

    @Test("beyond 10,000 nothing is counted, but for what comes by its age")
    func beyond() {
        let most = QueuePlace.limit + 1
        #expect(QueuePlace(Self.rows(most, own: nil)) == QueuePlace(ahead: nil, of: nil))
        #expect(QueuePlace(Self.rows(most, own: 10_000)) == QueuePlace(ahead: 10_000, of: nil))
        #expect(QueuePlace(Self.rows(most, own: 9_000, mixes: true)).ahead == nil, "others come between")
        #expect(QueuePlace(Self.rows(most, own: nil, mixes: true, older: 0)) == QueuePlace(ahead: 7, of: nil))
        #expect(QueuePlace(Self.rows(most, own: nil, mixes: true, older: 1_250)) == QueuePlace(ahead: nil, of: nil))
    }

    @Test("what the budget leaves for tomorrow is asked tomorrow")
    func budget() {
        let day = Duration.seconds(86_400)
        var pace = OriginPace(readyAt: at(10), gap: .seconds(2), nextDay: at(1000))
        #expect(pace.time(after: 5) == at(20))
        pace.budget = OriginPace.Budget(today: 3, aDay: 10)
        #expect(pace.time(after: 2) == at(14))
        #expect(pace.time(after: 3) == at(1000))
        #expect(pace.time(after: 12) == at(1018))
        #expect(pace.time(after: 13) == at(1000) + day)
        #expect(pace.time(after: 27) == at(1008) + day + day)
    }
}
