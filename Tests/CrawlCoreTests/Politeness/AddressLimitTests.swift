import CrawlTesting
import Testing

@testable import CrawlCore

/// Origins that share an address share its places.
struct AddressLimitTests {
    static let one = AddressKey(IPAddress(v4: 1))
    static let other = AddressKey(IPAddress(v4: 2))

    @Test func roomUpToTheLimit() {
        var limit = AddressLimit(limit: 2)
        limit.begin(at: Self.one)
        #expect(limit.hasRoom(at: Self.one))
        limit.begin(at: Self.one)
        #expect(!limit.hasRoom(at: Self.one))
        #expect(limit.hasRoom(at: Self.other))
        #expect(limit.hasRoom(at: nil), "what is not known binds nobody")
        limit.end(at: Self.one)
        #expect(limit.hasRoom(at: Self.one))
        limit.end(at: Self.one)
        limit.end(at: Self.one)
        limit.begin(at: Self.one)
        #expect(limit.hasRoom(at: Self.one), "an end too many gives no place")
        limit.begin(at: Self.one)
        #expect(!limit.hasRoom(at: Self.one))
        limit.limit = 0
        #expect(limit.hasRoom(at: Self.one))
    }

    @Test("places are handed over in the order of asking; whose place was taken goes first")
    func order() {
        var limit = AddressLimit(limit: 1)
        for origin in Int64(1)...3 { limit.wait(origin, for: Self.one, nil, first: false) }
        limit.wait(1, for: Self.one, nil, first: false)  // asks again and stands where it stood
        limit.wait(9, for: Self.other, nil, first: false)
        #expect(limit.nextWaiting(at: Self.one) == 1)
        limit.wait(1, for: Self.one, nil, first: true)
        #expect((0..<4).map { _ in limit.nextWaiting(at: Self.one) } == [1, 2, 3, nil])
        limit.wait(2, for: Self.one, nil, first: false)
        #expect(Set(limit.release()) == [2, 9])
        #expect(limit.nextWaiting(at: Self.other) == nil)
    }

    @Test("who goes on is counted there and not before, and where there is no room at both")
    func moves() {
        let last = AddressKey(IPAddress(v4: 3))
        var limit = AddressLimit(limit: 1)
        for key in [Self.one, last] { limit.begin(at: key) }
        var place = limit.move(AddressPlace(Self.one), to: Self.other)
        #expect(place == AddressPlace(Self.other))
        #expect([Self.one, Self.other, last].map(limit.count) == [0, 1, 1])
        place = limit.move(place, to: last)
        #expect(place == AddressPlace(last, held: Self.other))
        #expect([Self.one, Self.other, last].map(limit.count) == [0, 1, 2])
        place = limit.move(place, to: Self.one)
        #expect(place == AddressPlace(Self.one), "what it held is free where it finds room")
        #expect([Self.one, Self.other, last].map(limit.count) == [1, 0, 1])
        limit.end(at: place)
        limit.end(at: AddressPlace())
        #expect([Self.one, Self.other, last].map(limit.count) == [0, 0, 1])
    }

    @Test("an origin that is blocked when a place is offered leaves it to the next")
    func passedOn() {
        var trial = SchedulerTrial {
            $0.perAddressInFlight = 1
            $0.perOriginInFlight = 2
            $0.crawlDelay = .milliseconds(100)
        }
        trial.address = { _, _ in IPAddress(v4: 1) }
        trial.server = { id, now in
            let isThrottled = URLKey.origin(of: id) == 1 && now < at(2)
            return SchedulerTrial.Reply(isThrottled ? .throttled : .success, after: .milliseconds(500))
        }
        for origin in Int64(1)...3 { for n in 0..<10 { trial.enqueue(origin, n) } }
        trial.run(until: at(15))
        #expect(trial.starts(of: 2).count == 10 && trial.starts(of: 3).count == 10)
        trial.run(until: at(100))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }
}
