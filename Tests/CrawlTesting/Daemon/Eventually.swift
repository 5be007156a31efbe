import Dispatch

/// Looks again and again, `every` so often, until `condition` holds or the time is over. True if it held.
package func eventually(
    within limit: Duration = .seconds(60), every: Duration = .milliseconds(10),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while true {
        if try await condition() { return true }
        if clock.now >= end { return false }
        await passing(every)
    }
}

/// Returns after `time` by a timer; the thread is free meanwhile.
package func passing(_ time: Duration) async {
    let (seconds, attoseconds) = time.components
    let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    await withCheckedContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { continuation.resume() }
    }
}
