import CrawlCore
import Logging

/// Writes a reminder of every incident that stays open, each time nothing was told of it for the interval. It sleeps until
/// the next one is due; what fell due while the daemon was down is one reminder.
///
/// `@unchecked Sendable`: everything that changes is touched only on `lane`, the dispatcher's, which every entry checks;
/// `onPosted` is set once, before the first entry.
final class AlertReminders: @unchecked Sendable {
    /// Messages of one transaction.
    static let maxPosted = 500
    /// A failing store is asked again after so long.
    static let retry = Duration.seconds(60)

    /// Called on `lane` when the outbox has new messages.
    var onPosted: (@Sendable () -> Void)?

    private let outbox: any AlertOutboxReading
    private let interval: Duration?
    /// By which they tell of the next look.
    var rules: HealthRules
    private let clock: any Clock
    private let lane: any Lane
    private let logger: Logger
    private let write: AlertDispatcher.Write
    private var timer: (any LaneTimer)?
    private var isWriting = false
    private var isStopped = false

    /// `interval` nil = no reminders. `rules`: as `AlertReminders.rules`.
    init(
        outbox: any AlertOutboxReading, interval: Duration?, rules: HealthRules, clock: any Clock, lane: any Lane,
        logger: Logger, write: @escaping AlertDispatcher.Write
    ) {
        self.outbox = outbox
        self.interval = interval
        self.rules = rules
        self.clock = clock
        self.lane = lane
        self.logger = logger
        self.write = write
    }

    /// Incidents may have been opened or closed.
    func look() {
        lane.check()
        guard let interval, !isStopped, !isWriting else { return }
        timer?.cancel()
        timer = nil
        do {
            guard let at = try outbox.nextReminderAt(after: interval) else { return }
            if at <= clock.now() { post(interval) } else { sleep(until: at) }
        } catch {
            fail(error)
        }
    }

    func stop() {
        lane.check()
        isStopped = true
        timer?.cancel()
        timer = nil
    }

    private func sleep(until moment: Instant) {
        timer = lane.at(moment) { [weak self] in self?.look() }
    }

    private func post(_ interval: Duration) {
        isWriting = true
        let now = clock.now()
        write({ [outbox, rules] in
            try outbox.postReminders(after: interval, limit: Self.maxPosted, now: now, rules: rules)
        }) { [self] result in
            lane.async { [self] in posted(result) }
        }
    }

    private func posted(_ result: Result<Void, any Error>) {
        lane.check()
        isWriting = false
        guard !isStopped else { return }
        switch result {
        case .success:
            onPosted?()
            look()
        case .failure(let error): fail(error)
        }
    }

    private func fail(_ error: any Error) {
        logger.error("reminders not written", metadata: ["error": "\(error)"])
        sleep(until: clock.now() + Self.retry)
    }
}
