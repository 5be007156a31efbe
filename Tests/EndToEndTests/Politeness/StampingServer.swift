import Glibc
import Synchronization

/// Many origins on one thread that does nothing but poll, so that it knows well when a request came: each is stamped
/// with the moment it was seen and with the one at which it was not there yet. `@unchecked Sendable`: the sockets are
/// touched by the thread only, the log and the script through locks.
final class StampingServer: @unchecked Sendable {
    struct Arrival: Sendable {
        var origin: Int
        var path: String
        /// It was not there yet; nanoseconds of the monotonic clock, as all times here.
        var notBefore: UInt64
        var seenAt: UInt64
        var answeredAt: UInt64?
        var status = 0
        /// Requests open at the origin and at its address, this one included.
        var openAtOrigin = 0
        var openAtAddress = 0
    }

    struct Answer: Sendable {
        var status = 200
        var headers = ""
        var body = "page"
        var afterMs: UInt64 = 0
        var closes = false
    }

    private struct Connection {
        var origin: Int
        var buffer: [UInt8] = []
        var arrival: Int?
        var answer: Answer?
        var due: UInt64 = 0
    }

    let ports: [UInt16]
    let addresses: [String]
    private let script: @Sendable (_ origin: Int, _ path: String, _ number: Int) -> Answer
    private let log = Mutex<[Arrival]>([])
    private let isStopped = Atomic(false)
    private var listeners: [CInt] = []
    private var connections: [CInt: Connection] = [:]
    private var counts: [Int]

    /// `script` gives the answer to the origin's request with that number, from 0.
    init(addresses: [String], script: @escaping @Sendable (Int, String, Int) -> Answer) {
        self.addresses = addresses
        self.script = script
        counts = [Int](repeating: 0, count: addresses.count)
        var ports: [UInt16] = []
        for address in addresses {
            let listener = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, address, &name.sin_addr)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                        && getsockname(listener, $0, &length) == 0
                }
            }
            precondition(isBound, "no port at \(address)")
            listeners.append(listener)
            ports.append(UInt16(bigEndian: name.sin_port))
        }
        self.ports = ports
    }

    func url(_ origin: Int, _ path: String = "") -> String { "http://\(addresses[origin]):\(ports[origin])\(path)" }

    var arrivals: [Arrival] { log.withLock { $0 } }
    var count: Int { log.withLock { $0.count } }

    func start() {
        var thread = pthread_t()
        let me = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<StampingServer>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, me)
        pthread_detach(thread)
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: The thread

    private func run() {
        var before = Self.now
        while !isStopped.load(ordering: .relaxed) {
            var sockets = listeners.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            sockets += connections.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // Never longer than 1 ms: between two looks a request cannot hide.
            _ = poll(&sockets, nfds_t(sockets.count), 1)
            let now = Self.now
            for (index, ready) in sockets.enumerated() where ready.revents != 0 {
                if index < listeners.count { accept(at: index) } else { read(ready.fd, before, now) }
            }
            for (descriptor, connection) in connections where connection.answer != nil && connection.due <= now {
                send(descriptor)
            }
            before = now
        }
        for descriptor in listeners + Array(connections.keys) { close(descriptor) }
    }

    private func accept(at origin: Int) {
        while true {
            let descriptor = Glibc.accept(listeners[origin], nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            var on: CInt = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            connections[descriptor] = Connection(origin: origin)
        }
    }

    private func read(_ descriptor: CInt, _ before: UInt64, _ now: UInt64) {
        guard var connection = connections[descriptor] else { return }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let got = recv(descriptor, &bytes, bytes.count, 0)
        guard got > 0 else {
            if got == 0 || errno != EAGAIN { drop(descriptor) }
            return
        }
        connection.buffer += bytes.prefix(got)
        let text = String(decoding: connection.buffer, as: UTF8.self)
        if connection.arrival == nil {
            let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let origin = connection.origin
            let number = counts[origin]
            counts[origin] += 1
            var answer = script(origin, path, number)
            let open = connections.values.filter { $0.arrival != nil }
            let arrival = Arrival(
                origin: origin, path: path, notBefore: before, seenAt: now, status: answer.status,
                openAtOrigin: 1 + open.filter { $0.origin == origin }.count,
                openAtAddress: 1 + open.filter { addresses[$0.origin] == addresses[origin] }.count)
            connection.arrival = log.withLock { log in
                log.append(arrival)
                return log.count - 1
            }
            connection.due = now + answer.afterMs * 1_000_000
            if text.contains("onnection: close") { answer.closes = true }
            connection.answer = answer
        }
        connections[descriptor] = connection
    }

    private func send(_ descriptor: CInt) {
        guard var connection = connections[descriptor], let answer = connection.answer else { return }
        let text = """
            HTTP/1.1 \(answer.status) Told\r\nContent-Length: \(answer.body.utf8.count)\r\n\(answer.headers)\r\n\
            \(answer.body)
            """
        let bytes = Array(text.utf8)
        let now = Self.now
        log.withLock { if let arrival = connection.arrival { $0[arrival].answeredAt = now } }
        let sent = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        connection.arrival = nil
        connection.answer = nil
        connection.buffer = []
        connections[descriptor] = connection
        if answer.closes || sent != bytes.count { drop(descriptor) }
    }

    private func drop(_ descriptor: CInt) {
        connections[descriptor] = nil
        close(descriptor)
    }
}
