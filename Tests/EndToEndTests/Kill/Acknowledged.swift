import Synchronization

/// What the daemon has promised: written down only after the whole answer was read.
final class Acknowledged: Sendable {
    enum Fate: Hashable {
        /// Handed in; no answer came, so either is right.
        case unknown
        case enqueued
        /// Asked to be removed; no answer came, so either is right.
        case removing
        case removed
    }

    struct Content {
        var fates: [String: Fate] = [:]
        /// What no answer may say, as sentences.
        var faults: [String] = []
        var enqueues = 0
        var lostAnswers = 0
        var removals = 0
        var revivals = 0
    }

    private let content = Mutex(Content())

    var snapshot: Content { content.withLock { $0 } }

    func note(_ change: (inout Content) -> Void) { content.withLock { change(&$0) } }
}
