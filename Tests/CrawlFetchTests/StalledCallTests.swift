import CrawlCore
import CrawlTesting
import Dispatch
import Glibc
import Synchronization
import Testing

@testable import CrawlFetch
@testable import CurlKit

/// Calls into libcurl that do not return while a peer sends, by a stand-in: a function that reads a socket of the worker's
/// at a measured pace until it has ended.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct StalledCallTests {
    /// What was read in the end; at most what a peer sends.
    private final class Reading: Sendable {
        let bytes = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        func read(_ socket: Int32) {
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            // A socket of libcurl's does not wait.
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count == 0 || count < 0 && errno != EAGAIN { break }
                bytes.add(max(0, count), ordering: .relaxed)
                poll(nil, 0, 1)
            }
            isOver.store(true, ordering: .releasing)
        }
    }

    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    private static let wholeFlood = 64 << 20

    @Test("of three sockets the one that is read without end is shut, and nothing else")
    func onlyTheOne() async throws {
        let (book, calls, flights) = (SocketBook(), CallRecord(), FlightBoard())
        let monitor = CallMonitor()
        monitor.add(.init(worker: 0, calls: calls, book: book, flights: flights))
        #expect(monitor.start())
        let flood = try FloodingPeer([.flood(behind: "")])
        let others = [try FloodingPeer([.page]), try FloodingPeer([.late])]
        let ids = try ([flood] + others).map { try #require(Loopback.connect(book, to: $0.port)) }
        let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        for id in ids { #expect(send(id.socket, request, request.count, 0) == request.count) }
        let hasUnread = await eventually {
            var waiting: Int32 = 0
            return ioctl(ids[1].socket, UInt(FIONREAD), &waiting) == 0 && waiting > 0
        }
        #expect(hasUnread)
        flood.letGo()
        let reading = Reading()
        let hog = ids[0].socket
        // As of a worker, which makes no call without one.
        #expect(flights.begin(1, origin: 1, at: flights.makePlace()))
        monitor.wake()
        DetachedThread.run { calls.during { reading.read(hog) } }
        #expect(await eventually(within: .seconds(30)) { reading.isOver.load(ordering: .acquiring) })
        #expect(reading.bytes.load(ordering: .relaxed) < Self.wholeFlood)
        #expect(ids.map { book.hasStalled($0) } == [true, false, false])
        // The others are as they were: what waited is there, and what comes later comes.
        others[1].letGo()
        for id in ids[1...] {
            var buffer = [UInt8](repeating: 0, count: 1000)
            #expect(recv(id.socket, &buffer, buffer.count, 0) > 0)
        }
        #expect(monitor.longestCall(at: MonotonicTime.now) >= CallWatch.deadline && monitor.stuck.isEmpty)
        for id in ids { book.close(id.socket) }
        monitor.end()
        for peer in [flood] + others { peer.stop() }
    }

    /// The requests of one worker whose call reads the socket of the first of them.
    private static func stall(
        _ peer: FloodingPeer, headBytes: Int, _ harness: FetchHarness, requests: Int = 1
    ) async throws -> (first: Int64, other: Int64, late: FloodingPeer) {
        let late = try FloodingPeer([.late])
        let first = harness.begin([peer.url])
        #expect(await eventually { peer.requestCount == requests })
        let book = try #require(harness.pool.all.first).watched.book
        let id = try #require(book.all.first)
        #expect(await eventually { book.taken(id)?.least ?? 0 >= headBytes })
        let other = harness.begin([late.url])
        #expect(await eventually { late.requestCount == 1 })
        let reading = Reading()
        harness.pool.occupy(workerOf: 0) { reading.read(id.socket) }
        peer.letGo()
        #expect(await eventually(within: .seconds(30)) { reading.isOver.load(ordering: .acquiring) })
        #expect(reading.bytes.load(ordering: .relaxed) < wholeFlood)
        return (first, other, late)
    }

    @Test(
        "its request ends as what it was, and the others of the worker go on",
        arguments: [("", Outcome.unknownOriginError), (head, .truncated)])
    func judged(head: String, outcome: Outcome) async throws {
        let harness = FetchHarness { $0.totalTimeout = .seconds(20) }
        let peer = try FloodingPeer([.flood(behind: head)])
        let (first, other, late) = try await Self.stall(peer, headBytes: head.utf8.count, harness)
        late.letGo()
        let results = await harness.results(other, count: 1)
        #expect(results[0].status == 200 && results[0].flags.isDisjoint(with: [.stalledInParser, .overhead]))
        let stalled = await harness.results(first, count: 1)[0]
        #expect(stalled.flags.contains(.stalledInParser) && !stalled.flags.contains(.retriedOverHTTP1))
        let judged = OutcomeClassifier().classify(stalled)
        #expect(judged.outcome == outcome && judged.grade == (outcome == .truncated ? nil : .direct))
        #expect(judged.evidence?.connectionEnd == "stalled-in-parser")
        #expect(harness.pool.health.longestCallMs >= 250 && harness.pool.health.late.isEmpty)
        #expect(peer.connectionCount == 1)
        for each in [peer, late] { each.stop() }
    }

    @Test("libcurl does not send it once more over another connection, where it had used the one that was shut before")
    func usedBefore() async throws {
        let harness = FetchHarness()
        let peer = try FloodingPeer([.page, .flood(behind: "")])
        #expect(await harness.fetch(peer.url).status == 200)
        let taken = 43
        let (first, other, late) = try await Self.stall(peer, headBytes: taken, harness, requests: 2)
        late.letGo()
        #expect(await harness.results(other, count: 1)[0].status == 200)
        let stalled = await harness.results(first, count: 1)[0]
        #expect(stalled.flags.contains(.stalledInParser), "\(stalled)")
        #expect(peer.connectionCount == 1 && peer.requestCount == 2)
        for each in [peer, late] { each.stop() }
    }

    @Test("a worker that waits for its disk for two seconds is left alone, and so are its connections")
    func disk() async throws {
        let folder = try TemporaryFolder()
        // A file that nobody reads yet: opening it to write waits.
        let path = folder.file("body")
        #expect(mkfifo(path + ".part", 0o600) == 0)
        let body = [UInt8](repeating: 0x61, count: 1 << 20)
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200, body: body))
        let harness = FetchHarness()
        let first = harness.begin(
            [origin.url("/file")], extra: FetchExtra(body: .file(path: path, limit: 4 << 20)))
        let worker = try #require(harness.pool.all.first)
        let isWaiting = await eventually { worker.watched.calls.now?.isInCallback ?? false }
        #expect(isWaiting)
        let others = harness.begin((0..<20).map { origin.url("/\($0)") })
        await passing(.seconds(2))
        #expect(worker.watched.calls.now?.isInCallback ?? false)
        #expect(harness.pool.health.longestCallMs >= 1000 && harness.pool.monitor.stuck.isEmpty)
        let reader = open(path + ".part", O_RDONLY | O_CLOEXEC)
        DetachedThread.run {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while Glibc.read(reader, &buffer, buffer.count) > 0 {}
            close(reader)
        }
        let results = await harness.results(first, count: 1) + harness.results(others, count: 20)
        #expect(
            results.allSatisfy {
                $0.curlCode == 0 && $0.bodyBytes == 1 << 20 && $0.flags.isDisjoint(with: [.stalledInParser])
            })
        await origin.stop()
    }

    private final class Load: Sendable {
        let isOver = Atomic<Bool>(false)
    }

    @Test("four busy loops on its two processors shut nothing")
    func busyMachine() async throws {
        // However many the machine has. Threads that begin meanwhile have those of the thread that began them.
        let processors = try #require(Processors.ofThisThread)
        Processors.first(2, of: processors).confineAllThreads()
        defer { processors.confineAllThreads() }
        let load = Load()
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.onEverythingElse(.status(200, body: [UInt8](repeating: 0x61, count: 1 << 20)))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness { $0.caFile = caFile }
        for _ in 0..<4 { DetachedThread.run { while !load.isOver.load(ordering: .relaxed) {} } }
        let results = await harness.fetch((0..<60).map { origin.url("/\($0)") })
        load.isOver.store(true, ordering: .relaxed)
        #expect(results.count == 60)
        let bad = results.filter {
            $0.curlCode != 0 || !$0.flags.isDisjoint(with: [.stalledInParser, .retriedOverHTTP1])
        }
        let shown = bad.map { "\($0.ticket): \($0.curlCode), flags \($0.flags.rawValue), \($0.bodyBytes) bytes" }
        #expect(bad.isEmpty, "\(shown)")
        await origin.stop()
    }
}
