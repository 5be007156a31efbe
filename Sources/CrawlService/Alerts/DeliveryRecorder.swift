import CrawlCore
import CrawlFrontier
import Logging
import Synchronization

/// Writes down what became of deliveries, one write at a time, and keeps what a write could not take (a full disk) until
/// a later one does.
///
/// `@unchecked Sendable`: everything that changes is touched only on `lane`, the dispatcher's, which every entry checks;
/// `onRecorded` is set once, before the first entry.
final class DeliveryRecorder: @unchecked Sendable {
    /// Waits between tries of a write that failed: 1 s, doubling to 1 min.
    static let firstRetry = Duration.seconds(1)
    static let longestRetry = Duration.seconds(60)
    /// For a report that cannot be stored for what its row is.
    static let unstoredRetry = Duration.seconds(15 * 60)

    /// Called on `lane` with what has been committed.
    var onRecorded: (@Sendable ([DeliveryReport]) -> Void)?

    private let outbox: any AlertOutboxReading
    private let clock: any Clock
    private let lane: any Lane
    private let logger: Logger
    private let write: AlertDispatcher.Write
    private var waiting: [DeliveryReport] = []
    /// Reports of one write at most: fewer and fewer while writes fail for what one of them is.
    private var most = Int.max
    /// Those that failed alone: others do not wait for them.
    private var unstored: [DeliveryReport] = []
    private var unstoredTimer: (any LaneTimer)?
    private var isWriting = false
    private var isStopped = false
    private var failures = 0
    private var timer: (any LaneTimer)?
    private let delivered = Atomic(0)
    private let failed = Atomic(0)
    private let givenUp = Atomic(0)

    init(
        outbox: any AlertOutboxReading, clock: any Clock, lane: any Lane, logger: Logger,
        write: @escaping AlertDispatcher.Write
    ) {
        self.outbox = outbox
        self.clock = clock
        self.lane = lane
        self.logger = logger
        self.write = write
    }

    /// Nothing waits to be written. On `lane` only.
    var isIdle: Bool { waiting.isEmpty && !isWriting }

    /// Reports committed so far: a delivery that is given up has failed, too. From any thread.
    var counts: (delivered: Int, failed: Int, givenUp: Int) {
        (
            delivered.load(ordering: .relaxed), failed.load(ordering: .relaxed), givenUp.load(ordering: .relaxed)
        )
    }

    func record(_ report: DeliveryReport) {
        lane.check()
        waiting.append(report)
        writeWaiting()
    }

    /// Tries no write again.
    func stop() {
        lane.check()
        timer?.cancel()
        timer = nil
        unstoredTimer?.cancel()
        unstoredTimer = nil
        waiting = []
        isStopped = true
    }

    private func writeWaiting() {
        lane.check()
        guard !isStopped, !isWriting, timer == nil, !waiting.isEmpty else { return }
        let reports = Array(waiting.prefix(most))
        waiting.removeFirst(reports.count)
        isWriting = true
        write({ [outbox] in try outbox.recordDeliveries(reports) }) { [self] result in
            lane.async { [self] in written(reports, result) }
        }
    }

    private func written(_ reports: [DeliveryReport], _ result: Result<Void, any Error>) {
        lane.check()
        isWriting = false
        switch result {
        case .success:
            failures = 0
            most = waiting.isEmpty ? .max : most
            let deliveredNow = reports.count { $0.ending == .delivered }
            let givenUpNow = reports.count { if case .givenUp = $0.ending { true } else { false } }
            delivered.wrappingAdd(deliveredNow, ordering: .relaxed)
            failed.wrappingAdd(reports.count - deliveredNow, ordering: .relaxed)
            givenUp.wrappingAdd(givenUpNow, ordering: .relaxed)
            writeWaiting()
            onRecorded?(reports)
        case .failure(let fault as RowFault):
            guard !isStopped else { return }
            if reports.count > 1 {
                waiting = reports + waiting
                most = (reports.count + 1) / 2
            } else {
                setAside(reports, fault)
            }
            writeWaiting()
        case .failure(let error):
            guard !isStopped else { return }
            waiting = reports + waiting
            let wait = Backoff.doubling(from: Self.firstRetry, step: failures, limit: Self.longestRetry)
            failures += 1
            logger.error(
                "alert deliveries not recorded",
                metadata: [
                    "error": "\(error)", "reports": .stringConvertible(waiting.count),
                    "retry_in_s": .stringConvertible(wait.ms / 1000),
                ])
            timer = lane.at(clock.now() + wait) { [weak self] in
                self?.timer = nil
                self?.writeWaiting()
            }
        }
    }

    /// They are tried again later. Until then what they tell of is not sent a second time.
    private func setAside(_ reports: [DeliveryReport], _ fault: RowFault) {
        logger.error(
            "an alert delivery cannot be recorded",
            metadata: [
                "error": "\(fault)", "alert_seq": .stringConvertible(reports.first?.seq ?? 0),
                "retry_in_s": .stringConvertible(Self.unstoredRetry.ms / 1000),
            ])
        unstored += reports
        guard unstoredTimer == nil else { return }
        unstoredTimer = lane.at(clock.now() + Self.unstoredRetry) { [weak self] in
            guard let self else { return }
            unstoredTimer = nil
            waiting += unstored
            unstored = []
            writeWaiting()
        }
    }
}
