internal import CrawlCore
internal import CurlKit

/// One TCP connection of a worker, from its socket to its end, over all requests that use it.
final class WireConnection {
    let id: SocketBook.ID
    /// The origin of the request that opened it. Through a proxy it may serve others too.
    let origin: Int64
    /// Where it goes; nil = not known.
    var address: IPAddress?
    /// Requests that are on it.
    private(set) var slots: [UnsafeMutablePointer<Slot>] = []
    /// The most that were on it at a time.
    private(set) var mostSlots = 0
    /// It stands, and no request is on it: counted among those of its worker.
    var isIdle = false
    /// Why we ended it: what each of its requests is marked with; empty = we did not.
    var marks: FetchResult.Flags = []
    /// Its place among those that may be used again; nil = no request was sent over it yet.
    var key: UInt64?
    /// It was closed before a packet went out on it, not even the first of a connection.
    var isUnsent = false
    var turns: TurnAccount
    var bill = WireBill()
    /// Of one call into libcurl, until that is charged.
    var handedInCall: Int64 = 0
    /// What the present turn has cost, in nanoseconds.
    var spent: UInt64 = 0
    /// When it was looked at last, in monotonic nanoseconds.
    var lookedAt: UInt64 = 0
    /// Bytes that libcurl has given us of the answers to requests that are over.
    private var handedBefore: Int64 = 0

    /// `turn`: bytes of one, see `TurnAccount`.
    init(id: SocketBook.ID, origin: Int64, turn: Int64) {
        turns = TurnAccount(bytes: turn)
        self.id = id
        self.origin = origin
    }

    /// Bytes that libcurl has given us of all answers: heads, 1xx, bodies, trailers.
    var handed: Int64 { slots.reduce(handedBefore) { $0 + $1.pointee.handed } }

    func enter(_ slot: UnsafeMutablePointer<Slot>) {
        if slots.isEmpty { spent = 0 }
        slots.append(slot)
        mostSlots = max(mostSlots, slots.count)
    }

    /// The request is over, or on another connection.
    func leave(_ slot: UnsafeMutablePointer<Slot>) {
        guard let index = slots.firstIndex(of: slot) else { return }
        slots.remove(at: index)
        handedBefore += slot.pointee.handed
    }
}
