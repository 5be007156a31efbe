internal import Glibc

/// A port whose accept queue is full and never emptied: further connection attempts get no answer at all and time out.
package final class FullBacklog: Sendable {
    package let port: Int
    private let listener: Int32
    private let fillers: [Int32]

    /// nil if the sockets cannot be made.
    package init?() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        // A queue of 0 has room for one; the second attempt already hangs.
        var fillers: [Int32] = []
        for _ in 0..<2 where bound {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            fillers.append(filler)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, length) }
            }
            // The first is complete at once on loopback; wait for it so that no other comes before.
            if fillers.count == 1 {
                var ready = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, 1000)
            }
        }
        self.fillers = fillers
        if !bound { return nil }
    }

    deinit {
        for socket in fillers + [listener] where socket >= 0 { close(socket) }
    }
}
