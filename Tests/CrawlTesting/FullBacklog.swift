internal import Glibc

/// A port whose accept queue is full and never emptied: further connection attempts get no answer at all and time out.
package final class FullBacklog: Sendable {
    package let port: Int
    private let listener: Int32
    private let fillers: [Int32]

    /// `port` 0 = any free one. nil if the sockets cannot be made.
    package init?(address: String = "127.0.0.1", port: UInt16 = 0, on island: NetworkIsland? = nil) {
        guard let address = SocketAddress(address, port: port),
            let sockets = try? island.map({ try $0.run { Self.sockets(address) } }) ?? Self.sockets(address)
        else { return nil }
        listener = sockets.listener
        fillers = sockets.fillers
        self.port = SocketAddress(nearEndOf: listener).port
    }

    private static func sockets(_ address: SocketAddress) -> (listener: Int32, fillers: [Int32])? {
        let listener = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        address.allowForeign(listener)
        guard address.withPointer({ bind(listener, $0, $1) }) == 0, listen(listener, 0) == 0 else {
            close(listener)
            return nil
        }
        let bound = SocketAddress(nearEndOf: listener)
        // A queue of 0 has room for one; the second attempt already hangs.
        let fillers = (0..<2).map { number in
            let filler = socket(
                address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
            _ = bound.withPointer { connect(filler, $0, $1) }
            // The first is complete at once on this machine; wait for it so that no other comes before.
            if number == 0 {
                var ready = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, 1000)
            }
            return filler
        }
        return (listener, fillers)
    }

    deinit {
        for socket in fillers + [listener] { close(socket) }
    }
}
