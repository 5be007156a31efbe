import Glibc

/// The one place of crawlctl that reads the time: how long ago something was depends on it, and how long a wait is.
enum SystemClock {
    /// Milliseconds since 1970, UTC.
    static func nowMs() -> Int64 { read(CLOCK_REALTIME) }

    /// Milliseconds from any origin; nobody sets it back.
    static func steadyMs() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
