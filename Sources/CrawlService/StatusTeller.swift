import CrawlCore
import CrawlFrontier
import ServiceLifecycle
import Synchronization

/// Tells systemd how the crawl goes, every few seconds and only what is new.
struct StatusTeller: ServiceLifecycle.Service {
    static let period = Duration.seconds(5)

    let loop: CrawlLoop
    /// Of the frontier; reading blocks. nil = it cannot be read.
    let openIncidents: @Sendable () -> Int?
    let clock: any Clock
    let tell: @Sendable (String) -> Void

    private struct Told: Sendable {
        var text = ""
        var fetches = 0
        var at: Instant?
        var incidents = 0
        var isOver = false
    }

    func run() async throws {
        let told = Mutex(Told())
        let lane = clock.lane("crawld.service.status")
        Ticker(lane: lane, period: Self.period, clock: clock) {
            loop.snapshot { snapshot in lane.async { note(snapshot, told) } }
        }.start()
        try? await gracefulShutdown()
        told.withLock { $0.isOver = true }
    }

    private func note(_ snapshot: CrawlLoop.Snapshot, _ told: borrowing Mutex<Told>) {
        let now = clock.now()
        let incidents = openIncidents()
        let news: String? = told.withLock { told in
            var line = StatusLine()
            line.fetches = snapshot.outcomes.reduce(0, +)
            line.isPaused = snapshot.isPaused
            line.storageFullSince = snapshot.storageFullSince
            line.storageError = snapshot.storageError
            line.offlineSince = snapshot.guards.offlineSince
            line.localLimitSince = snapshot.localPause?.since
            told.incidents = incidents ?? told.incidents
            line.openIncidents = told.incidents
            if let at = told.at, now > at {
                line.perSecond = Double(line.fetches - told.fetches) * 1000 / Double((now - at).ms)
            }
            told.fetches = line.fetches
            told.at = now
            guard !told.isOver, line.text != told.text else { return nil }
            told.text = line.text
            return line.text
        }
        if let news { tell(news) }
    }
}
