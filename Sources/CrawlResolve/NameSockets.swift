internal import CCares
internal import Glibc

/// The sockets of all channels in one epoll descriptor, which Dispatch watches as a whole. Level-triggered, so nothing is
/// lost that is not read at once.
final class NameSockets {
    /// How many events one look takes, and how many looks one `drain`.
    private static let capacity = 64
    private static let looks = 16

    let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    /// nil if the kernel has no descriptor left.
    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
        if descriptor < 0 { return nil }
    }

    deinit {
        events.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// `owner` comes back with the socket's events. Returns the errno because of which it is not watched; 0 = it is.
    func watch(_ socket: Int32, isRead: Bool, isWritten: Bool, owner: UInt32) -> Int32 {
        var event = epoll_event()
        guard isRead || isWritten else {
            // A closed descriptor's number comes back at once: it must not be left in the set.
            _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &event)
            return 0
        }
        if isRead { event.events |= EPOLLIN.rawValue }
        if isWritten { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = UInt64(UInt32(bitPattern: socket)) | UInt64(owner) << 32
        if epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event) == 0 { return 0 }
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno
    }

    /// Hands sockets that are ready to `each`; never waits.
    func drain(_ each: (_ socket: Int32, _ owner: UInt32, _ isRead: Bool, _ isWritten: Bool) -> Void) {
        for _ in 0..<Self.looks {
            let count = Int(epoll_wait(descriptor, events, Int32(Self.capacity), 0))
            for i in 0..<max(0, count) {
                let event = events[i]
                let data = event.data.u64
                each(
                    Int32(bitPattern: UInt32(truncatingIfNeeded: data)), UInt32(truncatingIfNeeded: data >> 32),
                    event.events & ~EPOLLOUT.rawValue != 0, event.events & EPOLLOUT.rawValue != 0)
            }
            if count < Self.capacity { return }
        }
    }
}
