import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct SpoolTests {
    private func spool(
        _ folder: TemporaryFolder, lane: any Lane = InlineLane(), limit: Int64 = 1 << 30, minFree: Int64 = 0,
        calls: FileCalls = .system
    ) throws -> Spool {
        try Spool(in: folder.path, limit: limit, minFree: minFree, lane: lane, calls: calls)
    }

    private func take(_ spill: BodySpill, _ bytes: [UInt8]) -> BodySpill.Taking {
        bytes.withUnsafeBytes { spill.take($0) }
    }

    private func read(_ source: BodySource) throws -> [UInt8] {
        switch source {
        case .memory(let bytes): return bytes
        case .file(let file):
            var all: [UInt8] = []
            try file.read { bytes throws(SpoolFailure) in all += bytes }
            return all
        }
    }

    /// What `finish` gave; nil = nothing yet.
    private final class End: Sendable {
        private let result = Mutex<Result<BodySource, SpoolFailure>?>(nil)
        var value: Result<BodySource, SpoolFailure>? { result.withLock { $0 } }
        func note(_ result: Result<BodySource, SpoolFailure>) {
            self.result.withLock { $0 = result }
        }
    }

    @Test func aSmallBodyStaysInMemory() throws {
        let folder = try TemporaryFolder()
        let spool = try spool(folder)
        let spill = BodySpill(spool: spool, bufferBytes: 100) {}
        for _ in 0..<10 { #expect(take(spill, Array(repeating: 7, count: 10)) == .taken) }
        let end = End()
        spill.finish { end.note($0) }
        guard case .success(.memory(let bytes)) = end.value else {
            Issue.record("not in memory")
            return
        }
        #expect(bytes == Array(repeating: 7, count: 100))
        #expect(spool.usedBytes == 0)
    }

    @Test(arguments: [1, 99, 100, 101, 5000])
    func aLargeBodyIsInAFileAndWhole(_ piece: Int) throws {
        let folder = try TemporaryFolder()
        let spool = try spool(folder)
        let body = Trial.noise(20_000)
        do {
            let spill = BodySpill(spool: spool, bufferBytes: 100) {}
            for start in stride(from: 0, to: body.count, by: piece) {
                #expect(take(spill, Array(body[start..<min(start + piece, body.count)])) == .taken)
            }
            let end = End()
            spill.finish { end.note($0) }
            let source = try #require(try end.value?.get())
            #expect(source.count == 20_000)
            #expect(try read(source) == body)
            #expect(spool.usedBytes == 20_000)
            #expect(!spill.hasPaused)
        }
        // Nobody has it any more.
        #expect(spool.usedBytes == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.folder).isEmpty)
    }

    /// The network waits for the disk; nothing waits in memory.
    @Test func aSlowDiskHoldsTheBodyBack() throws {
        let folder = try TemporaryFolder()
        let lane = HeldLane()
        let resumed = Mutex(0)
        let spill = BodySpill(spool: try spool(folder, lane: lane), bufferBytes: 100) { resumed.withLock { $0 += 1 } }
        let piece: [[UInt8]] = (0..<4).map { Array(repeating: $0, count: 80) }
        #expect(take(spill, piece[0]) == .taken)
        #expect(take(spill, piece[1]) == .taken)
        #expect(take(spill, piece[2]) == .wait)
        #expect(take(spill, piece[2]) == .wait)
        #expect(spill.hasPaused)
        #expect(resumed.withLock { $0 } == 0)
        lane.run()
        #expect(resumed.withLock { $0 } == 1)
        #expect(take(spill, piece[2]) == .taken)
        let end = End()
        spill.finish { end.note($0) }
        #expect(end.value == nil)
        lane.run()
        #expect(end.value == nil)
        lane.run()
        #expect(try read(#require(try end.value?.get())) == piece[0] + piece[1] + piece[2])
        #expect(resumed.withLock { $0 } == 1)
    }

    @Test(arguments: [false, true])
    func aDroppedBodyLeavesNothing(isWriting: Bool) throws {
        let folder = try TemporaryFolder()
        let lane = HeldLane()
        let spool = try spool(folder, lane: lane)
        let spill = BodySpill(spool: spool, bufferBytes: 10) {}
        for _ in 0..<2 { #expect(take(spill, Array(repeating: 1, count: 10)) == .taken) }
        if !isWriting { lane.run() }
        spill.drop()
        lane.run()
        #expect(spool.usedBytes == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.folder).isEmpty)
        guard case .failed = take(spill, [1]) else {
            Issue.record("taken after a drop")
            return
        }
    }

    @Test func theSpoolIsBounded() throws {
        let folder = try TemporaryFolder()
        let spool = try spool(folder, limit: 1000)
        let spill = BodySpill(spool: spool, bufferBytes: 100) {}
        var taken = 0
        while take(spill, Array(repeating: 1, count: 100)) == .taken { taken += 1 }
        #expect(taken == 12)
        let end = End()
        spill.finish { end.note($0) }
        #expect(throws: SpoolFailure.self) { try end.value?.get() }
        // Nothing is held by a body that failed.
        #expect(spool.usedBytes == 0)
    }

    @Test func theDiskIsLeftWithItsRoom() throws {
        let folder = try TemporaryFolder()
        let free = Mutex<Int64>(10 << 20)
        var calls = FileCalls.system
        calls.freeBytes = { _ in free.withLock { $0 } }
        let spool = try spool(folder, minFree: 1 << 20, calls: calls)
        let file = spool.makeFile(.body)
        let piece = Array(repeating: UInt8(1), count: 256 << 10)
        try piece.withUnsafeBytes { try file.append($0) }
        free.withLock { $0 = 1 << 20 }
        var failure: SpoolFailure?
        // It is asked at least once for each MiB.
        for _ in 0..<5 where failure == nil {
            do throws(SpoolFailure) {
                let result = piece.withUnsafeBytes { bytes in
                    Result { () throws(SpoolFailure) in try file.append(bytes) }
                }
                try result.get()
            } catch {
                failure = error
            }
        }
        #expect(failure?.isLackOfRoom == true)
        free.withLock { $0 = 10 << 20 }
        try piece.withUnsafeBytes { try file.append($0) }
    }

    @Test func aFullDiskEndsTheBody() throws {
        let folder = try TemporaryFolder()
        let disk = FullDisk(after: 150)
        let spool = try spool(folder, calls: disk.calls)
        let spill = BodySpill(spool: spool, bufferBytes: 100) {}
        var last = BodySpill.Taking.taken
        for _ in 0..<5 where last == .taken { last = take(spill, Array(repeating: 1, count: 100)) }
        guard case .failed(let failure) = last else {
            Issue.record("taken by a full disk")
            return
        }
        #expect(failure.errno == ENOSPC)
        #expect(failure.isLackOfRoom)
        #expect(spool.usedBytes == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.folder).isEmpty)
    }

    /// A body that somebody removed is no shorter body.
    @Test func aFileThatIsGoneIsTold() throws {
        let folder = try TemporaryFolder()
        let file = try spool(folder).makeFile(.body)
        try [UInt8](repeating: 1, count: 9).withUnsafeBytes { try file.append($0) }
        unlink(file.path)
        #expect {
            try file.read { _ throws(SpoolFailure) in }
        } throws: { ($0 as? SpoolFailure)?.reason == .changed }
    }
}
