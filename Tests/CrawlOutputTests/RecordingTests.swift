import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Synchronization
import Testing

/// What a recorder makes of what it is fed, without a network.
@Suite struct RecordingTests {
    private final class Settled: Sendable {
        private let results = Mutex<[Result<Exchange, SpoolFailure>]>([])
        var all: [Result<Exchange, SpoolFailure>] { results.withLock { $0 } }
        func note(_ result: Result<Exchange, SpoolFailure>) { results.withLock { $0.append(result) } }
    }

    private let folder: TemporaryFolder
    private let lane = HeldLane()
    private let spool: Spool
    private let recorder: ExchangeRecorder

    init() throws {
        folder = try TemporaryFolder(inMemory: true)
        spool = try Spool(in: folder.path, limit: 1000, minFree: 0, lane: lane)
        recorder = ExchangeRecorder(spool: spool, bufferBytes: 100)
    }

    private func begin(_ ticket: Int64 = 7, resume: @escaping @Sendable () -> Void = {}) -> any Recording {
        Array("http://a.example/x".utf8).withUnsafeBytes {
            recorder.begin(ticket: ticket, url: $0, start: Trial.now, resume: resume)
        }
    }

    private func feed(_ recording: any Recording, head: [String], body: [[UInt8]] = []) -> [RecordingTaking] {
        recording.void()
        for part in ["GET /x HTTP/1.1\r\n", "Host: a.example\r\n\r\n"] {
            Array(part.utf8).withUnsafeBytes { recording.sent($0) }
        }
        recording.beginHead()
        for line in head { Array(line.utf8).withUnsafeBytes { recording.receive(headLine: $0) } }
        return body.map { part in part.withUnsafeBytes { recording.receive(body: $0) } }
    }

    private static let facts = RecordingFacts(
        status: 200, httpVersion: .http2, tls: .tls13, remoteAddress: IPAddress(v4: 0x0102_0304), end: .time)

    @Test("a small answer is there at once, with all that is known of it")
    func small() throws {
        let recording = begin()
        recording.beginHead()
        recording.interim(103)
        #expect(feed(recording, head: ["HTTP/1.1 500 first\r\n"], body: [[9]]) == [.taken])
        // All of it was forgotten, the 103 too.
        #expect(feed(recording, head: ["HTTP/1.1 200 OK\r\n", "\r\n"], body: [[1, 2], [3]]) == [.taken, .taken])
        #expect(recorder.count == 0 && recorder.take(7) == nil)
        recording.end(Self.facts)
        #expect(recorder.count == 1)
        let taken = try #require(recorder.take(7))
        #expect(recorder.count == 0 && recorder.take(7) == nil)
        let settled = Settled()
        taken.settle { settled.note($0) }
        let exchange = try #require(try settled.all.first?.get())
        guard case .memory(let body) = exchange.body else {
            Issue.record("not in memory")
            return
        }
        #expect(body == [1, 2, 3] && exchange.ticket == 7 && exchange.status == 200 && exchange.interim.isEmpty)
        #expect(exchange.targetURI == Array("http://a.example/x".utf8) && exchange.date == Trial.now)
        #expect(exchange.requestHead == Array("GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8))
        #expect(exchange.responseHead == Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        #expect(exchange.httpVersion == .http2 && exchange.tls == .tls13 && exchange.end == .time)
        #expect(exchange.remoteAddress == IPAddress(v4: 0x0102_0304))
        #expect(!taken.hasPaused && spool.usedBytes == 0)
    }

    @Test("a long one is there when it is on the disk, and its file goes with it")
    func long() throws {
        let resumed = Settled()
        let recording = begin { resumed.note(.failure(SpoolFailure(.full, ""))) }
        let parts = (0..<4).map { [UInt8](repeating: $0, count: 80) }
        #expect(
            feed(recording, head: ["HTTP/1.1 200 OK\r\n\r\n"], body: Array(parts[..<3])) == [.taken, .taken, .wait])
        #expect(resumed.all.isEmpty)
        lane.run()
        #expect(resumed.all.count == 1)
        #expect(parts[2].withUnsafeBytes { recording.receive(body: $0) } == .taken)
        recording.end(Self.facts)
        do {
            let taken = try #require(recorder.take(7))
            #expect(taken.hasPaused)
            let settled = Settled()
            taken.settle { settled.note($0) }
            while lane.count > 0 {
                #expect(settled.all.isEmpty)
                lane.run()
            }
            #expect(settled.all.count == 1)
            guard case .file(let file) = try #require(try settled.all.first?.get()).body else {
                Issue.record("not in a file")
                return
            }
            var body: [UInt8] = []
            try file.read { bytes throws(SpoolFailure) in body += bytes }
            #expect(body == parts[0] + parts[1] + parts[2])
        }
        #expect(spool.usedBytes == 0)
    }

    @Test(
        "what was on the disk of an answer that does not count goes", arguments: ["void", "drop", "taken and dropped"])
    func forgotten(how: String) throws {
        let recording = begin()
        let parts = (0..<2).map { [UInt8](repeating: $0, count: 80) }
        #expect(feed(recording, head: ["HTTP/1.1 200 OK\r\n\r\n"], body: parts) == [.taken, .taken])
        lane.run()
        #expect(spool.usedBytes == 80)
        switch how {
        case "void": recording.void()
        case "drop": recording.drop()
        default:
            recording.end(Self.facts)
            try #require(recorder.take(7)).drop()
        }
        lane.run()
        #expect(spool.usedBytes == 0 && recorder.count == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.folder).isEmpty)
    }

    @Test("a ticket that is given again stands for the later request")
    func again() throws {
        for byte in UInt8(1)...2 {
            let recording = begin()
            #expect(feed(recording, head: ["HTTP/1.1 200 OK\r\n\r\n"], body: [[byte]]) == [.taken])
            recording.end(Self.facts)
        }
        #expect(recorder.count == 1)
        let settled = Settled()
        try #require(recorder.take(7)).settle { settled.note($0) }
        guard case .memory([2]) = try #require(try settled.all.first?.get()).body else {
            Issue.record("the older one")
            return
        }
    }

    @Test("a full spool is told: to who feeds, to who settles, and to who asks why")
    func full() throws {
        let recording = begin()
        let part = [UInt8](repeating: 1, count: 600)
        #expect(feed(recording, head: ["HTTP/1.1 200 OK\r\n\r\n"], body: [part, part]) == [.taken, .taken])
        lane.run()
        #expect(part.withUnsafeBytes { recording.receive(body: $0) } == .taken)
        lane.run()
        #expect(recorder.takeFailure() == nil)
        #expect(part.withUnsafeBytes { recording.receive(body: $0) } == .failed)
        #expect(recorder.takeFailure()?.reason == .full && recorder.takeFailure() == nil)
        recording.end(Self.facts)
        let settled = Settled()
        try #require(recorder.take(7)).settle { settled.note($0) }
        #expect(settled.all.count == 1)
        #expect(throws: SpoolFailure.self) { try settled.all.first?.get() }
        #expect(spool.usedBytes == 0)
    }
}
