import CrawlCore
import CrawlFrontier
import CrawlOutput
import Logging

/// Has it told that the archive takes nothing: once, however often it goes on for a moment, until it has worked for a while.
///
/// `@unchecked Sendable`: everything that changes is touched only on `lane`, which every entry checks.
final class ArchiveAlert: @unchecked Sendable {
    /// So long it has to work, so that the trouble is over.
    static let calm = Duration.seconds(5 * 60)

    private let folder: String
    private let store: FrontierStore
    private let writer: FrontierWriter
    private let clock: any Clock
    private let lane: any Lane
    private let logger: Logger
    private let onTold: @Sendable () -> Void
    private var isTrouble = false
    /// Ends what was told.
    private var timer: (any LaneTimer)?

    init(
        folder: String, store: FrontierStore, writer: FrontierWriter, clock: any Clock, logger: Logger,
        onTold: @escaping @Sendable () -> Void
    ) {
        self.folder = folder
        self.store = store
        self.writer = writer
        self.clock = clock
        self.logger = logger
        self.onTold = onTold
        lane = clock.lane("crawld.output.alert")
    }

    /// It takes nothing. From any thread.
    func failed(_ failure: ArchiveFailure) {
        lane.async { [self] in
            timer?.cancel()
            timer = nil
            isTrouble = true
            let (trouble, now): (ArchiveTrouble, Instant) = (failure.isLackOfRoom ? .full : .failed, clock.now())
            write { [folder] in try $0.tell(trouble, sample: [folder], now: now) }
        }
    }

    /// It works again. From any thread.
    func works() {
        lane.async { [self] in
            guard isTrouble, timer == nil else { return }
            timer = lane.at(clock.now() + Self.calm) { [self] in
                timer = nil
                isTrouble = false
                let now = clock.now()
                write { try $0.end([.full, .failed], how: .recovered, now: now) }
            }
        }
    }

    /// A start has found it like this. `lost`: see `ArchiveOpening`; empty = all is there.
    func opened(lost: [String], urlsAffected: Int) {
        let now = clock.now()
        write { store in
            var isTold = try store.end([.full, .failed], how: .recovered, now: now)
            if lost.isEmpty {
                isTold = try store.end([.lost], how: .recovered, now: now) || isTold
            } else {
                isTold = try store.tell(.lost, sample: lost, urlsAffected: urlsAffected, now: now) || isTold
            }
            return isTold
        }
    }

    /// Where the frontier's disk is full too the log has it.
    private func write(_ work: @escaping @Sendable (FrontierStore) throws -> Bool) {
        writer.perform({ [store] _ in try work(store) }) { [onTold, logger] result in
            switch result {
            case .success(let isTold): if isTold { onTold() }
            case .failure(let error):
                logger.error("trouble with the archive could not be told", metadata: ["error": "\(error)"])
            }
        }
    }
}
