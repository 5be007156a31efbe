internal import Synchronization

/// What a worker's thread tells others of the call into libcurl that it is in: which one, since when, and whether libcurl
/// has called us meanwhile. Plain stores on the worker's thread; read from any.
package final class CallRecord: Sendable {
    private let number = Atomic<UInt64>(0)
    private let begun = Atomic<UInt64>(0)
    private let callbacks = Atomic<Bool>(false)

    package init() {}

    /// `call` is a call into libcurl, which does not lead to another one.
    package func during<T>(_ call: () -> T) -> T {
        number.store(number.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        begun.store(MonotonicTime.now, ordering: .releasing)
        defer { begun.store(0, ordering: .releasing) }
        return call()
    }

    package func enterCallback() { callbacks.store(true, ordering: .relaxed) }
    package func leaveCallback() { callbacks.store(false, ordering: .releasing) }

    /// A call that is under way.
    package struct Call: Sendable, Hashable {
        /// One more with each call; never 0.
        package let number: UInt64
        /// Monotonic nanoseconds.
        package let begunNs: UInt64
        /// In a callback of ours right now.
        package let isInCallback: Bool
    }

    /// nil = none is.
    package var now: Call? {
        let begunNs = begun.load(ordering: .acquiring)
        guard begunNs != 0 else { return nil }
        let isInCallback = callbacks.load(ordering: .acquiring)
        let number = number.load(ordering: .relaxed)
        // Of two calls: the one that was looked at first is over.
        guard begun.load(ordering: .acquiring) == begunNs else { return nil }
        return Call(number: number, begunNs: begunNs, isInCallback: isInCallback)
    }
}
