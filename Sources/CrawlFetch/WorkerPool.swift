package import CrawlCore
internal import CurlKit
internal import Dispatch
internal import Glibc
internal import Synchronization

/// The `Fetcher` of the daemon: an origin's number chooses its worker, so that its connections have one owner.
package final class WorkerPool: Fetcher {
    private let limits: FetchLimits
    private let recorder = Mutex<(any Recorder)?>(nil)
    private let clock: any Clock
    package let workerCount: Int
    /// What the process's descriptors allow; `maxInFlight` may be less than the limits ask for.
    package let shares: DescriptorShares
    private let workers = Mutex<[FetchWorker]>([])
    let monitor = CallMonitor()
    /// Beyond `workers`, made when it is first needed.
    private let apart = Mutex(WorkerApart())

    /// Raises the process's soft limit of descriptors to its hard one: each connection kept is a descriptor.
    package init(limits: FetchLimits, clock: any Clock) {
        self.limits = limits
        self.clock = clock
        workerCount =
            limits.workers > 0
            ? limits.workers : Self.workers(ofCores: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        shares = DescriptorShares(
            limit: DescriptorLimit.raise(), maxInFlight: limits.maxInFlight, workers: workerCount)
    }

    /// Half of them, but two where there are two: with many origins the second gains a fifth, with few it costs nothing.
    static func workers(ofCores cores: Int) -> Int { max(1, min(2, cores), cores / 2) }

    /// Before `start`: what goes over the wire is fed to it.
    package func record(with recorder: any Recorder) { self.recorder.withLock { $0 = recorder } }

    private var recordedLimits: FetchLimits {
        var limits = limits
        if let recorder = recorder.withLock({ $0 }) { limits.recorder = recorder }
        return limits
    }

    /// Throws only if libcurl or the kernel has no room for the workers.
    package func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {
        let resolver = ResolverCheck(clock: clock)
        let limits = recordedLimits
        try workers.withLock { workers in
            precondition(workers.isEmpty, "started once")
            workers = try (0..<workerCount).map {
                try FetchWorker(
                    number: $0, limits: limits, share: shares.worker, clock: clock, resolver: resolver,
                    monitor: monitor, deliver: deliver)
            }
            for worker in workers { monitor.add(worker.watched) }
        }
        guard monitor.start() else { throw CurlError(code: 0, message: "no thread left", subject: "pthread_create") }
        apart.withLock { apart in
            apart.make = { [clock, workerCount, monitor, share = shares.quarantine] in
                let worker = try FetchWorker(
                    number: workerCount, limits: limits, share: share, clock: clock, resolver: resolver,
                    monitor: monitor, deliver: deliver)
                monitor.add(worker.watched)
                return worker
            }
        }
    }

    deinit { monitor.end() }

    package func fetch(_ batch: FetchBatch) {
        let workers = workers.withLock { $0 }
        precondition(!workers.isEmpty, "start comes first")
        monitor.wake()
        if batch.requests.contains(where: { $0.route.isApart || $0.route.hasMoved }) {
            return fetchMoved(batch, workers)
        }
        guard workers.count > 1 else {
            workers.first?.fetch(batch) { _ in true }
            return
        }
        let count = workers.count
        for (i, worker) in workers.enumerated() {
            let mine: @Sendable (FetchRequest) -> Bool = { Self.worker(of: $0.origin, count) == i }
            if batch.requests.contains(where: mine) { worker.fetch(batch, where: mine) }
        }
    }

    /// Numbers are row ids: never negative, but a remainder would be.
    private static func worker(of origin: Int64, _ count: Int) -> Int {
        let count = Int64(count)
        return Int((origin % count + count) % count)
    }

    /// Some of the requests go to the worker apart, or come from there.
    private func fetchMoved(_ batch: FetchBatch, _ workers: [FetchWorker]) {
        let now = MonotonicTime.now
        let (special, there) = apart.withLock { apart in
            var there: Set<Int64> = []  // tickets
            for request in batch.requests {
                let usual = workers[Self.worker(of: request.origin, workers.count)]
                guard request.route.isApart else {
                    apart.forget(request.origin)
                    if request.route.hasMoved { apart.made?.leave(request.origin) }
                    continue
                }
                let place = apart.worker(of: request.origin, isAlone: request.route.isAlone, at: now)
                guard place.worker != nil else { continue }
                there.insert(request.ticket)
                if place.hasMoved || request.route.hasMoved { usual.leave(request.origin) }
            }
            return (apart.made, there)
        }
        for (i, worker) in (workers + [special].compactMap(\.self)).enumerated() {
            let mine: @Sendable (FetchRequest) -> Bool = { [count = workers.count] in
                (there.contains($0.ticket) ? count : Self.worker(of: $0.origin, count)) == i
            }
            if batch.requests.contains(where: mine) { worker.fetch(batch, where: mine) }
        }
    }

    /// `told` is called once, if there is no room for the worker apart when it is first needed.
    package func whenNoneApart(_ told: @escaping @Sendable (any Error) -> Void) {
        apart.withLock { $0.onFailure = told }
    }

    /// With the one apart, once there is one.
    var all: [FetchWorker] { workers.withLock { $0 } + [apart.withLock { $0.made }].compactMap(\.self) }

    package var handleTally: HandleTally {
        all.reduce(HandleTally()) { $0 + $1.handleTally }
    }

    package func cancelAll() {
        for worker in all { worker.cancelAll() }
    }

    package func dropIdle() {
        for worker in all { worker.dropIdle() }
    }
}
