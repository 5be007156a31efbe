import Glibc

/// The one place of crawlctl that reads the time: how long ago something was depends on it, nothing else does.
enum SystemClock {
    /// Milliseconds since 1970, UTC.
    static func nowMs() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
