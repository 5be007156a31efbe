internal import CrawlCore
internal import Glibc

/// The sockets of a `StampedServer` and what is under way on them; lives on its thread.
struct StampedLoop {
    private struct Connection {
        var origin: Int
        var head: [UInt8] = []
        var firstBytes: (at: Int64, doubt: Int64)?
        /// The request that is open, and when it is to be answered.
        var open: (request: Int, at: Int64, answer: StampedAnswer)?
    }

    private let wake: CInt
    private let listeners: [CInt]
    private let behaviour: StampedServer.Behaviour
    private var connections: [CInt: Connection] = [:]
    private var numbers: [Int]
    private var requests: [StampedRequest] = []
    private var changed: Set<Int> = []
    private var steps = 0
    /// When the wait before the present turn began: what was not there then came since.
    private var waitBegan = Arrival.now()

    init(wake: CInt, listeners: [CInt], behaviour: @escaping StampedServer.Behaviour) {
        self.wake = wake
        self.listeners = listeners
        self.behaviour = behaviour
        numbers = listeners.map { _ in 0 }
    }

    /// Waits until something is to be done, and does it. Connections that stand go before new ones: a client that was
    /// killed is gone before its successor is served.
    mutating func turn() {
        var sockets = ([wake] + listeners + connections.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let next = connections.values.compactMap(\.open?.at).min()
        waitBegan = Arrival.now()
        let wait = next.map { Int32(clamping: max(0, $0 - waitBegan + 999_999) / 1_000_000) } ?? -1
        guard poll(&sockets, nfds_t(sockets.count), wait) >= 0 else { return }
        let ready = sockets.filter { $0.revents != 0 }.map(\.fd)
        for socket in ready where connections[socket] != nil { read(socket) }
        for (origin, listener) in listeners.enumerated() where ready.contains(listener) {
            while case let socket = accept(listener, nil, nil), socket >= 0 {
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                Arrival.stamp(socket)
                var yes: CInt = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
                connections[socket] = Connection(origin: origin)
                read(socket)
            }
        }
        let now = Arrival.now()
        let due = connections.filter { $0.value.open.map { $0.at <= now } ?? false }
        for socket in due.keys { answer(socket) }
    }

    /// Brings what others see up to date.
    mutating func publish(_ seen: inout [StampedRequest]) {
        for number in changed.sorted() {
            if seen.indices.contains(number) { seen[number] = requests[number] } else { seen.append(requests[number]) }
        }
        changed = []
    }

    func close() { for socket in [wake] + listeners + connections.keys { Glibc.close(socket) } }

    private mutating func read(_ socket: CInt) {
        while let arrival = Arrival.read(socket, readyAfter: waitBegan) {
            guard !arrival.bytes.isEmpty else { return hangUp(socket) }
            guard var connection = connections[socket] else { return }
            connection.firstBytes = connection.firstBytes ?? (arrival.at, arrival.doubt)
            connection.head += arrival.bytes
            if connection.head.suffix(4).elementsEqual("\r\n\r\n".utf8) { begin(&connection) }
            connections[socket] = connection
        }
    }

    private mutating func begin(_ connection: inout Connection) {
        let words = String(decoding: connection.head.prefix { $0 != 13 }, as: UTF8.self).split(separator: " ")
        let path = words.count > 1 ? String(words[1]) : ""
        let (at, doubt) = connection.firstBytes ?? (Arrival.now(), 0)
        let answer = behaviour(connection.origin, numbers[connection.origin], path)
        numbers[connection.origin] += 1
        steps += 1
        changed.insert(requests.count)
        connection.open = (requests.count, at + answer.after.ms * 1_000_000, answer)
        requests.append(
            StampedRequest(origin: connection.origin, path: path, arrivedAt: at, doubt: doubt, began: steps))
        connection.head = []
        connection.firstBytes = nil
    }

    private mutating func answer(_ socket: CInt) {
        guard let (request, _, answer) = connections[socket]?.open else { return }
        end(request)
        requests[request].answer = answer
        connections[socket]?.open = nil
        let (monotonic, wall) = Arrival.bothClocks()
        requests[request].answeredAt = monotonic
        requests[request].answeredAtWall = wall
        let bytes = answer.bytes(now: Int(wall / 1_000_000_000))
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard answer.closes else { return }
        Glibc.close(socket)
        connections[socket] = nil
    }

    private mutating func hangUp(_ socket: CInt) {
        if let open = connections[socket]?.open { end(open.request) }
        Glibc.close(socket)
        connections[socket] = nil
    }

    private mutating func end(_ request: Int) {
        steps += 1
        requests[request].ended = steps
        changed.insert(request)
    }
}
