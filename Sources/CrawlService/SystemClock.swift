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
        var jumps = ClockJumps()
    }

    private let seen: Mutex<Seen>

    package init() {
        seen = Mutex(Seen(offset: Self.offset()))
    }

    package func now() -> Instant { Instant(ms: Self.read(CLOCK_REALTIME)) }

    /// The wall clock is compared with the one that counts suspended time too and cannot be set.
    package func jumps() -> ClockJumps {
        let offset = Self.offset()
        return seen.withLock { seen in
            if abs(offset - seen.offset) > Self.tolerance {
                seen.jumps.count += 1
                seen.jumps.total += .milliseconds(offset - seen.offset)
            }
            seen.offset = offset
            return seen.jumps
        }
    }

    package func lane(_ name: String) -> any Lane { DispatchLane(name, clock: self) }

    /// Milliseconds since the machine booted; for measuring how long something took.
    package static func uptime() -> Int64 { read(CLOCK_BOOTTIME) }

    /// Microseconds of CLOCK_MONOTONIC, as systemd counts.
    static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Milliseconds since 1970, for those who stamp what they write and plan nothing.
    static func wallTime() -> Int64 { read(CLOCK_REALTIME) }

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
        let timer = DispatchLaneTimer(queue: queue, deadline: deadline, clock: clock, work: work)
        timer.start()
        return timer
    }

    package func check() { dispatchPrecondition(condition: .onQueue(queue)) }
}

/// Goes off when as much time has passed as was left when it was set, or when the wall clock says so, whichever comes
/// first: a clock set back must not hold work up, one set forward or a resumed machine must not delay it by more than
/// `longestSleep`.
///
/// `@unchecked Sendable`: the source may be cancelled from any thread; all else is fixed.
private final class DispatchLaneTimer: LaneTimer, @unchecked Sendable {
    private static let longestSleep: Int64 = 60_000

    private let source: any DispatchSourceTimer
    private let clock: any Clock
    private let deadline: Instant
    /// In `SystemClock.uptime`, which counts suspended time.
    private let dueUptime: Int64
    private let work: @Sendable () -> Void

    init(queue: DispatchQueue, deadline: Instant, clock: any Clock, work: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(flags: .strict, queue: queue)
        self.clock = clock
        self.deadline = deadline
        self.work = work
        dueUptime = SystemClock.uptime() &+ min(max(0, (deadline - clock.now()).ms), .max / 4)
    }

    func start() {
        source.setEventHandler { [self] in wentOff() }
        sleep()
        source.activate()
    }

    func cancel() { source.cancel() }

    private func sleep() {
        let wait = min(max(0, dueUptime - SystemClock.uptime()), Self.longestSleep)
        source.schedule(deadline: .now() + .milliseconds(Int(wait)), leeway: .nanoseconds(0))
    }

    private func wentOff() {
        guard clock.now() >= deadline || SystemClock.uptime() >= dueUptime else { return sleep() }
        source.cancel()
        work()
    }
}
