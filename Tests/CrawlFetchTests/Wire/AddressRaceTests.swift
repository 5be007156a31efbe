import CrawlCore
import CrawlTesting
import Glibc
import Testing

@testable import CrawlFetch
@testable import CurlKit

/// A name with addresses of two families: libcurl opens a socket to the one, and to the other if that takes long.
struct AddressRaceTests {
    @Test("a request is on the socket that it is sent over, whichever it opened first", arguments: [0, 1])
    func winner(_ wins: Int) throws {
        var limits = FetchLimits()
        limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        let commons = WorkerCommons(calls: SocketCalls(), maxIdle: 4)
        let maker = try HandleMaker(limits, commons)
        let slot = try #require(UnsafeMutablePointer<Slot>.make(maker, limits, commons))
        let peer = try FloodingPeer([.page])
        slot.pointee.begin(ticket: 1, at: Instant(ms: 0), 0)
        let sockets = (0..<2).map { _ in
            slot.pointee.makeSocket(
                to: IPAddress(v4: 0x7F00_0001), AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        let opened = sockets.compactMap { commons.connections[$0] }
        try #require(opened.count == 2)
        #expect(Loopback.connect(opened[wins].id, to: peer.port))
        let port = Int32(commons.connections.book.localPort(opened[wins].id))
        let maySend = slot.pointee.noteEnds("127.0.0.1", remotePort: Int32(peer.port), localPort: port)
        #expect(maySend)
        #expect(slot.pointee.connection === opened[wins])
        #expect(slot.pointee.rivals.isEmpty)
        #expect(opened[wins].slots == [slot] && opened[1 - wins].slots.isEmpty)

        slot.pointee.leaveConnection()
        for socket in sockets { commons.connections.book.close(socket) }
        slot.pointee.free()
        slot.deinitialize(count: 1)
        slot.deallocate()
        peer.stop()
    }
}
