import CrawlCore
import Logging
import ServiceLifecycle

/// The loop as a part of the service group: ends when asked, after what is in flight, within a deadline.
struct CrawlRunner: ServiceLifecycle.Service {
    /// Leaves systemd's stop time-out room for the last commit.
    static let stopDeadline = Duration.seconds(20)

    let loop: CrawlLoop
    let clock: any Clock
    let notify: SystemdNotify
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        notify.tell(.stopping)
        logger.info("stopping: no new requests; those in flight may end")
        await withCheckedContinuation { done in
            loop.stop(deadline: clock.now() + Self.stopDeadline) { done.resume() }
        }
    }
}
