internal import Synchronization

/// What the workers did with libcurl's handles since the start.
package struct HandleTally: Sendable, Hashable {
    /// Handles that were made.
    package var made = 0
    /// Transfers that libcurl was given: requests, and each repeat of one over HTTP/1.1.
    package var transfers = 0

    package init(made: Int = 0, transfers: Int = 0) {
        self.made = made
        self.transfers = transfers
    }

    package static func + (one: HandleTally, other: HandleTally) -> HandleTally {
        HandleTally(made: one.made + other.made, transfers: one.transfers + other.transfers)
    }
}

/// The tally of one worker: plain stores on its thread, read from any.
final class WorkerTally: Sendable {
    private let made = Atomic<Int>(0)
    private let transfers = Atomic<Int>(0)

    func noteHandle() { made.store(made.load(ordering: .relaxed) + 1, ordering: .relaxed) }
    func noteTransfer() { transfers.store(transfers.load(ordering: .relaxed) + 1, ordering: .relaxed) }

    var now: HandleTally {
        HandleTally(made: made.load(ordering: .relaxed), transfers: transfers.load(ordering: .relaxed))
    }
}
