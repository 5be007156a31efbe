import ControlAPI
package import CrawlCore
import CrawlFrontier
package import Logging
import Synchronization

/// Carries alerts from the outbox to the sinks, at least once each, and writes down what became of them. It sleeps until
/// it is woken or the next delivery or reminder falls due.
///
/// A delivery is started once at a time and recorded only after its sink has answered; what was sent and could not be
/// recorded is not sent again while the process lives. Messages of one incident reach a sink in their order, because
/// the outbox shows only the first that is pending. What fails for too long is given up, and the next one of its incident
/// goes on. A delivery to a sink that is not configured stays pending.
///
/// `@unchecked Sendable`: everything that changes is touched only on `lane`, which every access checks.
package final class AlertDispatcher: @unchecked Sendable {
    /// Runs `work`, which writes to the store, where the store may be written to, then calls the second with what came
    /// of it, on any thread.
    package typealias Write =
        @Sendable (
            _ work: @escaping @Sendable () throws -> Void,
            _ done: @escaping @Sendable (Result<Void, any Error>) -> Void
        ) -> Void

    /// Deliveries to one sink that may be under way or unrecorded at a time.
    package static let maxBusy = 16

    private let outbox: any AlertOutboxReading
    private let sinks: [any AlertSink]
    private let clock: any Clock
    private let lane: any Lane
    private let logger: Logger
    private let recorder: DeliveryRecorder
    private let reminders: AlertReminders
    private let giveUpAfter: Duration
    private let isWakePending = Atomic(false)

    /// Started and not recorded yet, by sink: the numbers of the messages.
    private var busy: [String: Set<Int64>] = [:]
    /// Those of `busy` that their sinks have not answered yet.
    private var underWay: [String: Set<Int64>] = [:]
    private var timer: (any LaneTimer)?
    private var isStopping = false
    private var isStopped = false
    private var stopTimers: [any LaneTimer] = []
    private var onStop: [@Sendable () -> Void] = []

    /// Does nothing before the first `wake`. The names of `sinks` differ. `reminder`: between two messages of an open
    /// incident, nil = no reminders; they tell of the next look by `rules`. `giveUpAfter`: from the first attempt to the last; zero = one attempt.
    package init(
        outbox: any AlertOutboxReading, sinks: [any AlertSink], clock: any Clock, logger: Logger,
        reminder: Duration? = nil, rules: HealthRules = HealthRules(), giveUpAfter: Duration = .seconds(7 * 86_400),
        write: @escaping Write
    ) {
        precondition(Set(sinks.map(\.name)).count == sinks.count, "every sink has a name of its own")
        self.outbox = outbox
        self.sinks = sinks
        self.clock = clock
        self.logger = logger
        lane = clock.lane("crawld.service.alerts")
        self.giveUpAfter = giveUpAfter
        recorder = DeliveryRecorder(outbox: outbox, clock: clock, lane: lane, logger: logger, write: write)
        reminders = AlertReminders(
            outbox: outbox, interval: reminder, rules: rules, clock: clock, lane: lane, logger: logger, write: write)
        recorder.onRecorded = { [weak self] reports in self?.recorded(reports) }
        reminders.onPosted = { [weak self] in self?.startDue() }
    }

    /// The outbox may have something new: call it at the start and after every commit that wrote an alert. From any
    /// thread, cheap.
    package func wake() {
        guard !isWakePending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        lane.async { [self] in
            isWakePending.store(false, ordering: .releasing)
            startDue()
            if !isStopping { reminders.look() }
        }
    }

    /// Other rules are in force. From any thread.
    package func adopt(_ rules: HealthRules) {
        lane.async { [self] in reminders.rules = rules }
    }

    /// Deliveries recorded since the start, attempts that failed, and deliveries given up. From any thread.
    package var counts: (delivered: Int, failed: Int, givenUp: Int) { recorder.counts }

    /// Starts nothing more and waits until `deadline` for what is under way, then ends that. What is not recorded by then
    /// stays pending and is sent again, with the same id, after the next start. `done` is called once for every call, at
    /// `deadline` at the latest, on the alert lane. Idempotent.
    package func stop(deadline: Instant, done: @escaping @Sendable () -> Void) {
        lane.async { [self] in
            guard !isStopped else { return done() }
            onStop.append(done)
            if !isStopping {
                isStopping = true
                timer?.cancel()
                timer = nil
                reminders.stop()
                for sink in sinks { sink.stop() }
            }
            stopTimers.append(lane.at(deadline) { [self] in cutShort() })
            stopIfIdle()
        }
    }

    package func stop(deadline: Instant) async {
        await withCheckedContinuation { continuation in stop(deadline: deadline) { continuation.resume() } }
    }

    // MARK: Deliveries

    private func startDue() {
        lane.check()
        guard !isStopping else { return }
        timer?.cancel()
        timer = nil
        let now = clock.now()
        var next: Instant?
        do {
            for sink in sinks {
                if let at = try startDue(to: sink, now: now) { next = min(next ?? at, at) }
            }
        } catch {
            logger.error("alert outbox cannot be read", metadata: ["error": "\(error)"])
            next = now + DeliveryBackoff.first
        }
        timer = next.map { at in lane.at(at) { [weak self] in self?.startDue() } }
    }

    /// Returns when something falls due next; nil = nothing will, or the end of a busy one is soon enough.
    private func startDue(to sink: any AlertSink, now: Instant) throws -> Instant? {
        guard busy[sink.name, default: []].count < Self.maxBusy else { return nil }
        // The busy ones are due as well: what is left of the limit is room for others.
        let due = try outbox.pendingDeliveries(now: now, limit: Self.maxBusy, sink: sink.name)
        for delivery in due where !busy[sink.name, default: []].contains(delivery.alert.seq) {
            start(delivery, to: sink)
        }
        return due.count < Self.maxBusy ? try outbox.nextDeliveryAt(after: now, sink: sink.name) : nil
    }

    private func start(_ delivery: PendingDelivery, to sink: any AlertSink) {
        busy[sink.name, default: []].insert(delivery.alert.seq)
        underWay[sink.name, default: []].insert(delivery.alert.seq)
        sink.deliver(delivery.alert) { [self] result in
            lane.async { [self] in answered(delivery, result) }
        }
    }

    private func answered(_ delivery: PendingDelivery, _ result: AlertDelivery) {
        lane.check()
        guard !isStopped, underWay[delivery.sink]?.remove(delivery.alert.seq) != nil else { return }
        switch result {
        case .delivered: record(delivery, failure: nil)
        case .failed(let reason): record(delivery, failure: reason)
        case .abandoned where isStopping: busy[delivery.sink]?.remove(delivery.alert.seq)
        case .abandoned: record(delivery, failure: "abandoned")
        }
        stopIfIdle()
    }

    private func record(_ delivery: PendingDelivery, failure: String?) {
        let now = clock.now()
        let ending = failure.map { self.ending(of: delivery, $0, at: now) } ?? DeliveryReport.Ending.delivered
        var metadata: Logger.Metadata = [
            "alert": "\(delivery.alert.id)", "incident": "\(delivery.alert.facts.incident)",
            "sink": "\(delivery.sink)", "attempt": .stringConvertible(delivery.attempts + 1),
        ]
        switch ending {
        case .delivered: break
        case .failed(let error, let retryAt):
            metadata["error"] = "\(error)"
            metadata["retry_at"] = "\(Timestamp.text(retryAt.ms))"
            logger.warning("alert not delivered", metadata: metadata)
        case .givenUp(let error):
            metadata["error"] = "\(error)"
            logger.error("alert given up", metadata: metadata)
        }
        recorder.record(DeliveryReport(seq: delivery.alert.seq, sink: delivery.sink, at: now, ending))
    }

    /// The last attempt is made when the time is up, whatever the doubling says.
    private func ending(of delivery: PendingDelivery, _ reason: String, at now: Instant) -> DeliveryReport.Ending {
        let error = DeliveryBackoff.errorText(reason)
        let end = (delivery.triedAt ?? now) + giveUpAfter
        guard now < end else { return .givenUp(error) }
        return .failed(error, retryAt: min(now + DeliveryBackoff.wait(afterAttempts: delivery.attempts), end))
    }

    private func recorded(_ reports: [DeliveryReport]) {
        for report in reports { busy[report.sink]?.remove(report.seq) }
        startDue()
        stopIfIdle()
    }

    // MARK: Stop

    private func stopIfIdle() {
        guard isStopping, !isStopped, underWay.values.allSatisfy(\.isEmpty), recorder.isIdle else { return }
        becomeStopped()
    }

    private func cutShort() {
        lane.check()
        guard !isStopped else { return }
        for sink in sinks { sink.kill() }
        becomeStopped()
    }

    private func becomeStopped() {
        isStopped = true
        recorder.stop()
        for timer in stopTimers { timer.cancel() }
        stopTimers = []
        let callbacks = onStop
        onStop = []
        for done in callbacks { done() }
    }
}
