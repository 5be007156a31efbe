internal import Glibc

/// RLIMIT_NOFILE of this process.
enum DescriptorLimit {
    /// The kernel's own bound of one process (fs.nr_open), as it is by default: what an infinite limit comes to.
    static let most = 1 << 20

    /// Sets the soft limit to the hard one and returns what now holds.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = soft }
        return Int(clamping: min(limit.rlim_cur, rlim_t(most)))
    }
}
