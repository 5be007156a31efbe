import CrawlTesting
import Glibc
import Synchronization
import Testing

@testable import CurlKit

/// Sockets that are shut from another thread than the one that closes them.
struct SocketBookTests {
    @Test("a number that came back with another socket is not hit")
    func anotherLife() throws {
        let book = SocketBook()
        let first = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        book.close(first.socket)
        let second = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #expect(first.socket == second.socket, "nobody else opens descriptors meanwhile")
        #expect(!book.stall(first) && !book.shut(first) && book.taken(first) == nil)
        #expect(!book.hasStalled(first) && !book.hasStalled(second) && book.has(second))
        book.close(second.socket)
    }

    @Test("whether a packet went out on a socket is known while it is open, an answer or not")
    func sent() throws {
        let book = SocketBook()
        let idle = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #expect(book.hasSent(idle) == false)
        let refused = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        // Nobody listens on port 9.
        #expect(!Loopback.connect(refused, to: 9))
        #expect(book.hasSent(refused) == true)
        for id in [idle, refused] { book.close(id.socket) }
        #expect(book.hasSent(refused) == nil)
    }

    @Test("libcurl closed it without a word, and its number is somebody else's: nothing happens to that")
    func goneWithoutAWord() throws {
        let book = SocketBook()
        let id = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var pair: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        // In one step, so that nobody else gets the number.
        #expect(dup2(pair[0], id.socket) == id.socket)
        close(pair[0])
        #expect(!book.shut(id) && !book.stall(id) && !book.has(id))
        #expect(book.taken(id) == nil && book.localPort(id) == 0 && book.count == 1)
        book.close(id.socket)
        #expect(book.count == 0)
        var byte: UInt8 = 7
        #expect(send(id.socket, &byte, 1, 0) == 1 && recv(pair[1], &byte, 1, 0) == 1)
        close(id.socket)
        close(pair[1])
    }

    @Test("only what has gone is forgotten")
    func forgets() throws {
        let book = SocketBook()
        let id = try book.open(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #expect(!book.forget(id) && book.count == 1)
        var pair: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        #expect(dup2(pair[0], id.socket) == id.socket)
        #expect(book.forget(id) && book.count == 0)
        for descriptor in pair + [id.socket] { close(descriptor) }
    }

    @Test("whoever is told that it is closed is told that it was stalled")
    func tellsOfStall() throws {
        let told = Mutex<[Bool]>([])
        let book = SocketBook { _, hasStalled, _ in told.withLock { $0.append(hasStalled) } }
        let peer = try FloodingPeer([.page])
        for stalls in [true, false] {
            let id = try #require(Loopback.connect(book, to: peer.port))
            if stalls { book.stall(id) }
            book.close(id.socket)
        }
        #expect(told.withLock { $0 } == [true, false])
        peer.stop()
    }

    @Test("what is asked last decides")
    func unwanted() throws {
        let book = SocketBook()
        let peer = try FloodingPeer([.page])
        let id = try #require(Loopback.connect(book, to: peer.port))
        #expect(!book.stall(id) { false } && !book.hasStalled(id))
        #expect(book.stall(id) { true } && book.hasStalled(id))
        var byte: UInt8 = 0
        #expect(recv(id.socket, &byte, 1, 0) == 0)
        book.close(id.socket)
        #expect(!book.hasStalled(id))
        peer.stop()
    }
}

enum Loopback {
    /// A connection of the book's to a port of this machine.
    static func connect(_ book: SocketBook, to port: Int) -> SocketBook.ID? {
        guard let id = try? book.open(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) else {
            return nil
        }
        return connect(id, to: port) ? id : nil
    }

    static func connect(_ id: SocketBook.ID, to port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(id.socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
