import Foundation

/// Waiting for what another process does.
enum Patience {
    struct Exhausted: Error, CustomStringConvertible {
        let description: String
    }

    /// Looks until there is something to see. The pause between two looks is the kernel's: this thread is blocked in
    /// poll(2), so it must not be one of the cooperative pool's.
    static func wait<T>(
        for what: String, within limit: Duration, pause: Duration = .milliseconds(100), _ look: () throws -> T?
    ) throws -> T {
        let end = ContinuousClock.now + limit
        while true {
            if let seen = try look() { return seen }
            guard ContinuousClock.now < end else { throw Exhausted(description: "\(what): not within \(limit)") }
            poll(nil, 0, CInt(pause / .milliseconds(1)))
        }
    }

    /// Runs blocking work on a thread of its own.
    static func onOwnThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
        }
    }
}
