package import CrawlCore
import Synchronization

/// The one lane that writes to the frontier. Completions and enqueues alternate on it: a long enqueue is cut into
/// slices, each a transaction of its own.
package final class FrontierWriter: Sendable {
    package let frontier: any Frontier
    private let lane: any Lane
    private let clock: any Clock
    private let pace = Mutex(Pace())
    private let idleness: Mutex<Idleness>
    private let onFailure = Mutex<@Sendable (any Error) -> Void>({ _ in })
    /// Whether the crawl is paused, as an operator said when there was no room to store it. Changed on the lane only, so that
    /// of two calls the later one is stored last.
    private let unstoredPause = Mutex<Bool?>(nil)

    private struct Pace {
        static let most = 50_000
        /// Of a slice while fetching.
        var whileFetching = WritePace(rows: 5_000, bounds: 500...most)
        var isFetching = false
    }

    package init(frontier: any Frontier, clock: any Clock) {
        self.frontier = frontier
        self.clock = clock
        lane = clock.lane("crawld.service.writer")
        idleness = Mutex(Idleness(lastWrite: clock.now()))
    }

    /// Requests are in flight: transactions are kept to about 50 ms; otherwise up to 50,000 rows.
    package var isFetching: Bool {
        get { pace.withLock { $0.isFetching } }
        set { pace.withLock { $0.isFetching = newValue } }
    }

    /// Runs `work` on the writer's lane and answers from there.
    package func perform<T: Sendable>(
        _ work: @escaping @Sendable (any Frontier) throws -> T,
        then: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let frontier = frontier
        lane.async { [self] in
            let result = Result { try work(frontier) }
            if case .failure(let error) = result { failed(error) }
            then(result)
            tidyLater()
        }
    }

    /// `told` of each write that fails, before whoever wanted it; on the lane.
    func whenFailed(_ told: @escaping @Sendable (any Error) -> Void) { onFailure.withLock { $0 = told } }

    private func failed(_ error: any Error) { onFailure.withLock { $0 }(error) }

    // MARK: Without room

    /// Stores it; what `mayWait` is stored by `tryAgain`. `then` gets whether it is stored, on the lane.
    func setPaused(
        _ paused: Bool, mayWait: @escaping @Sendable (any Error) -> Bool,
        then: @escaping @Sendable (Result<Bool, any Error>) -> Void
    ) {
        perform({ try $0.setPaused(paused) }) { [self] result in
            switch result {
            case .success:
                unstoredPause.withLock { $0 = nil }
                then(.success(true))
            case .failure(let error) where mayWait(error):
                unstoredPause.withLock { $0 = paused }
                then(.success(false))
            case .failure(let error): then(.failure(error))
            }
        }
    }

    /// Commits what had to wait, if only to see whether the frontier takes a commit.
    func tryAgain(_ then: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        perform(
            { [self] frontier in
                try frontier.tryCommit()
                guard let paused = unstoredPause.withLock({ $0 }) else { return }
                try frontier.setPaused(paused)
                unstoredPause.withLock { $0 = nil }
            }, then: then)
    }

    /// Answers from the writer's lane when what is before it is done: a sign of life.
    package func ping(_ answer: @escaping @Sendable () -> Void) { lane.async(answer) }

    // MARK: Idle moments

    /// Without a write for so long the frontier is tidied.
    private static let idle = Duration.seconds(2)

    private struct Idleness {
        var lastWrite: Instant
        var isTimerSet = false
    }

    private func tidyLater() {
        let now = clock.now()
        let isTimerSet = idleness.withLock { idleness in
            defer { idleness = Idleness(lastWrite: now, isTimerSet: true) }
            return idleness.isTimerSet
        }
        if !isTimerSet { tidy(at: now + Self.idle) }
    }

    private func tidy(at moment: Instant) {
        lane.at(moment) { [self] in
            let idleSince = idleness.withLock { $0.lastWrite }
            if idleSince + Self.idle > clock.now(), idleSince <= clock.now() { return tidy(at: idleSince + Self.idle) }
            idleness.withLock { $0.isTimerSet = false }
            tidyOn()
        }
    }

    /// One step, and the next after whatever came meanwhile; a write ends it until the next quiet moment.
    private func tidyOn() {
        guard !idleness.withLock({ $0.isTimerSet }), frontier.tidy(now: clock.now()) else { return }
        lane.async { self.tidyOn() }
    }

    /// Commits `batch` in slices. `committed` is called after each, `done` after the last or the one that failed; both
    /// on the writer's lane. A slice that fails for what its rows are is halved until such a row is alone: that one is
    /// passed over, and the receipt tells why.
    package func enqueue(
        _ batch: EnqueueBatch, committed: @escaping @Sendable (EnqueueCommit) -> Void,
        done: @escaping @Sendable (EnqueueReceipt, (any Error)?) -> Void
    ) {
        enqueue(batch, from: 0, atMost: Pace.most, EnqueueReceipt(), committed, done)
    }

    private func enqueue(
        _ batch: EnqueueBatch, from start: Int, atMost limit: Int, _ receipt: EnqueueReceipt,
        _ committed: @escaping @Sendable (EnqueueCommit) -> Void,
        _ done: @escaping @Sendable (EnqueueReceipt, (any Error)?) -> Void
    ) {
        lane.async { [self] in
            let rows = min(limit, pace.withLock { $0.isFetching ? $0.whileFetching.rows : Pace.most })
            let end = min(start + rows, batch.count)
            let slice = start == 0 && end == batch.count ? batch : batch.slice(start..<end)
            let began = clock.now()
            do {
                let commit = try frontier.enqueue(slice, now: began)
                pace.withLock { $0.whileFetching.note(rows: slice.count, took: (clock.now() - began).ms) }
                committed(commit)
                var total = receipt
                total.add(commit.receipt, from: start)
                tidyLater()
                guard end < batch.count else { return done(total, nil) }
                // After a halving it grows again only by steps: where every row fails, none is tried twice.
                enqueue(batch, from: end, atMost: min(limit * 2, Pace.most), total, committed, done)
            } catch let fault as RowFault {
                guard slice.count == 1 else {
                    return enqueue(batch, from: start, atMost: slice.count / 2, receipt, committed, done)
                }
                var total = receipt
                total.unstorable.append(EnqueueReceipt.Unstorable(place: Int32(start), reason: fault.reason))
                guard end < batch.count else { return done(total, nil) }
                enqueue(batch, from: end, atMost: 1, total, committed, done)
            } catch {
                failed(error)
                done(receipt, error)
            }
        }
    }
}
