import CrawlCore
import Logging
import ServiceLifecycle

/// Looks every minute whether a consumer of the result feed is about to lose results, or has caught up, and has it told: a
/// consumer that reads nothing comes near the bounds without any request of its own.
///
/// `@unchecked Sendable`: everything that changes is touched only on `lane`, which every entry checks.
final class LagWatch: @unchecked Sendable {
    static let interval = Duration.seconds(60)

    /// Tells what there is to tell, where the store may be written to; true = there are new messages.
    typealias Tell =
        @Sendable (_ now: Instant, _ done: @escaping @Sendable (Result<Bool, any Error>) -> Void) -> Void

    private let clock: any Clock
    private let lane: any Lane
    private let logger: Logger
    private let tell: Tell
    private let onTold: @Sendable () -> Void
    private var timer: (any LaneTimer)?
    private var isStopped = false
    /// A fault that lasts is logged once.
    private var isFailing = false

    /// `onTold`: called after new messages were stored, on the watch's lane.
    init(clock: any Clock, logger: Logger, tell: @escaping Tell, onTold: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.logger = logger
        self.tell = tell
        self.onTold = onTold
        lane = clock.lane("crawld.service.lag")
    }

    /// Looks at once, then again and again. From any thread, once.
    func start() { lane.async { [self] in look() } }

    /// From any thread.
    func stop() {
        lane.async { [self] in
            isStopped = true
            timer?.cancel()
            timer = nil
        }
    }

    private func look() {
        lane.check()
        guard !isStopped else { return }
        tell(clock.now()) { [self] result in lane.async { [self] in looked(result) } }
    }

    private func looked(_ result: Result<Bool, any Error>) {
        lane.check()
        guard !isStopped else { return }
        switch result {
        case .success(let hasTold):
            isFailing = false
            if hasTold { onTold() }
        case .failure(let error):
            if !isFailing {
                logger.error("consumers of the result feed are not watched", metadata: ["error": "\(error)"])
            }
            isFailing = true
        }
        timer = lane.at(clock.now() + Self.interval) { [weak self] in self?.look() }
    }
}

/// The watch as a part of the service group.
struct LagRunner: ServiceLifecycle.Service {
    let watch: LagWatch

    func run() async throws {
        watch.start()
        try? await gracefulShutdown()
        watch.stop()
    }
}
