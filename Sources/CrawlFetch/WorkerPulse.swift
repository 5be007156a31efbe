internal import CurlKit
internal import Synchronization

/// Whether a worker's queue still gets on, whatever it may be doing: asked now and then, answered by the worker alone.
final class WorkerPulse: Sendable {
    /// Nanoseconds without an answer after which a worker is late. Its calls into libcurl may last so long.
    static let patience = CallWatch.deadline + CallWatch.patience

    /// Since when an answer is awaited, in monotonic nanoseconds; 0 = none is.
    private let askedAt = Atomic<UInt64>(0)

    /// Nothing happens while an answer is awaited.
    func ask(_ worker: FetchWorker, at now: UInt64) {
        guard askedAt.compareExchange(expected: 0, desired: now, ordering: .relaxed).exchanged else { return }
        worker.ping { [self] in askedAt.store(0, ordering: .relaxed) }
    }

    /// For how long an answer has been awaited, in nanoseconds; 0 = none is.
    func age(at now: UInt64) -> UInt64 {
        let since = askedAt.load(ordering: .relaxed)
        return since == 0 ? 0 : now - min(now, since)
    }
}
