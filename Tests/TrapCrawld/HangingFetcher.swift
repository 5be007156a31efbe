import CrawlCore
import CrawlFetch
import Dispatch

/// The workers, one of which does not come back from a call as into libcurl once it has begun certain requests; and for one
/// request the crawl loop does not come back from here.
final class HangingFetcher: Fetcher {
    private let workers: WorkerPool
    private let hanging: Set<String>
    private let loopHanging: String?
    private let hangsAtStop: Bool

    init(workers: WorkerPool, hanging: Set<String>, loopHanging: String?, hangsAtStop: Bool) {
        self.loopHanging = loopHanging
        self.workers = workers
        self.hanging = hanging
        self.hangsAtStop = hangsAtStop
    }

    func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws { try workers.start(deliver) }

    func fetch(_ batch: FetchBatch) {
        workers.fetch(batch)
        for request in batch.requests {
            let url = String(decoding: batch.arena[request.urlOffset...].prefix { $0 != 0 }, as: UTF8.self)
            if url == loopHanging { DispatchSemaphore(value: 0).wait() }
            guard hanging.contains(url) else { continue }
            workers.occupy(workerOf: request.origin) { DispatchSemaphore(value: 0).wait() }
        }
    }

    func cancelAll() {
        if hangsAtStop { DispatchSemaphore(value: 0).wait() }
        workers.cancelAll()
    }
}
