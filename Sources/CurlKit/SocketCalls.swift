internal import CCurl
internal import Glibc

/// The system calls that give a worker its sockets and watch them. A test puts others in their place, to see what their
/// failures lead to.
package struct SocketCalls: Sendable {
    /// socket(2): family, type, protocol.
    package var socket: @Sendable (Int32, Int32, Int32) -> Result<Int32, SocketFault>
    /// epoll_ctl(2): set, operation, descriptor, `events` and `data` of what it is to be watched for; nil = it worked.
    package var control: @Sendable (Int32, Int32, Int32, UInt32, UInt64) -> SocketFault?

    /// EPOLL_CTL_DEL.
    package static let forget = EPOLL_CTL_DEL

    /// The kernel's own.
    package init() {
        socket = { family, type, number in
            let made = Glibc.socket(family, type, number)
            return made >= 0 ? .success(made) : .failure(SocketFault(errno: errno))
        }
        control = { set, operation, descriptor, events, data in
            var event = epoll_event()
            event.events = events
            event.data.u64 = data
            return epoll_ctl(set, operation, descriptor, &event) == 0 ? nil : SocketFault(errno: errno)
        }
    }
}

/// Why the kernel did not do what it was asked for.
package struct SocketFault: Error, Sendable, Hashable {
    package let errno: Int32

    package init(errno: Int32) { self.errno = errno }
}
