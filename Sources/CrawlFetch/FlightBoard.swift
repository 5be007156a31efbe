internal import Synchronization

/// What a worker has given to libcurl, for others to read while it does not answer. Plain stores on the worker's thread;
/// read from any.
package final class FlightBoard: Sendable {
    /// The request that a slot serves.
    final class Place: Sendable {
        /// 0 = none.
        fileprivate let ticket = Atomic<Int64>(0)
        fileprivate let origin = Atomic<Int64>(0)
    }

    /// A request in flight.
    package struct Flight: Sendable, Hashable {
        package let ticket: Int64
        /// The number of the origin that is asked.
        package let origin: Int64
    }

    private let places = Mutex<[Place]>([])
    private let held = Atomic<Int>(0)

    package init() {}

    /// For a slot, for good.
    func makePlace() -> Place {
        let place = Place()
        places.withLock { $0.append(place) }
        return place
    }

    /// True = it is the only one.
    func begin(_ ticket: Int64, origin: Int64, at place: Place) -> Bool {
        place.origin.store(origin, ordering: .relaxed)
        place.ticket.store(ticket, ordering: .releasing)
        let count = held.load(ordering: .relaxed) + 1
        guard count == 1 else {
            held.store(count, ordering: .relaxed)
            return false
        }
        // Whoever is woken for it must see it, and who does not see it must be woken.
        held.store(count, ordering: .sequentiallyConsistent)
        return true
    }

    func end(at place: Place) {
        place.ticket.store(0, ordering: .relaxed)
        held.store(held.load(ordering: .relaxed) - 1, ordering: .relaxed)
    }

    /// How many are in flight.
    package var count: Int { held.load(ordering: .sequentiallyConsistent) }

    /// In no order. Whole only while the worker does nothing, or is stuck.
    package var all: [Flight] {
        places.withLock { $0 }.compactMap { place in
            let ticket = place.ticket.load(ordering: .acquiring)
            return ticket == 0 ? nil : Flight(ticket: ticket, origin: place.origin.load(ordering: .relaxed))
        }
    }
}
