package import CrawlCore
import Synchronization

// The end of the crawl: what is in flight may end, up to a deadline, and all that was judged is stored.

extension CrawlLoop {
    /// After a stop's deadline a worker answers at once, or it is not waited for.
    private static let cancelling = Duration.seconds(2)
    /// What the other workers have may take so long when one does not come back.
    static let stuckDeadline = Duration.seconds(5)

    /// Starts nothing new, waits until `deadline` for what is in flight, commits, closes the frontier. Idempotent.
    /// `done` gets what kept the last verdicts from being stored; their URLs are still due then.
    package func stop(deadline: Instant, done: @escaping @Sendable ((any Error)?) -> Void) {
        stopAsked.store(true, ordering: .sequentiallyConsistent)
        lane.async { [self] in
            guard phase == .running else { return done(nil) }
            phase = .stopping
            stopDone = done
            stopDeadline = deadline
            wakeTimer?.cancel()
            leave()
            if scheduler?.inFlight ?? 0 > 0 {
                wakeTimer = lane.at(deadline) { [self] in cancel() }
            }
            hurryIfFull()
            finishStop()
        }
    }

    /// It was told to stop: the frontier is closed after what is under way. From any thread.
    package var isStopping: Bool { stopAsked.load(ordering: .sequentiallyConsistent) }

    /// A worker that has more to do than to answer to this is not waited for: what it has is still due.
    private func cancel() {
        fetcher.cancelAll()
        wakeTimer = lane.at(clock.now() + Self.cancelling) { [self] in
            guard phase == .stopping else { return }
            scheduler?.abandonAll()
            finishStop()
        }
    }

    /// The worker that has these does not come back: a stop does not wait for them, they are still due. From any thread.
    package func leaveBehind(_ tickets: [Int64]) {
        lane.async { [self] in
            leftBehind += tickets
            leave()
            hurry(within: Self.stuckDeadline)
            finishStop()
        }
    }

    /// What is in flight cannot be stored: it is not waited for, and asked again by the next start.
    func hurryIfFull() {
        guard snapshotValue.storageFullSince != nil, !isHurried else { return }
        isHurried = true
        hurry(within: Self.fullDeadline)
        guard phase == .stopping, scheduler?.inFlight ?? 0 > 0 else { return }
        wakeTimer?.cancel()
        cancel()
    }

    /// What waits behind a worker that does not come back, begun or ended, does not come either, and nobody can tell it
    /// from what others have.
    private func hurry(within limit: Duration) {
        let sooner = clock.now() + limit
        guard phase == .stopping, sooner < stopDeadline else { return }
        stopDeadline = sooner
        guard scheduler?.inFlight ?? 0 > 0 else { return }
        wakeTimer?.cancel()
        wakeTimer = lane.at(sooner) { [self] in cancel() }
    }

    private func leave() {
        guard phase == .stopping else { return }
        for ticket in leftBehind { scheduler?.abandon(ticket) }
        leftBehind = []
    }

    func finishStop() {
        guard phase == .stopping, scheduler?.inFlight ?? 0 == 0, committing == nil else { return }
        guard pending.isEmpty, exchanges.isEmpty else { return flush() }
        phase = .stopped
        wakeTimer?.cancel()
        let last = scheduler?.lastRequestAt
        let done = stopDone
        stopDone = nil
        writer.perform({ try $0.closeCleanly(lastRequestAt: last) }) { _ in done?(nil) }
    }

    /// The frontier does not take the last verdicts: a stop cannot wait for ever.
    func giveUp(_ error: any Error) {
        phase = .stopped
        wakeTimer?.cancel()
        stopDone?(error)
        stopDone = nil
    }
}
