import Synchronization

/// Texts that any thread may add to.
final class LockedLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ more: [String]) { lines.withLock { $0 += more } }
}
