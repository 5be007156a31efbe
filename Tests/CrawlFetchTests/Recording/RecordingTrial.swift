import CrawlCore
import CrawlFetch
import CrawlOutput
import CrawlTesting
import Synchronization
import Testing

/// A pool whose requests are recorded, with the disk for it.
struct RecordingTrial {
    let folder: TemporaryFolder
    let disk: SlowDisk
    let spool: Spool
    let recorder: ExchangeRecorder
    let harness: FetchHarness

    /// `isHeld`: the disk takes nothing until it is let go. `limit`: bytes that the spool may hold.
    init(
        isHeld: Bool = false, limit: Int64 = 1 << 30, bufferBytes: Int = BodySpill.usualBufferBytes,
        _ change: (inout FetchLimits) -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder(inMemory: true)
        let disk = SlowDisk(isHeld: isHeld)
        self.disk = disk
        spool = try Spool(in: folder.path, limit: limit, minFree: 0, lane: disk)
        let recorder = ExchangeRecorder(spool: spool, bufferBytes: bufferBytes)
        self.recorder = recorder
        let caFile = try TestCertificates.shared.get().caFile
        harness = FetchHarness {
            $0.caFile = caFile
            $0.recorder = recorder
            change(&$0)
        }
    }

    /// What the request with that result was, as soon as there is a result.
    func exchange(_ result: FetchResult) async throws -> Recorded {
        let recording = try #require(recorder.take(result.ticket))
        let hasPaused = recording.hasPaused
        let settled = Settled()
        recording.settle { settled.note($0) }
        #expect(
            await eventually(every: .milliseconds(1)) {
                if settled.result == nil { disk.run() }
                return settled.result != nil
            })
        let exchange = try #require(try settled.result?.get())
        #expect(exchange.ticket == result.ticket && exchange.status == result.status)
        return Recorded(exchange: exchange, body: try Self.read(exchange.body), hasPaused: hasPaused)
    }

    func fetch(_ url: String, route: FetchRoute = FetchRoute(), extra: FetchExtra? = nil) async throws -> Recorded {
        try await exchange(await harness.fetch(url, route: route, extra: extra))
    }

    private static func read(_ source: BodySource) throws -> [UInt8] {
        switch source {
        case .memory(let bytes): return bytes
        case .file(let file):
            var all: [UInt8] = []
            try file.read { bytes throws(SpoolFailure) in all += bytes }
            return all
        }
    }

    private final class Settled: Sendable {
        private let state = Mutex<Result<Exchange, SpoolFailure>?>(nil)
        var result: Result<Exchange, SpoolFailure>? { state.withLock { $0 } }
        func note(_ result: Result<Exchange, SpoolFailure>) {
            state.withLock {
                #expect($0 == nil, "once")
                $0 = result
            }
        }
    }
}

/// An exchange with its body read.
struct Recorded {
    var exchange: Exchange
    var body: [UInt8]
    var hasPaused: Bool

    var request: String { String(decoding: exchange.requestHead, as: UTF8.self) }
    var response: String { String(decoding: exchange.responseHead, as: UTF8.self) }
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Writes at once, or when the test says so.
final class SlowDisk: Lane {
    private let held: Mutex<[@Sendable () -> Void]?>

    init(isHeld: Bool) { held = Mutex(isHeld ? [] : nil) }

    /// Pieces of work that wait.
    var count: Int { held.withLock { $0?.count ?? 0 } }

    func async(_ work: @escaping @Sendable () -> Void) {
        let isHeld = held.withLock { held in
            guard held != nil else { return false }
            held?.append(work)
            return true
        }
        if !isHeld { work() }
    }

    /// Does what waits now; what comes of that waits in turn.
    func run() {
        let works = held.withLock { held in
            defer { if held != nil { held = [] } }
            return held ?? []
        }
        for work in works { work() }
    }

    func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer { NoTimer() }
    func check() {}

    private struct NoTimer: LaneTimer {
        func cancel() {}
    }
}
