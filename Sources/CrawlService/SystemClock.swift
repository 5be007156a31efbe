package import CrawlCore
import Dispatch
import Glibc
import Synchronization

/// The machine's clock: the only place that reads it.
package final class SystemClock: Clock {
    /// Steps smaller than this are what NTP does all day.
    private static let tolerance: Int64 = 1000

    private struct Seen {
        var offset: Int64
        var jumps = 0
    }

    private let seen: Mutex<Seen>

    package init() {
        seen = Mutex(Seen(offset: Self.offset()))
    }

    package func now() -> Instant { Instant(ms: Self.read(CLOCK_REALTIME)) }

    /// The wall clock is compared with the one that counts suspended time too and cannot be set.
    package func jumps() -> Int {
        let offset = Self.offset()
        return seen.withLock { seen in
            if abs(offset - seen.offset) > Self.tolerance { seen.jumps += 1 }
            seen.offset = offset
            return seen.jumps
        }
    }

    package func lane(_ name: String) -> any Lane { DispatchLane(name, clock: self) }

    /// Milliseconds since the machine booted; for measuring how long something took.
    package static func uptime() -> Int64 { read(CLOCK_BOOTTIME) }

    private static func offset() -> Int64 { read(CLOCK_REALTIME) - read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// A serial Dispatch queue.
package final class DispatchLane: Lane {
    private let queue: DispatchQueue
    private let clock: any Clock

    init(_ name: String, clock: any Clock) {
        queue = DispatchQueue(label: name)
        self.clock = clock
    }

    package func async(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    @discardableResult
    package func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer {
        let source = DispatchSource.makeTimerSource(flags: .strict, queue: queue)
        // A day at most: the far future overflows Dispatch's clock, and whoever waits looks again when woken.
        let wait = min(max(0, (deadline - clock.now()).ms), 86_400_000)
        source.schedule(wallDeadline: .now() + .milliseconds(Int(wait)), leeway: .nanoseconds(0))
        source.setEventHandler {
            source.cancel()
            work()
        }
        source.activate()
        return DispatchLaneTimer(source: source)
    }

    package func check() { dispatchPrecondition(condition: .onQueue(queue)) }
}

/// `DispatchSourceTimer` may be cancelled from any thread; it is not marked Sendable on Linux.
private final class DispatchLaneTimer: LaneTimer, @unchecked Sendable {
    private let source: any DispatchSourceTimer
    init(source: any DispatchSourceTimer) { self.source = source }
    func cancel() { source.cancel() }
}
