internal import CrawlCore
internal import CurlKit

/// The connections of a worker, and which request is on which: libcurl tells a request's two ends when it is about to be
/// sent, and nothing of the socket.
///
/// Touched on the worker's queue only; `book` from any thread.
final class WireConnections {
    let book: SocketBook
    private let closing: Closing
    private var bySocket: [Int32: WireConnection] = [:]
    private var byEnds: [UInt64: WireConnection] = [:]

    private let maxIdle: Int
    private let turn: Int64
    /// Connections that stand, with no request on them. One that no request was sent over may never have stood, and libcurl
    /// does not tell when it closes such a one: see `SocketBook`.
    private(set) var idle = 0
    /// Requests under way that may leave theirs behind.
    var promised = 0
    private var byAddress: [IPAddress: AtAddress] = [:]

    /// libcurl keeps those of one address together, whichever name they are for, and looks through all of them before each
    /// request there, with a system call for each that is idle: beyond so many of other origins, and those in flight, none is kept.
    static let mostOfOthers = 32

    private struct AtAddress {
        var count = 0
        var byOrigin: [Int64: Int] = [:]
    }

    /// What the book tells; apart from the rest because libcurl closes the last sockets while its worker goes away.
    ///
    /// `@unchecked Sendable`: libcurl closes sockets on the worker's queue only.
    private final class Closing: @unchecked Sendable {
        weak var connections: WireConnections?
    }

    /// See `WorkerCommons`.
    init(calls: SocketCalls, maxIdle: Int, turn: Int64) {
        let closing = Closing()
        self.closing = closing
        self.maxIdle = maxIdle
        self.turn = turn
        book = SocketBook(calls: calls) { closing.connections?.forget($0, hasStalled: $1, hasSent: $2) }
        closing.connections = self
    }

    /// Why we ended it.
    func marks(of connection: WireConnection) -> FetchResult.Flags {
        if book.hasStalled(connection.id) { connection.marks.insert(.stalledInParser) }
        return connection.marks
    }

    subscript(socket: Int32) -> WireConnection? { bySocket[socket] }

    var all: some Collection<WireConnection> { bySocket.values }

    /// A new one to `address`, for a request of `origin`; the arguments of socket(2). Throws its errno.
    func open(
        for origin: Int64, to address: IPAddress?, _ family: Int32, _ type: Int32, _ number: Int32
    ) throws(SocketFault) -> WireConnection {
        let connection = WireConnection(id: try book.open(family, type, number), origin: origin, turn: turn)
        connection.address = address
        // One with this number has gone without a word.
        if let gone = bySocket[connection.id.socket] { drop(gone) }
        bySocket[connection.id.socket] = connection
        if let address { count(address, origin, 1) }
        return connection
    }

    /// One more request may leave its connection behind. If every one of them does, no more than `maxIdle` are idle;
    /// libcurl's own bound would make it look through all of them each time.
    var mayKeepAnother: Bool { idle + promised < maxIdle }

    /// The same at that address, as far as other origins' connections go.
    func mayKeepAnother(at address: IPAddress, of origin: Int64) -> Bool {
        guard let there = byAddress[address] else { return true }
        return there.count - (there.byOrigin[origin] ?? 0) < Self.mostOfOthers
    }

    private func count(_ address: IPAddress, _ origin: Int64, _ change: Int) {
        var there = byAddress[address] ?? AtAddress()
        there.count += change
        let own = (there.byOrigin[origin] ?? 0) + change
        there.byOrigin[origin] = own > 0 ? own : nil
        byAddress[address] = there.count > 0 ? there : nil
    }

    /// A request is on it from now on.
    func enter(_ slot: UnsafeMutablePointer<Slot>, _ connection: WireConnection) {
        noteIdle(connection, false)
        connection.enter(slot)
    }

    /// The request is over, or on another connection.
    func leave(_ slot: UnsafeMutablePointer<Slot>, _ connection: WireConnection) {
        connection.leave(slot)
        release(connection)
    }

    /// It may have no request any more: it is idle then, or has gone if it never stood.
    func release(_ connection: WireConnection) {
        guard connection.slots.isEmpty, bySocket[connection.id.socket] === connection else { return }
        guard connection.key == nil else { return noteIdle(connection, true) }
        if book.forget(connection.id) { drop(connection) }
    }

    private func noteIdle(_ connection: WireConnection, _ isIdle: Bool) {
        guard connection.isIdle != isIdle else { return }
        connection.isIdle = isIdle
        idle += isIdle ? 1 : -1
    }

    /// Those with no request on them end. libcurl finds that when it next looks, at most a second and a request later,
    /// and closes them.
    func shutIdle() {
        for connection in bySocket.values where connection.isIdle { book.shut(connection.id) }
    }

    /// The one with these ends, among those that requests were sent over; nil = there is none.
    func find(_ ends: UInt64) -> WireConnection? { byEnds[ends] }

    /// A request is sent over it for the first time.
    func name(_ connection: WireConnection, _ ends: UInt64) {
        if let key = connection.key { byEnds[key] = nil }
        connection.key = ends
        byEnds[ends] = connection
    }

    /// Those of `origin` that serve no request now are used no more.
    func leave(_ origin: Int64) {
        for connection in bySocket.values where connection.origin == origin && connection.isIdle {
            book.shut(connection.id)
        }
    }

    private func forget(_ socket: Int32, hasStalled: Bool, hasSent: Bool) {
        guard let connection = bySocket[socket] else { return }
        if hasStalled { connection.marks.insert(.stalledInParser) }
        if connection.key == nil { connection.isUnsent = !hasSent }
        drop(connection)
    }

    private func drop(_ connection: WireConnection) {
        bySocket[connection.id.socket] = nil
        noteIdle(connection, false)
        if let address = connection.address { count(address, connection.origin, -1) }
        guard let key = connection.key else { return }
        if byEnds[key] === connection { byEnds[key] = nil }
    }
}
