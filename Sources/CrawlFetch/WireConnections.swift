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
    /// Connections with no request on them.
    private(set) var idle = 0
    /// Requests under way that may leave theirs behind.
    var promised = 0

    /// What the book tells; apart from the rest because libcurl closes the last sockets while its worker goes away.
    ///
    /// `@unchecked Sendable`: libcurl closes sockets on the worker's queue only.
    private final class Closing: @unchecked Sendable {
        weak var connections: WireConnections?
    }

    /// See `WorkerCommons`.
    init(calls: SocketCalls, maxIdle: Int) {
        let closing = Closing()
        self.closing = closing
        self.maxIdle = maxIdle
        book = SocketBook(calls: calls) { closing.connections?.forget($0) }
        closing.connections = self
    }

    /// Why we ended it.
    func marks(of connection: WireConnection) -> FetchResult.Flags {
        if book.hasStalled(connection.id) { connection.marks.insert(.stalledInParser) }
        return connection.marks
    }

    subscript(socket: Int32) -> WireConnection? { bySocket[socket] }

    var all: some Collection<WireConnection> { bySocket.values }

    /// A new one, for a request of `origin`; the arguments of socket(2). Throws its errno.
    func open(for origin: Int64, _ family: Int32, _ type: Int32, _ number: Int32) throws(SocketFault) -> WireConnection
    {
        let connection = WireConnection(id: try book.open(family, type, number), origin: origin)
        bySocket[connection.id.socket] = connection
        return connection
    }

    /// One more request may leave its connection behind. If every one of them does, no more than `maxIdle` are idle;
    /// libcurl's own bound would make it look through all of them each time.
    var mayKeepAnother: Bool { idle + promised < maxIdle }

    /// A request is on it from now on.
    func enter(_ slot: UnsafeMutablePointer<Slot>, _ connection: WireConnection) {
        if connection.slots.isEmpty, connection.isEntered { idle -= 1 }
        connection.enter(slot)
    }

    /// The request is over, or on another connection.
    func leave(_ slot: UnsafeMutablePointer<Slot>, _ connection: WireConnection) {
        connection.leave(slot)
        if connection.slots.isEmpty, bySocket[connection.id.socket] === connection { idle += 1 }
    }

    /// Those with no request on them end. libcurl finds that when it next looks, at most a second and a request later,
    /// and closes them.
    func shutIdle() {
        for connection in bySocket.values where connection.slots.isEmpty { book.shut(connection.id) }
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
        for connection in bySocket.values where connection.origin == origin && connection.slots.isEmpty {
            book.shut(connection.id)
        }
    }

    private func forget(_ socket: Int32) {
        guard let connection = bySocket.removeValue(forKey: socket) else { return }
        // The book forgets it with the socket.
        _ = marks(of: connection)
        if connection.key == nil { connection.isUnsent = book.hasSent(connection.id) == false }
        if connection.slots.isEmpty, connection.isEntered { idle -= 1 }
        guard let key = connection.key else { return }
        if byEnds[key] === connection { byEnds[key] = nil }
    }
}
