import DequeModule

/// How many requests are in flight at one address, over all origins that share it. An origin's address is the one that
/// its next request goes to; where libcurl looks names up, the one that its last answer came from, and the limit binds from
/// the second request on.
///
/// A request that cannot connect there goes on to the next of its addresses without asking, and is counted there from the
/// moment at which its worker tells of it. Where that address is full, the request keeps the place that it came from as
/// well. At most those that go on at the same time exceed a limit, until they end: as many as have places where they came
/// from.
struct AddressLimit {
    /// 0 = no limit.
    var limit: Int
    /// Of addresses that stand for many servers: known edges, and what the operator names.
    var wideLimit = 64
    private var wide: Set<AddressKey> = []
    private static let mostWide = 65_536
    private var inFlight: [AddressKey: Int] = [:]
    private var waiting: [AddressKey: Line] = [:]

    /// Origins that were ready while their address was busy, first come first served; each stands there once, however
    /// often it asks.
    private struct Line {
        /// nil = it is known by its key only.
        var address: IPAddress?
        var order: Deque<Int64> = []
        var members: Set<Int64> = []
    }

    init(limit: Int) { self.limit = limit }

    /// True if one more request may go there.
    func hasRoom(at address: AddressKey?) -> Bool {
        guard limit > 0, let address else { return true }
        let count = inFlight[address, default: 0]
        return count < limit || count < wideLimit && wide.contains(address)
    }

    /// How many more may go there.
    func room(at address: AddressKey) -> Int {
        guard limit > 0 else { return .max }
        return max(0, (wide.contains(address) ? max(limit, wideLimit) : limit) - inFlight[address, default: 0])
    }

    /// It has the wide limit from now on.
    mutating func widen(_ address: AddressKey) {
        guard limit > 0, !wide.contains(address) else { return }
        if wide.count >= Self.mostWide { wide = [] }
        wide.insert(address)
    }

    func count(at address: AddressKey) -> Int { inFlight[address, default: 0] }

    func isWaiting(_ origin: Int64, for address: AddressKey) -> Bool {
        waiting[address]?.members.contains(origin) ?? false
    }

    mutating func begin(at address: AddressKey?) {
        if let address { inFlight[address, default: 0] += 1 }
    }

    mutating func end(at address: AddressKey?) {
        guard let address, let count = inFlight[address] else { return }
        inFlight[address] = count > 1 ? count - 1 : nil
    }

    /// The request that is counted there goes on to `next`.
    mutating func move(_ place: AddressPlace, to next: AddressKey) -> AddressPlace {
        let keepsPlace = !hasRoom(at: next)
        begin(at: next)
        end(at: place.held)
        if !keepsPlace { end(at: place.address) }
        return AddressPlace(next, held: keepsPlace ? place.address : nil)
    }

    /// The request that is counted there has ended.
    mutating func end(at place: AddressPlace) {
        end(at: place.address)
        end(at: place.held)
    }

    /// Takes the first that waits off the list.
    mutating func nextWaiting(at address: AddressKey?) -> Int64? {
        guard let address, let next = waiting[address]?.order.popFirst() else { return nil }
        waiting[address]?.members.remove(next)
        if waiting[address]?.order.isEmpty ?? false { waiting[address] = nil }
        return next
    }

    /// `first`: it had been offered a place that another took.
    mutating func wait(_ origin: Int64, for address: AddressKey?, _ text: IPAddress?, first: Bool) {
        guard let address, waiting[address, default: Line()].members.insert(origin).inserted else { return }
        if let text { waiting[address]?.address = text }
        if first { waiting[address]?.order.prepend(origin) } else { waiting[address]?.order.append(origin) }
    }

    /// The one that most origins wait for, of those that are known as people write them; nil = none.
    var busiest: BusyAddress? {
        guard let (key, line) = waiting.max(by: { $0.value.members.count < $1.value.members.count }),
            let address = line.address
        else { return nil }
        return BusyAddress(address: address, origins: line.members.count, inFlight: count(at: key))
    }

    /// A new limit: everybody who waits has to be looked at.
    mutating func release() -> [Int64] {
        defer { waiting = [:] }
        return waiting.values.flatMap { $0.order }
    }
}
