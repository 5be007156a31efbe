import CrawlCore
import CrawlFetch
import Logging
import ServiceLifecycle

/// The loop as a part of the service group: ends when asked, after what is in flight, within a deadline.
struct CrawlRunner: ServiceLifecycle.Service {
    /// With the control server's 5 s and the hooks' 5 s a stop stays under 30 s.
    static let stopDeadline = Duration.seconds(15)

    let loop: CrawlLoop
    let pool: WorkerPool
    let clock: any Clock
    let notify: SystemdNotify
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        notify.tell(.stopping)
        notify.tell(.status("stopping"))
        logger.info("stopping: no new requests; those in flight may end")
        let fault = await withCheckedContinuation { done in
            let limit = pool.health.late.isEmpty ? Self.stopDeadline : CrawlLoop.stuckDeadline
            loop.stop(deadline: clock.now() + limit) { done.resume(returning: $0) }
        }
        if let fault { throw ServiceFailure(storage: fault) }
    }
}
