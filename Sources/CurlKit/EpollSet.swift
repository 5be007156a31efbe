internal import CCurl
internal import Glibc

/// The sockets of a worker in one epoll descriptor, which Dispatch watches as a whole: one event of Dispatch drains
/// hundreds of sockets. Level-triggered, so nothing is lost that is not read at once.
package final class EpollSet {
    /// How many events one `wait` takes.
    package static let capacity = 256

    package let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private let calls: SocketCalls

    /// nil if the kernel has no descriptor left.
    package init?(calls: SocketCalls = SocketCalls()) {
        self.calls = calls
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
        if descriptor < 0 { return nil }
    }

    deinit {
        events.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// `owner` comes back with the socket's events. Returns why the kernel does not watch it: nothing more would be heard
    /// of it then. nil = it does.
    package func watch(_ socket: Int32, _ interest: MultiHandle.Interest, isNew: Bool, owner: Int) -> SocketFault? {
        guard !interest.isEmpty else {
            // A closed descriptor's number comes back at once: it must not be left in the set.
            _ = calls.control(descriptor, SocketCalls.forget, socket, 0, 0)
            return nil
        }
        var events: UInt32 = 0
        if interest.contains(.read) { events |= EPOLLIN.rawValue }
        if interest.contains(.write) { events |= EPOLLOUT.rawValue }
        let data = UInt64(UInt32(bitPattern: socket)) | UInt64(owner) << 32
        let (first, second) = isNew ? (EPOLL_CTL_ADD, EPOLL_CTL_MOD) : (EPOLL_CTL_MOD, EPOLL_CTL_ADD)
        guard let fault = calls.control(descriptor, first, socket, events, data) else { return nil }
        // Whether the set has it may be other than libcurl thinks: its number may have been another socket's.
        guard fault.errno == (isNew ? EEXIST : ENOENT) else { return fault }
        return calls.control(descriptor, second, socket, events, data)
    }

    /// How often one `drain` looks for more.
    private static let looksPerDrain = 16

    /// Hands sockets that are ready to `each`, which tells whether it has served them; never waits. What is ready after
    /// so many has its turn the next time, and so has what was not served.
    package func drain(_ each: (_ socket: Int32, _ owner: Int, _ readiness: MultiHandle.Readiness) -> Bool) {
        for _ in 0..<Self.looksPerDrain {
            var isAnyServed = false
            let count = epoll_wait(descriptor, events, Int32(Self.capacity), 0)
            for i in 0..<max(0, Int(count)) {
                let event = events[i]
                var readiness: MultiHandle.Readiness = []
                if event.events & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
                if event.events & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
                if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness.insert(.failed) }
                let data = event.data.u64
                if each(Int32(bitPattern: UInt32(truncatingIfNeeded: data)), Int(data >> 32), readiness) {
                    isAnyServed = true
                }
            }
            if count < Self.capacity || !isAnyServed { return }
        }
    }
}
