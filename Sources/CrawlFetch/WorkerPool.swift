package import CrawlCore
internal import CurlKit
internal import Dispatch
internal import Glibc
internal import Synchronization

/// The `Fetcher` of the daemon: an origin's number chooses its worker, so that its connections have one owner.
package final class WorkerPool: Fetcher {
    private let limits: FetchLimits
    private let clock: any Clock
    package let workerCount: Int
    private let maxConnects: Int
    private let workers = Mutex<[FetchWorker]>([])
    let monitor = CallMonitor()
    var all: [FetchWorker] { workers.withLock { $0 } }

    /// Raises the process's soft limit of descriptors to its hard one: each connection kept is a descriptor.
    package init(limits: FetchLimits, clock: any Clock) {
        self.limits = limits
        self.clock = clock
        workerCount = limits.workers > 0 ? limits.workers : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2)
        let descriptors = DescriptorLimit.raise()
        // The database, the control socket and look-ups need some too.
        let spare = max(0, descriptors - 512) / workerCount
        maxConnects = max(limits.maxInFlight + 64, spare)
    }

    /// Throws only if libcurl or the kernel has no room for the workers.
    package func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {
        let resolver = ResolverCheck(clock: clock)
        try workers.withLock { workers in
            precondition(workers.isEmpty, "started once")
            workers = try (0..<workerCount).map {
                try FetchWorker(
                    number: $0, limits: limits, maxConnects: maxConnects, clock: clock, resolver: resolver,
                    monitor: monitor, deliver: deliver)
            }
            for worker in workers { monitor.add(worker.watched) }
        }
        guard monitor.start() else { throw CurlError(code: 0, message: "no thread left", subject: "pthread_create") }
    }

    deinit { monitor.end() }

    package func fetch(_ batch: FetchBatch) {
        let workers = workers.withLock { $0 }
        precondition(!workers.isEmpty, "start comes first")
        monitor.wake()
        guard workers.count > 1 else {
            workers.first?.fetch(batch) { _ in true }
            return
        }
        let count = Int64(workers.count)
        for (i, worker) in workers.enumerated() {
            // Numbers are row ids: never negative, but a remainder would be.
            let mine: @Sendable (FetchRequest) -> Bool = { ($0.origin % count + count) % count == Int64(i) }
            if batch.requests.contains(where: mine) { worker.fetch(batch, where: mine) }
        }
    }

    package var handleTally: HandleTally {
        workers.withLock { $0 }.reduce(HandleTally()) { $0 + $1.handleTally }
    }

    package func cancelAll() {
        for worker in workers.withLock({ $0 }) { worker.cancelAll() }
    }
}

/// RLIMIT_NOFILE of this process.
enum DescriptorLimit {
    /// Sets the soft limit to the hard one and returns what now holds.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = soft }
        return Int(clamping: min(limit.rlim_cur, 1 << 20))
    }
}
