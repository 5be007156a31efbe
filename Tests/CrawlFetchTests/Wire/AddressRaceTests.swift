import CrawlCore
import CrawlTesting
import Dispatch
import Glibc
import Testing

@testable import CrawlFetch
@testable import CurlKit

/// A name with addresses of two families: libcurl opens a socket to the one, and to the other if that takes long.
@Suite(.timeLimit(.minutes(1)))
struct AddressRaceTests {
    /// A request that libcurl knows nothing of, and the sockets that it has opened.
    private struct Race {
        let commons = WorkerCommons(calls: SocketCalls(), maxIdle: 4)
        let slot: UnsafeMutablePointer<Slot>
        let opened: [WireConnection]

        init() throws {
            var limits = FetchLimits()
            limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
            let maker = try HandleMaker(limits, commons)
            slot = try #require(UnsafeMutablePointer<Slot>.make(maker, limits, commons))
            slot.pointee.begin(ticket: 1, at: Instant(ms: 0), 0)
            var opened: [WireConnection] = []
            for _ in 0..<2 { opened.append(try #require(commons.connections[Self.open(slot)])) }
            self.opened = opened
        }

        static func open(_ slot: UnsafeMutablePointer<Slot>) -> Int32 {
            slot.pointee.makeSocket(
                to: IPAddress(v4: 0x7F00_0001), AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }

        /// It is about to be sent over `connection`.
        func maySend(over connection: WireConnection, to port: Int) -> Bool {
            slot.pointee.noteEnds(
                "127.0.0.1", remotePort: Int32(port),
                localPort: Int32(commons.connections.book.localPort(connection.id)))
        }

        func end() {
            slot.pointee.leaveConnection()
            for connection in opened { commons.connections.book.close(connection.id.socket) }
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
        }
    }

    @Test("a request is on the socket that it is sent over, whichever it opened first", arguments: [0, 1])
    func winner(_ wins: Int) throws {
        let race = try Race()
        let peer = try FloodingPeer([.page])
        #expect(Loopback.connect(race.opened[wins].id, to: peer.port))
        let maySend = race.maySend(over: race.opened[wins], to: peer.port)
        #expect(maySend)
        #expect(race.slot.pointee.connection === race.opened[wins])
        #expect(race.slot.pointee.rivals.isEmpty)
        #expect(race.opened[wins].slots == [race.slot] && race.opened[1 - wins].slots.isEmpty)
        race.end()
        peer.stop()
    }

    @Test("one of its sockets was shut before it was sent: that is its end, whichever it was", arguments: [0, 1])
    func stalledBeforeSending(_ wins: Int) throws {
        let race = try Race()
        let peer = try FloodingPeer([.page])
        #expect(Loopback.connect(race.opened[wins].id, to: peer.port))
        #expect(race.commons.connections.book.stall(race.opened[wins].id))
        // libcurl is not to try another address, nor to send it.
        #expect(Race.open(race.slot) == -1)
        let maySend = race.maySend(over: race.opened[wins], to: peer.port)
        #expect(!maySend)
        let result = race.slot.pointee.result(code: 35, at: Instant(ms: 1), 1)
        #expect(result.flags.contains(.stalledInParser))
        race.end()
        peer.stop()
    }

    /// A request that is still connecting has opened two more sockets; the first of them takes what a peer sends to it.
    private func withRival(
        _ body: @Sendable (FetchWorker, WireConnection, _ take: (Int) -> Void) throws -> Void
    ) async throws -> FetchResult {
        let full = try #require(FullBacklog())
        let peer = try FloodingPeer([.flood(behind: "")])
        peer.letGo()
        let harness = FetchHarness()
        let ticket = harness.begin(["http://127.0.0.1:\(full.port)/"])
        let worker = try #require(harness.pool.all.first)
        #expect(await eventually { worker.queue.sync { worker.commons.connections.book.count == 1 } })
        try worker.queue.sync {
            let connections = worker.commons.connections
            let slot = try #require(worker.slots.first)
            let rival = try #require(connections[Race.open(slot)])
            let last = try #require(connections[Race.open(slot)])
            #expect(Loopback.connect(rival.id, to: peer.port))
            let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
            #expect(send(rival.id.socket, request, request.count, 0) == request.count)
            try body(worker, rival) { count in
                var buffer = [UInt8](repeating: 0, count: count)
                #expect(recv(rival.id.socket, &buffer, count, Int32(MSG_WAITALL)) == count)
            }
            #expect(!slot.pointee.isInFlight && slot.pointee.rivals.isEmpty)
            worker.settle()
            for connection in [rival, last] { connections.book.close(connection.id.socket) }
        }
        peer.stop()
        return await harness.results(ticket, count: 1)[0]
    }

    @Test("far more came over one of its sockets than it was handed: it ends, before anything was sent")
    func overheadBeforeSending() async throws {
        let result = try await withRival { worker, _, take in
            take(1 << 19)
            worker.lookNs = 0
            worker.look(MonotonicTime.now + 2 * FetchWorker.lookEveryNs)
            worker.endOverdue()
        }
        #expect(result.flags.contains(.overhead))
    }

    @Test("one of its sockets takes more than its turns: it is told so, before anything was sent")
    func overdrawnBeforeSending() async throws {
        let result = try await withRival { worker, rival, take in
            for _ in 0..<TurnAccount.patience {
                take(2 * Int(TurnAccount.bytes))
                worker.chargedNs = MonotonicTime.now - 2 * TurnAccount.nanoseconds
                worker.charge(rival)
            }
            worker.endOverdue()
        }
        #expect(result.flags.isSuperset(of: [.overdrew, .overhead]))
    }
}
