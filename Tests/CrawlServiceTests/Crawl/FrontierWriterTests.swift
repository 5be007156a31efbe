import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlService

/// A bulk enqueue, the crawl's answers and an operator on one writer, in virtual time that only its transactions let
/// pass.
struct FrontierWriterTests {
    /// A store whose transactions take virtual time.
    private final class SlowFrontier: Frontier {
        let store: FrontierStore
        let time: VirtualTime
        /// Rows of each enqueue, and when it was over.
        let slices = Mutex<[(rows: Int, at: Instant)]>([])
        static let microsecondsARow = 20
        static let microsecondsAnAnswer = 200

        init(_ store: FrontierStore, _ time: VirtualTime) { (self.store, self.time) = (store, time) }

        func enqueue(_ batch: EnqueueBatch, now: Instant) throws -> EnqueueCommit {
            let commit = try store.enqueue(batch, now: now)
            time.skip(.milliseconds(batch.count * Self.microsecondsARow / 1000))
            slices.withLock { $0.append((batch.count, time.now())) }
            return commit
        }

        func complete(_ completion: Completion, now: Instant) throws -> CompletionCommit {
            time.skip(.milliseconds(40) + .microseconds(completion.count * Self.microsecondsAnAnswer))
            return CompletionCommit()
        }

        func tryCommit() throws { time.skip(.milliseconds(1)) }

        func order(of batch: EnqueueBatch) throws -> [Int32] { try store.order(of: batch) }
        func opening(now: Instant) throws -> FrontierOpening { try store.opening(now: now) }
        func lease(_ requests: [LeaseRequest]) throws -> [Lease] { try store.lease(requests) }
        func adopt(_ policy: RefusalPolicy, now: Instant) throws { try store.adopt(policy, now: now) }
        func originNumber(_ key: [UInt8]) throws -> Int64? { try store.originNumber(key) }
        func catchUp(now: Instant) throws -> CatchUp { try store.catchUp(now: now) }
        func advanceTimeline() throws -> Int { try store.advanceTimeline() }
        func setPaused(_ paused: Bool) throws { try store.setPaused(paused) }
        func tidy(now: Instant) -> Bool { false }
        func closeCleanly(lastRequestAt: Instant?) throws {}
    }

    /// The writer with a full crawl that has the next commit ready as soon as one is made.
    private final class Busy: Sendable {
        let folder: TemporaryFolder
        let time = VirtualTime()
        let frontier: SlowFrontier
        let writer: FrontierWriter
        let commits = Mutex(0)
        private let isOver = Mutex(false)

        init() throws {
            folder = try TemporaryFolder()
            frontier = SlowFrontier(try FrontierStore(path: folder.file("frontier.sqlite")), time)
            writer = FrontierWriter(frontier: frontier, clock: time)
            writer.isFetching = true
        }

        func crawl() {
            writer.complete(Completion(), now: time.now()) { [self] _ in
                commits.withLock { $0 += 1 }
                if !isOver.withLock({ $0 }) { crawl() }
            }
        }

        func stop() { isOver.withLock { $0 = true } }
    }

    private static func batch(_ urls: Int, origins: Int) -> EnqueueBatch {
        var batch = EnqueueBatch()
        for number in 0..<urls {
            let origin = Array("https://\(number % origins).example".utf8)
            (origin + Array("/\(number)".utf8)).withUnsafeBufferPointer {
                batch.append($0, originLength: origin.count)
            }
        }
        return batch
    }

    @Test("beside a crawl that always has answers to commit, a bulk enqueue has half of the writer, in short slices")
    func halves() throws {
        let busy = try Busy()
        busy.crawl()
        let receipt = Mutex<EnqueueReceipt?>(nil)
        let began = busy.time.now()
        busy.writer.enqueue(Self.batch(20_000, origins: 100), committed: { _ in }) { total, error in
            #expect(error == nil)
            receipt.withLock { $0 = total }
            busy.stop()
        }
        busy.time.run(for: .seconds(60))
        #expect(receipt.withLock { $0 } == EnqueueReceipt(new: 20_000))
        let slices = busy.frontier.slices.withLock { $0 }
        let took = try #require(slices.last?.at) - began
        let own = slices.reduce(0) { $0 + $1.rows } * SlowFrontier.microsecondsARow / 1000
        #expect(took.ms <= Int64(own) * 22 / 10, "\(took) for \(own) ms of work")
        // The first may be what nothing is known of.
        #expect(slices.dropFirst().allSatisfy { $0.rows * SlowFrontier.microsecondsARow / 1000 <= 60 })
        #expect(slices.count > 5)
    }

    @Test("what an operator does meanwhile waits for one transaction at most, and so do a few URLs")
    func single() throws {
        let busy = try Busy()
        busy.crawl()
        busy.writer.enqueue(Self.batch(50_000, origins: 100), committed: { _ in }) { _, _ in busy.stop() }
        let waited = Mutex<[Int64]>([])
        @Sendable func act(_ number: Int) {
            let asked = busy.time.now()
            let done: @Sendable () -> Void = {
                waited.withLock { $0.append((busy.time.now() - asked).ms) }
                guard number < 20 else { return }
                busy.time.lane("client").at(busy.time.now() + .milliseconds(35)) { act(number + 1) }
            }
            if number.isMultiple(of: 2) {
                busy.writer.perform({ try $0.tryCommit() }) { _ in done() }
            } else {
                busy.writer.enqueue(Self.batch(50, origins: 1), committed: { _ in }) { _, _ in done() }
            }
        }
        act(0)
        busy.time.run(for: .seconds(60))
        let all = waited.withLock { $0 }
        #expect(all.count == 21)
        #expect(all.dropFirst().allSatisfy { $0 <= 65 }, "\(all)")
    }

    @Test("answers that take long to store come in smaller commits")
    func answers() throws {
        let busy = try Busy()
        func commit(_ rows: Int) {
            let verdict = Verdict(
                id: 1, generation: 1, leasedDueAt: nil, stateBefore: .scheduled, state: .done, outcome: .success,
                status: 200, at: busy.time.now(), hadHealth: false)
            busy.writer.complete(
                Completion(verdicts: Array(repeating: verdict, count: rows)), now: busy.time.now()
            ) { _ in }
            busy.time.run(for: .seconds(2))
        }
        let before = busy.writer.answersPerCommit
        commit(before)
        let slow = busy.writer.answersPerCommit
        #expect(slow < before / 4 && slow > 0)
        commit(10)  // too few to tell
        #expect(busy.writer.answersPerCommit == slow)
        commit(slow)
        #expect(busy.writer.answersPerCommit <= slow)
    }

    @Test("nothing is acknowledged before the last slice is committed")
    func acknowledged() throws {
        let busy = try Busy()
        let told = Mutex<Int?>(nil)
        let committed = Mutex(0)
        busy.writer.enqueue(Self.batch(12_000, origins: 7)) { commit in
            committed.withLock { $0 += commit.receipt.new }
            #expect(told.withLock { $0 } == nil)
        } done: { _, _ in
            told.withLock { $0 = committed.withLock { $0 } }
        }
        busy.time.run(for: .seconds(60))
        #expect(told.withLock { $0 } == 12_000)
        #expect(try busy.frontier.store.stats().urls.values.reduce(0, +) == 12_000)
    }
}
