import CrawlCore
import Glibc
import Synchronization

/// How a process ends by a fault of its own.
enum Death: String, Sendable {
    /// As Swift does where it must not go on.
    case trap
    /// As the C library does where its heap is damaged.
    case abort
    /// A pointer into nowhere.
    case pointer

    func happen() -> Never {
        switch self {
        case .trap: fatalError("an answer that ends the process")
        case .abort: Glibc.abort()
        case .pointer:
            UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
            fatalError("still there")
        }
    }
}

/// The workers, whose answers for some URLs end the process on the worker's queue.
final class DeadlyFetcher: Fetcher {
    private let workers: any Fetcher
    private let deadly: Set<String>
    private let death: Death
    private let tickets = Mutex<Set<Int64>>([])

    init(workers: any Fetcher, deadly: Set<String>, death: Death) {
        self.workers = workers
        self.deadly = deadly
        self.death = death
    }

    func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {
        try workers.start { [self] results in
            let isDeadly = tickets.withLock { tickets in
                results.contains { tickets.contains($0.ticket) && !$0.isNews }
            }
            if isDeadly { death.happen() }
            deliver(results)
        }
    }

    func fetch(_ batch: FetchBatch) {
        for request in batch.requests {
            let url = String(decoding: batch.arena[request.urlOffset...].prefix { $0 != 0 }, as: UTF8.self)
            if deadly.contains(url) { _ = tickets.withLock { $0.insert(request.ticket) } }
        }
        workers.fetch(batch)
    }

    func cancelAll() { workers.cancelAll() }
}
