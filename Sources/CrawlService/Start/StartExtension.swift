import CrawlCore
import Synchronization

/// Asks the service manager for more time, again and again until the crawl is ready or has failed: a large frontier that
/// is brought up to date, or recovers from a crash, takes longer than any unit allows, and ending it half-way would only
/// begin it anew. On a lane of its own: what takes long is one step of SQLite's. It also feeds the watchdog, which looks as
/// soon as the control socket is served: on a full disk that is before the crawl.
struct StartExtension: Sendable {
    /// From one request to the next.
    static let period = Duration.seconds(2)
    /// What is asked for each time: many periods, for the machine may be busy.
    static let more = Duration.seconds(60)

    private final class Ending: Sendable {
        let isOver = Atomic(false)
    }

    private let lane: any Lane
    private let clock: any Clock
    private let notify: SystemdNotify
    private let ending = Ending()

    /// Asks at once.
    static func begin(clock: any Clock, notify: SystemdNotify) -> StartExtension {
        let extending = StartExtension(
            lane: clock.lane("crawld.service.start"), clock: clock, notify: notify)
        extending.lane.async { extending.ask() }
        return extending
    }

    private init(lane: any Lane, clock: any Clock, notify: SystemdNotify) {
        self.lane = lane
        self.clock = clock
        self.notify = notify
    }

    /// Idempotent.
    func end() { ending.isOver.store(true, ordering: .relaxed) }

    private func ask() {
        guard !ending.isOver.load(ordering: .relaxed) else { return }
        notify.tell(.extendTimeout(Self.more))
        notify.tell(.watchdog)
        let patience = notify.watchdogInterval().map { .milliseconds(max($0.ms / 2, 1)) } ?? Self.period
        lane.at(clock.now() + min(Self.period, patience)) { ask() }
    }
}
