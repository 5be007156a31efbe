package import CrawlCore
import Synchronization

/// The one lane that writes to the frontier. Acts, commits of answers and enqueues share it by the time that they use: a
/// long enqueue is cut into slices, each a transaction of its own.
package final class FrontierWriter: Sendable {
    package let frontier: any Frontier
    private let lane: any Lane
    private let clock: any Clock
    private let pace = Mutex(Pace())
    private let turns = Mutex(WriterTurns<@Sendable () -> Void>())
    private let idleness: Mutex<Idleness>
    private let onFailure = Mutex<@Sendable (any Error) -> Void>({ _ in })
    /// Whether the crawl is paused, as an operator said when there was no room to store it. Changed on the lane only, so that
    /// of two calls the later one is stored last.
    private let unstoredPause = Mutex<Bool?>(nil)

    private struct Pace {
        static let most = 50_000
        /// An enqueue of no more is over as soon as an operator's act: it waits with those.
        static let few = 100
        /// Of a slice while fetching.
        var whileFetching = WritePace(rows: 5_000, bounds: 500...most)
        var answers = WritePace(rows: 2_000, bounds: 250...most)
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

    // MARK: Turns

    private typealias Kind = WriterTurns<@Sendable () -> Void>.Kind

    /// As many pieces of work are on the lane as wait: each runs whoever's turn it is then.
    private func wait(_ kind: Kind, _ work: @escaping @Sendable () -> Void) {
        turns.withLock { $0.add(work, kind) }
        lane.async { [self] in
            guard let turn = turns.withLock({ $0.next() }) else { return }
            let began = clock.now()
            turn.work()
            turns.withLock { $0.note(turn.kind, took: (clock.now() - began).ms) }
        }
    }

    /// Runs `work` on the writer's lane and answers from there.
    package func perform<T: Sendable>(
        _ work: @escaping @Sendable (any Frontier) throws -> T,
        then: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        perform(.act, work, then)
    }

    /// As `perform`, in the turns of the crawl's answers.
    package func complete(
        _ completion: Completion, now: Instant, then: @escaping @Sendable (Result<CompletionCommit, any Error>) -> Void
    ) {
        perform(
            .answers,
            { [self] frontier in
                let began = clock.now()
                let commit = try frontier.complete(completion, now: now)
                pace.withLock { $0.answers.note(rows: completion.count, took: (clock.now() - began).ms) }
                return commit
            }, then)
    }

    /// So many answers a commit, so that what waits for the writer behind it does not wait long.
    var answersPerCommit: Int { pace.withLock { $0.answers.rows } }

    private func perform<T: Sendable>(
        _ kind: Kind, _ work: @escaping @Sendable (any Frontier) throws -> T,
        _ then: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let frontier = frontier
        wait(kind) { [self] in
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

    // MARK: Enqueues

    /// An enqueue that is under way.
    private struct Upload: Sendable {
        var batch: EnqueueBatch
        /// Where each entry of `batch` was in what was handed in; nil = where it is.
        var places: [Int32]?
        /// Entries before it are done.
        var start = 0
        /// Rows of the next slice.
        var limit = Pace.most
        var receipt = EnqueueReceipt()
        let committed: @Sendable (EnqueueCommit) -> Void
        let done: @Sendable (EnqueueReceipt, (any Error)?) -> Void

        var isOver: Bool { start == batch.count }

        /// With the error that ended it early; nil = all of it is done. Places are told in the order of what was handed in.
        func end(_ error: (any Error)?) {
            var receipt = receipt
            if places != nil {
                receipt.full.sort()
                receipt.unstorable.sort { $0.place < $1.place }
            }
            done(receipt, error)
        }

        /// So that slices change pages of their own: cut from a batch as it came, each would change nearly all of the
        /// pages that the whole batch changes.
        mutating func arrange(_ order: [Int32]) {
            guard order.count == batch.count else { return }
            batch = batch.arranged(order)
            places = order
        }

        /// `part` is of the slice that ends at `end`.
        mutating func add(_ part: EnqueueReceipt, to end: Int) {
            var part = part
            if let places {
                for index in part.full.indices { part.full[index] = places[start + Int(part.full[index])] }
                for index in part.unstorable.indices {
                    part.unstorable[index].place = places[start + Int(part.unstorable[index].place)]
                }
            }
            receipt.add(part, from: places == nil ? start : 0)
            start = end
        }
    }

    /// Commits `batch` in slices. `committed` is called after each, `done` after the last or the one that failed; both
    /// on the writer's lane. A slice that fails for what its rows are is halved until such a row is alone: that one is
    /// passed over, and the receipt tells why.
    package func enqueue(
        _ batch: EnqueueBatch, committed: @escaping @Sendable (EnqueueCommit) -> Void,
        done: @escaping @Sendable (EnqueueReceipt, (any Error)?) -> Void
    ) {
        enqueue(Upload(batch: batch, committed: committed, done: done))
    }

    private func enqueue(_ upload: Upload) {
        wait(upload.batch.count > Pace.few ? .slice : .act) { [self] in slice(upload) }
    }

    private func slice(_ upload: Upload) {
        var upload = upload
        let rows = min(upload.limit, pace.withLock { $0.isFetching ? $0.whileFetching.rows : Pace.most })
        let began = clock.now()
        var slice = EnqueueBatch()
        do {
            if upload.start == 0, upload.places == nil, rows < upload.batch.count {
                upload.arrange(try frontier.order(of: upload.batch))
            }
            let end = min(upload.start + rows, upload.batch.count)
            let isWhole = upload.start == 0 && end == upload.batch.count
            slice = isWhole ? upload.batch : upload.batch.slice(upload.start..<end)
            let sliced = clock.now()
            let commit = try frontier.enqueue(slice, now: began)
            pace.withLock { $0.whileFetching.note(rows: slice.count, took: (clock.now() - sliced).ms) }
            upload.committed(commit)
            upload.add(commit.receipt, to: end)
            tidyLater()
            // After a halving it grows again only by steps: where every row fails, none is tried twice.
            upload.limit = min(upload.limit * 2, Pace.most)
        } catch is RowFault where slice.count > 1 {
            upload.limit = slice.count / 2
        } catch let fault as RowFault where slice.count == 1 {
            let part = EnqueueReceipt.Unstorable(place: 0, reason: fault.reason)
            var receipt = EnqueueReceipt()
            receipt.unstorable.append(part)
            upload.add(receipt, to: upload.start + 1)
            upload.limit = 1
        } catch {
            failed(error)
            return upload.end(error)
        }
        if upload.isOver { upload.end(nil) } else { enqueue(upload) }
    }
}
