import CrawlCore
import CrawlFetch
import ServiceLifecycle

/// Tells systemd that the daemon lives, as long as the loop, the writer and every worker have taken a step since it last
/// asked.
struct Watchdog: ServiceLifecycle.Service {
    let loop: CrawlLoop
    let writer: FrontierWriter
    let pool: WorkerPool
    let clock: any Clock
    let notify: SystemdNotify

    func run() async throws {
        guard let interval = notify.watchdogInterval() else {
            try? await gracefulShutdown()
            return
        }
        let lane = clock.lane("crawld.service.watchdog")
        let ticker = Ticker(lane: lane, period: .milliseconds(max(interval.ms / 2, 1)), clock: clock) {
            loop.snapshot { _ in writer.ping { pool.ping { notify.tell(.watchdog) } } }
        }
        ticker.start()
        try? await gracefulShutdown()
        // It goes on while the loop finishes: a stop may take longer than the watchdog waits.
    }
}

/// Does something again and again on a lane.
struct Ticker: Sendable {
    let lane: any Lane
    let period: Duration
    let clock: any Clock
    let work: @Sendable () -> Void

    func start() {
        work()
        lane.at(clock.now() + period) { start() }
    }
}
