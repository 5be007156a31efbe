internal import CTCP
internal import Glibc
internal import Synchronization

/// The sockets of a worker's connections, from socket(2) to close(2). Nobody else closes them, and closing and shutting
/// hold one lock: a number that the kernel has given to somebody else meanwhile is never hit.
///
/// From any thread. libcurl's callbacks reach it through a pointer, so that it has to outlive every connection.
package final class SocketBook: Sendable {
    /// One socket in its life; the number alone comes back with the next one.
    package struct ID: Sendable, Hashable {
        package let socket: Int32
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
        var last: UInt64 = 0
        /// Open ones that `stall` has shut.
        var stalled: Set<Int32> = []
    }

    private let book = Mutex(Book())
    /// There was one in its life: `hasStalled` is asked for each answer.
    private let hasAnyStalled = Atomic<Bool>(false)
    private let calls: SocketCalls
    private let onClose: @Sendable (Int32) -> Void

    /// `onClose` is told of each socket that libcurl closes, before that, on libcurl's thread.
    package init(calls: SocketCalls = SocketCalls(), onClose: @escaping @Sendable (Int32) -> Void = { _ in }) {
        self.calls = calls
        self.onClose = onClose
    }

    /// The arguments of socket(2). Throws its errno.
    package func open(_ family: Int32, _ type: Int32, _ number: Int32) throws(SocketFault) -> ID {
        let made = try calls.socket(family, type, number).get()
        return book.withLock { book in
            book.last += 1
            book.lives[made] = book.last
            return ID(socket: made, life: book.last)
        }
    }

    func close(_ socket: Int32) {
        onClose(socket)
        book.withLock { book in
            book.lives[socket] = nil
            book.stalled.remove(socket)
            _ = Glibc.close(socket)
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

    /// How many are open.
    package var count: Int { book.withLock { $0.lives.count } }

    /// In no order.
    package var all: [ID] { book.withLock { $0.lives.map { ID(socket: $0.key, life: $0.value) } } }

    /// Still open, and the same.
    package func has(_ id: ID) -> Bool { book.withLock { $0.lives[id.socket] == id.life } }

    /// nil = it is closed, or no TCP connection.
    package func taken(_ id: ID) -> Taken? {
        book.withLock { book in
            guard book.lives[id.socket] == id.life else { return nil }
            var (least, most): (Int64, Int64) = (0, 0)
            guard ctcp_bytes_taken(id.socket, &least, &most) else { return nil }
            return Taken(least: least, most: most)
        }
    }

    /// 0 = it is closed, or has none.
    package func localPort(_ id: ID) -> UInt16 {
        book.withLock { book in
            guard book.lives[id.socket] == id.life else { return 0 }
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
            guard book.lives[id.socket] == id.life else { return false }
            return shutdown(id.socket, Int32(SHUT_RDWR)) == 0
        }
    }

    /// Shuts a socket that keeps libcurl from returning, and remembers that until it is closed. `isWanted` is asked at the
    /// last moment: false = nothing happens. Returns whether it was shut.
    @discardableResult
    package func stall(_ id: ID, if isWanted: () -> Bool = { true }) -> Bool {
        book.withLock { book in
            guard book.lives[id.socket] == id.life, isWanted() else { return false }
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
