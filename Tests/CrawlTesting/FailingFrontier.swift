package import CrawlCore
package import CrawlFrontier
import Synchronization

/// A store whose calls fail when a test says so, as they do on a full disk.
package final class FailingFrontier: Frontier {
    private let store: FrontierStore
    private let failing = Mutex((call: "", times: 0))
    private let full = Mutex(false)

    package init(_ store: FrontierStore) { self.store = store }

    /// The next `times` calls of the method with that name throw.
    package func fail(_ call: String, times: Int) { failing.withLock { $0 = (call, times) } }
    package var failuresLeft: Int { failing.withLock { $0.times } }

    /// Nothing can be stored until it is false again.
    package var isFull: Bool {
        get { full.withLock { $0 } }
        set { full.withLock { $0 = newValue } }
    }

    private func pass(_ call: String) throws {
        if call != "lease", isFull { throw FrontierError.full(path: store.path) }
        try failing.withLock { failing in
            guard failing.call == call, failing.times > 0 else { return }
            failing.times -= 1
            throw FrontierError.full(path: store.path)
        }
    }

    package func opening(now: Instant) throws -> FrontierOpening {
        try pass("opening")
        return try store.opening(now: now)
    }

    package func lease(_ requests: [LeaseRequest]) throws -> [Lease] {
        try pass("lease")
        return try store.lease(requests)
    }

    package func enqueue(_ batch: EnqueueBatch, now: Instant) throws -> EnqueueCommit {
        try pass("enqueue")
        return try store.enqueue(batch, now: now)
    }

    package func order(of batch: EnqueueBatch) throws -> [Int32] {
        try pass("order")
        return try store.order(of: batch)
    }

    package func complete(_ completion: Completion, now: Instant) throws -> CompletionCommit {
        try pass("complete")
        return try store.complete(completion, now: now)
    }

    package func adopt(_ policy: RefusalPolicy, now: Instant) throws {
        try pass("adopt")
        try store.adopt(policy, now: now)
    }

    package func originNumber(_ key: [UInt8]) throws -> Int64? {
        try pass("originNumber")
        return try store.originNumber(key)
    }

    package func catchUp(now: Instant) throws -> CatchUp {
        try pass("catchUp")
        return try store.catchUp(now: now)
    }

    package func advanceTimeline() throws -> Int {
        try pass("advanceTimeline")
        return try store.advanceTimeline()
    }

    package func setPaused(_ paused: Bool) throws {
        try pass("setPaused")
        try store.setPaused(paused)
    }

    package func tryCommit() throws {
        try pass("tryCommit")
        try store.tryCommit()
    }

    package func tidy(now: Instant) -> Bool { store.tidy(now: now) }

    package func closeCleanly(lastRequestAt: Instant?) throws {
        try pass("closeCleanly")
        try store.closeCleanly(lastRequestAt: lastRequestAt)
    }
}
