import Synchronization

/// Uploads whose batches may grow while the one before is being committed: the more rows a batch has, the fewer pages it
/// changes for each. So many at a time, because each is memory. From any thread.
package final class BatchGrowth: Sendable {
    /// A batch that waits gets so many times as large as others.
    static let most = 4

    private let free: Mutex<Int>

    package init(uploads: Int) { free = Mutex(uploads) }

    /// False = enough others have large batches.
    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
