internal import CurlKit
internal import Dispatch
internal import Synchronization

// How the workers get on. Nothing here waits for one.

extension WorkerPool {
    /// `told` is called once for each call into libcurl that is given up, on a thread of its own.
    package func whenStuck(_ told: @escaping @Sendable (StuckWorker) -> Void) { monitor.whenStuck(told) }

    /// Asks each worker for a sign of life too, so that the next call knows more.
    package var health: WorkerHealth {
        let now = MonotonicTime.now
        let stuck = Set(monitor.stuck)
        var health = WorkerHealth(longestCallMs: Int64(monitor.longestCall(at: now) / 1_000_000))
        for worker in all {
            let call = worker.watched.calls.now.map { now - min(now, $0.begunNs) } ?? 0
            if stuck.contains(worker.number) || max(call, worker.pulse.age(at: now)) >= WorkerPulse.patience {
                health.late.append(worker.number)
            }
            worker.pulse.ask(worker, at: now)
        }
        return health
    }

    /// `answer` is called, on a worker's queue, when every worker has done what is before it; never, if one does not.
    package func ping(_ answer: @escaping @Sendable () -> Void) {
        let group = DispatchGroup()
        for worker in all {
            group.enter()
            worker.ping { group.leave() }
        }
        group.notify(queue: .global(), execute: answer)
    }

    /// Whether every worker gives a sign of life within `limit`.
    package func answers(within limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            ping { once.resume(true) }
            DispatchQueue.global().asyncAfter(
                deadline: .now() + .milliseconds(Int(limit / .milliseconds(1)))
            ) { once.resume(false) }
        }
    }

    /// For tests of those who look after the workers: the worker of `origin` runs `work` as it runs a call into libcurl,
    /// after what it was given before.
    package func occupy(workerOf origin: Int64, _ work: @escaping @Sendable () -> Void) {
        let workers = all
        guard !workers.isEmpty else { return }
        let count = Int64(workers.count)
        workers[Int((origin % count + count) % count)].occupy(work)
    }
}

private final class Once: Sendable {
    private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) { self.continuation = Mutex(continuation) }

    func resume(_ value: Bool) {
        continuation.withLock { continuation in
            continuation?.resume(returning: value)
            continuation = nil
        }
    }
}
