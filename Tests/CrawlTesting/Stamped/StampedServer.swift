internal import CSpawn
internal import Glibc
internal import Synchronization

/// Many origins on one thread that does nothing but wait for all of their sockets: what it logs of a request is when the
/// kernel had it, and in which order arrivals and answers came. Plain HTTP/1.1, no bodies, one request at a time on a
/// connection.
package final class StampedServer: Sendable {
    /// What origin `origin` does with its `number`th request, from 0 on.
    package typealias Behaviour = @Sendable (_ origin: Int, _ number: Int, _ path: String) -> StampedAnswer

    package struct Failure: Error {
        package var call: String
        package var code: Int32
    }

    private struct Shared {
        var requests: [StampedRequest] = []
        var isStopping = false
    }

    /// `http://address:port` of each origin.
    package let origins: [String]
    private let shared = Mutex(Shared())
    /// Written to, it ends the thread's wait.
    private let wakePipe: CInt

    /// One origin for each address; those that share one have ports of their own. Ready when it returns.
    package init(addresses: [String], behaviour: @escaping Behaviour) throws {
        var listeners: [CInt] = []
        var origins: [String] = []
        for text in addresses {
            let descriptor = try Self.listen(text)
            listeners.append(descriptor)
            origins.append("http://\(text):\(SocketAddress(nearEndOf: descriptor).port)")
        }
        self.origins = origins
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { throw Failure(call: "pipe2", code: errno) }
        wakePipe = ends[1]
        DetachedThread.run { [self, listeners, wake = ends[0]] in
            var loop = StampedLoop(wake: wake, listeners: listeners, behaviour: behaviour)
            while !shared.withLock({ $0.isStopping }) {
                loop.turn()
                shared.withLock { loop.publish(&$0.requests) }
            }
            loop.close()
            Glibc.close(wakePipe)
        }
    }

    private static func listen(_ text: String) throws -> CInt {
        guard let address = SocketAddress(text, port: 0) else { throw Failure(call: "no address: \(text)", code: 0) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        // Its connections inherit it: bytes that come before they are accepted are stamped too.
        Arrival.stamp(descriptor)
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 128) == 0 else {
            throw Failure(call: "listen", code: errno)
        }
        return descriptor
    }

    /// All so far, in the order in which they came.
    package var requests: [StampedRequest] { shared.withLock { $0.requests } }

    package var count: Int { shared.withLock { $0.requests.count } }

    /// Idempotent.
    package func stop() {
        let isFirst = shared.withLock { shared in
            defer { shared.isStopping = true }
            return !shared.isStopping
        }
        if isFirst { _ = write(wakePipe, "x", 1) }
    }
}
