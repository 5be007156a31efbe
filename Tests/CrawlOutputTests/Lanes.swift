import CrawlCore
import Synchronization

/// Runs work at once, where it is handed over.
struct InlineLane: Lane {
    func async(_ work: @escaping @Sendable () -> Void) { work() }
    func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer { NoTimer() }
    func check() {}
}

/// A disk that is slow: work waits until the test lets it go.
final class HeldLane: Lane {
    private let held = Mutex<[@Sendable () -> Void]>([])

    var count: Int { held.withLock { $0.count } }

    func async(_ work: @escaping @Sendable () -> Void) { held.withLock { $0.append(work) } }
    func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer { NoTimer() }
    func check() {}

    /// What is held now; what it hands over in turn stays.
    func run() {
        let works = held.withLock { held in
            defer { held = [] }
            return held
        }
        for work in works { work() }
    }
}

private struct NoTimer: LaneTimer {
    func cancel() {}
}
