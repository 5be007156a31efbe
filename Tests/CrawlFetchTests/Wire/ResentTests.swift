import CrawlTesting
import Glibc
import Testing

@testable import CrawlCore
@testable import CrawlFetch
@testable import CurlKit

/// A request whose new connection fails it is sent once more by libcurl, over one that stands.
@Suite(.timeLimit(.minutes(1)))
struct ResentTests {
    private let commons = WorkerCommons(calls: SocketCalls(), maxIdle: 4)
    private let peer: FloodingPeer

    init() throws { peer = try FloodingPeer([.page]) }

    /// A request that libcurl knows nothing of.
    private func request() throws -> UnsafeMutablePointer<Slot> {
        var limits = FetchLimits()
        limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        let slot = try #require(UnsafeMutablePointer<Slot>.make(try HandleMaker(limits, commons), limits, commons))
        slot.pointee.begin(ticket: 1, at: Instant(ms: 0), 0)
        return slot
    }

    /// It is sent over a connection of its own.
    private func open(_ slot: UnsafeMutablePointer<Slot>) throws -> WireConnection {
        let socket = slot.pointee.makeSocket(
            to: IPAddress(v4: 0x7F00_0001), AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let connection = try #require(commons.connections[socket])
        #expect(Loopback.connect(connection.id, to: peer.port))
        send(slot, over: connection)
        #expect(slot.pointee.connection === connection)
        return connection
    }

    private func send(_ slot: UnsafeMutablePointer<Slot>, over connection: WireConnection) {
        let maySend = slot.pointee.noteEnds(
            "127.0.0.1", remotePort: Int32(peer.port),
            localPort: Int32(commons.connections.book.localPort(connection.id)))
        #expect(maySend)
    }

    @Test("it is on the one that it goes over in the end, which others find as before")
    func resent() throws {
        let slots = [try request(), try request(), try request()]
        let dead = try open(slots[0])
        let live = try open(slots[1])
        send(slots[0], over: live)
        #expect(slots[0].pointee.connection === live && slots[0].pointee.rivals.isEmpty)
        #expect(live.slots == [slots[1], slots[0]] && dead.slots.isEmpty)
        send(slots[2], over: live)
        #expect(slots[2].pointee.connection === live)
        // What comes of the dead one is not its own any more, and what comes of the live one is.
        #expect(commons.connections.book.stall(dead.id))
        #expect(!slots[0].pointee.result(code: 56, at: Instant(ms: 1), 1).flags.contains(.stalledInParser))
        #expect(commons.connections.book.stall(live.id))
        #expect(slots[0].pointee.result(code: 56, at: Instant(ms: 1), 1).flags.contains(.stalledInParser))
        for slot in slots {
            slot.pointee.leaveConnection()
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
        }
        for connection in [dead, live] { commons.connections.book.close(connection.id.socket) }
        peer.stop()
    }
}
