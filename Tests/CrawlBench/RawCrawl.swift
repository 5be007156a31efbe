import CrawlCore
import CrawlFetch
import CrawlService
import Dispatch
import Foundation
import Synchronization

/// The reference: the daemon's own workers with nothing around them. Each answer starts the next URL of a list; nothing
/// is decided and nothing is kept.
final class RawCrawl: Sendable {
    private let pool: WorkerPool
    private let urls: [(origin: [UInt8], path: [UInt8])]
    private let origins: Int
    private let progress = Mutex(Progress())
    private let end = DispatchSemaphore(value: 0)

    private struct Progress {
        var started = 0
        var finished = 0
        var failed = 0
    }

    init(_ list: URLList, workers: Int, inFlight: Int) {
        var limits = FetchLimits()
        limits.maxInFlight = inFlight
        limits.workers = workers
        limits.userAgent = "crawld/\(Version.current)"
        limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        pool = WorkerPool(limits: limits, clock: SystemClock())
        urls = (0..<list.count).map { (list.origin($0), list.path($0)) }
        origins = list.origins.count
    }

    /// Fetches every URL once, `inFlight` at a time.
    func run(inFlight: Int) throws -> CrawlSample.Rate {
        try pool.start { [self] in received($0) }
        let cpu = Self.cpuMicroseconds
        let began = ContinuousClock.now
        progress.withLock { pool.fetch(next(inFlight, &$0)) }
        end.wait()
        let took = ContinuousClock.now - began
        let failed = progress.withLock { $0.failed }
        guard failed == 0 else { throw BenchFailure("the reference failed \(failed) times in \(urls.count)") }
        return CrawlSample.Rate(
            perSecond: Double(urls.count) / took.seconds, cpuPerURL: (Self.cpuMicroseconds - cpu) / Double(urls.count))
    }

    private func received(_ results: [FetchResult]) {
        let batch = progress.withLock { progress in
            progress.finished += results.count
            progress.failed += results.count { $0.status != 200 || $0.curlCode != 0 }
            if progress.finished == urls.count { end.signal() }
            return next(results.count, &progress)
        }
        if !batch.isEmpty { pool.fetch(batch) }
    }

    private func next(_ count: Int, _ progress: inout Progress) -> FetchBatch {
        var batch = FetchBatch()
        for index in progress.started..<min(progress.started + count, urls.count) {
            batch.append(
                ticket: Int64(index), originNumber: Int64(index % origins), origin: urls[index].origin,
                path: urls[index].path, isLastOfOrigin: index + origins >= urls.count)
        }
        progress.started += batch.requests.count
        return batch
    }

    /// Of this process so far: POSIX has `clock` count in microseconds.
    private static var cpuMicroseconds: Double { Double(clock()) }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
