internal import CTCP
internal import Glibc
internal import Synchronization

/// The sockets of a worker's connections, from socket(2) to close(2). Closing and shutting hold one lock, and a number that
/// the kernel has given to somebody else meanwhile is never hit.
///
/// libcurl 7.88.1 closes a socket that is still connecting (its time is over, its request is cancelled, another address
/// was faster) without a word to anybody. So each is known by what the kernel calls it for good (SO_COOKIE), and that is
/// compared before anything is done to the number. A connection that stands is closed here only; of the others `forget`
/// takes those out that have gone.
///
/// From any thread. libcurl's callbacks reach it through a pointer, so that it has to outlive every connection.
package final class SocketBook: Sendable {
    /// One socket in its life; the number alone comes back with the next one.
    package struct ID: Sendable, Hashable {
        package let socket: Int32
        /// Its SO_COOKIE; 0 = the kernel did not tell, and nothing is ever done to it but closing.
        let life: UInt64
    }

    /// Bytes of its stream that the reader of a socket has taken since it was opened; more may have come in while it was
    /// looked at.
    package struct Taken: Sendable, Hashable {
        package let least: Int64
        package let most: Int64

        /// Some were taken between an earlier look and this one, for sure.
        package func hasRisen(since earlier: Taken) -> Bool { least > earlier.most }
    }

    private struct Book {
        var lives: [Int32: UInt64] = [:]
        /// Of those, the ones that `stall` has shut.
        var stalled: Set<Int32> = []

        /// The number is still that socket's: asked of the kernel.
        func has(_ id: ID) -> Bool {
            id.life != 0 && lives[id.socket] == id.life && ctcp_cookie(id.socket) == id.life
        }

        /// Returns whether it was stalled.
        mutating func forget(_ socket: Int32) -> Bool {
            lives[socket] = nil
            return stalled.remove(socket) != nil
        }
    }

    private let book = Mutex(Book())
    /// There was one in its life: `hasStalled` is asked for each answer.
    private let hasAnyStalled = Atomic<Bool>(false)
    private let calls: SocketCalls
    private let onClose: @Sendable (_ socket: Int32, _ hasStalled: Bool, _ hasSent: Bool) -> Void

    /// `onClose` is told of each socket that libcurl closes, whether `stall` had shut it, and whether a packet went out on it
    /// (true if that is not known), right after that, on libcurl's thread.
    package init(
        calls: SocketCalls = SocketCalls(),
        onClose: @escaping @Sendable (_ socket: Int32, _ hasStalled: Bool, _ hasSent: Bool) -> Void = { _, _, _ in }
    ) {
        self.calls = calls
        self.onClose = onClose
    }

    /// The arguments of socket(2). Throws its errno.
    package func open(_ family: Int32, _ type: Int32, _ number: Int32) throws(SocketFault) -> ID {
        let made = try calls.socket(family, type, number).get()
        return book.withLock { book in
            // One with this number has gone without a word.
            _ = book.forget(made)
            let id = ID(socket: made, life: ctcp_cookie(made))
            book.lives[made] = id.life
            return id
        }
    }

    /// It connects for 3 s at most, not for two minutes: one SYN is sent again (TCP_SYNCNT, tcp(7)).
    package static func triesOnce(_ socket: Int32) {
        var retries: Int32 = 1
        _ = setsockopt(socket, Int32(IPPROTO_TCP), TCP_SYNCNT, &retries, socklen_t(MemoryLayout<Int32>.size))
    }

    func close(_ socket: Int32) {
        let (hasStalled, hasSent) = book.withLock { book in
            let life = book.lives[socket] ?? 0
            var hasSent = true
            // Else it is somebody else's by now.
            if life == 0 || ctcp_cookie(socket) == life {
                hasSent = ctcp_packets_sent(socket) != 0
                _ = Glibc.close(socket)
            }
            return (book.forget(socket), hasSent)
        }
        onClose(socket, hasStalled, hasSent)
    }

    /// Takes out one that was closed by others; nothing happens to one that is open. Returns whether it is out.
    package func forget(_ id: ID) -> Bool {
        book.withLock { book in
            guard book.lives[id.socket] == id.life else { return true }
            guard !book.has(id) else { return false }
            _ = book.forget(id.socket)
            return true
        }
    }

    /// Why the kernel would give no socket now; nil = it would.
    package var lack: Int32? {
        switch calls.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) {
        case .failure(let fault): return fault.errno
        case .success(let made):
            _ = Glibc.close(made)
            return nil
        }
    }

    /// How many are open, or were closed by others and not forgotten yet.
    package var count: Int { book.withLock { $0.lives.count } }

    /// In no order.
    package var all: [ID] { book.withLock { $0.lives.map { ID(socket: $0.key, life: $0.value) } } }

    /// Still open, and the same.
    package func has(_ id: ID) -> Bool { book.withLock { $0.has(id) } }

    /// nil = it is closed, or no TCP connection.
    package func taken(_ id: ID) -> Taken? {
        book.withLock { book in
            guard book.has(id) else { return nil }
            var (least, most): (Int64, Int64) = (0, 0)
            guard ctcp_bytes_taken(id.socket, &least, &most) else { return nil }
            return Taken(least: least, most: most)
        }
    }

    /// 0 = it is closed, or has none.
    package func localPort(_ id: ID) -> UInt16 {
        book.withLock { book in
            guard book.has(id) else { return 0 }
            return ctcp_local_port(id.socket)
        }
    }

    /// A packet went out on it; nil = it is closed, or no TCP connection.
    package func hasSent(_ id: ID) -> Bool? {
        book.withLock { book in
            guard book.lives[id.socket] == id.life else { return nil }
            let packets = ctcp_packets_sent(id.socket)
            return packets < 0 ? nil : packets > 0
        }
    }

    /// Nothing comes in or goes out any more; libcurl finds it ended at its next look. False = it is closed already.
    @discardableResult
    package func shut(_ id: ID) -> Bool {
        book.withLock { book in
            guard book.has(id) else { return false }
            return shutdown(id.socket, Int32(SHUT_RDWR)) == 0
        }
    }

    /// Shuts a socket that keeps libcurl from returning, and remembers that until it is closed. `isWanted` is asked at the
    /// last moment: false = nothing happens. Returns whether it was shut.
    @discardableResult
    package func stall(_ id: ID, if isWanted: () -> Bool = { true }) -> Bool {
        book.withLock { book in
            guard book.has(id), isWanted() else { return false }
            book.stalled.insert(id.socket)
            hasAnyStalled.store(true, ordering: .releasing)
            return shutdown(id.socket, Int32(SHUT_RDWR)) == 0
        }
    }

    /// It is open, and `stall` has shut it.
    package func hasStalled(_ id: ID) -> Bool {
        guard hasAnyStalled.load(ordering: .acquiring) else { return false }
        return book.withLock { $0.lives[id.socket] == id.life && $0.stalled.contains(id.socket) }
    }
}
