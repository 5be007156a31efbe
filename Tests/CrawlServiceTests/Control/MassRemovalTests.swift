import ControlAPI
import CrawlCore
import CrawlFetch
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// A large origin is removed in steps, and nobody waits for all of them.
@Suite(.timeLimit(.minutes(2)))
struct MassRemovalTests {
    /// Nothing is fetched here.
    private final class NoFetcher: Fetcher {
        func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {}
        func fetch(_ batch: FetchBatch) {}
        func cancelAll() {}
    }

    private static let urls = 6000

    /// One enqueue after the other, the next handed in as soon as one is committed; what each found of the origin.
    private final class Others: Sendable {
        let found = Mutex<[Int]>([])
        private let isOver = Mutex(false)
        private let store: FrontierStore
        private let writer: FrontierWriter

        init(_ store: FrontierStore, _ writer: FrontierWriter) { (self.store, self.writer) = (store, writer) }

        func stop() { isOver.withLock { $0 = true } }

        func begin(_ number: Int = 0) {
            var batch = EnqueueBatch()
            batch.append(CrawlURL("https://other.example/\(number)"), options: nil)
            writer.enqueue(batch) { _ in
            } done: { [self] _, _ in
                let left = (try? store.stats().urls.values.reduce(0, +)).map { $0 - number - 1 } ?? -1
                found.withLock { $0.append(left) }
                if !isOver.withLock({ $0 }) { begin(number + 1) }
            }
        }
    }

    /// A frontier with the large origin in it, and who serves it.
    private struct Daemon {
        let folder: TemporaryFolder
        let store: FrontierStore
        let writer: FrontierWriter
        let loop: CrawlLoop
        let control: DaemonControl

        init(chunk: Int) async throws {
            folder = try TemporaryFolder()
            var options = FrontierStore.Options()
            options.chunk = chunk
            store = try FrontierStore(path: folder.file("frontier.sqlite"), options: options)
            let clock = SystemClock()
            writer = FrontierWriter(frontier: store, clock: clock)
            loop = CrawlLoop(writer: writer, fetcher: NoFetcher(), clock: clock, settings: CrawlLoop.Settings())
            control = DaemonControl(
                store: store, writer: writer, loop: loop, clock: clock,
                facts: DaemonControl.Facts(version: "1", startedAt: clock.now(), workers: 1),
                workers: { WorkerHealth() }, onIncident: {})
            var batch = EnqueueBatch()
            for page in 0..<MassRemovalTests.urls {
                batch.append(CrawlURL("https://large.example/\(page)"), options: nil)
            }
            #expect(try await control.enqueue(batch).new == MassRemovalTests.urls)
        }
    }

    @Test("a stop does not wait for all of it: what is done stays done, and the rest may be asked for again")
    func stop() async throws {
        let daemon = try await Daemon(chunk: 10_000)
        daemon.loop.stop(deadline: Instant(ms: 0)) { _ in }
        let error = await #expect(throws: ControlError.self) {
            try await daemon.control.remove(.origin("https://large.example"))
        }
        #expect(error?.code == ProblemCode.shuttingDown && error?.hint != nil)
        let left = try daemon.store.stats().urls.values.reduce(0, +)
        #expect((1..<Self.urls).contains(left), "one step is done: \(left) are left")
        #expect(error?.detail.contains("\(Self.urls - left) URLs") == true, "\(error?.detail ?? "-")")
    }

    @Test("other commits go between the steps", arguments: [1000, 10_000])
    func between(chunk: Int) async throws {
        let daemon = try await Daemon(chunk: chunk)
        let (store, writer, control) = (daemon.store, daemon.writer, daemon.control)

        let others = Others(store, writer)
        others.begin()
        #expect(try await control.remove(.origin("https://large.example")) == Self.urls)
        others.stop()
        // Some found a part of it gone, and none found more of it than the one before.
        let found = others.found.withLock { $0 }
        let steps = Set(found.filter { (1..<Self.urls).contains($0) })
        #expect(steps.count >= 3, "\(found)")
        #expect(zip(found, found.dropFirst()).allSatisfy { $0 >= $1 })
    }
}

extension CrawlURL {
    /// A canonical URL.
    fileprivate init(_ text: String) {
        let bytes = Array(text.utf8)
        let slashes = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }
        self.init(canonical: bytes, originLength: slashes.count > 2 ? slashes[2] : bytes.count)
    }
}
