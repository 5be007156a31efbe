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

    /// What the book tells; apart from the rest because libcurl closes the last sockets while its worker goes away.
    ///
    /// `@unchecked Sendable`: libcurl closes sockets on the worker's queue only.
    private final class Closing: @unchecked Sendable {
        weak var connections: WireConnections?
    }

    init() {
        let closing = Closing()
        self.closing = closing
        book = SocketBook { closing.connections?.forget($0) }
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
        guard let key = connection.key else { return }
        if byEnds[key] === connection { byEnds[key] = nil }
    }
}
