/// Time for everything that acts: what the time is, and serial queues whose timers run on it. `SystemClock` is the real
/// one; a simulation passes one whose time only moves when nothing is left to do.
package protocol Clock: Sendable {
    /// Wall-clock time that, between two jumps, advances as steadily as the monotonic clock does.
    func now() -> Instant

    /// How the wall clock was seen to step since the start (set by hand, or by NTP).
    func jumps() -> ClockJumps

    /// A new serial queue. `name` follows `crawld.<room>.<thing>`.
    func lane(_ name: String) -> any Lane
}

package struct ClockJumps: Sendable, Hashable {
    package var count = 0
    /// All of them together; below zero = set back.
    package var total = Duration.zero
    package init() {}
}

/// One serial queue: work runs in order, never two at once. State that is confined to a lane is touched only from it.
package protocol Lane: Sendable {
    func async(_ work: @escaping @Sendable () -> Void)

    /// Runs `work` at `deadline`, or at once if that has passed.
    @discardableResult
    func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer

    /// Traps when the caller is not on this lane.
    func check()
}

package protocol LaneTimer: Sendable {
    /// Idempotent. After a cancel from the timer's own lane the work does not run.
    func cancel()
}
