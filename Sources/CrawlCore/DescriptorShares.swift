/// How many requests may be in flight and how many idle connections may be kept, so that the process never runs out of
/// descriptors (RLIMIT_NOFILE): by arithmetic, not by hope.
///
///     limit = all else + requests in flight × 3 + idle connections
///
/// | share | |
/// |---|---|
/// | all else | 512, at most half: 256 control connections, 32 for metrics, 32 for answers by pages; files, hooks, name servers |
/// | a request in flight | 3: libcurl looks a name up over a pair of sockets and one to the resolver; then two families race to connect |
/// | idle connections | what is left, but no more than `mostIdle` a worker, and at least one for each request in flight |
package struct DescriptorShares: Sendable, Hashable {
    package static let forAllElse = 512
    package static let perRequest = 3
    /// Each second libcurl looks through all idle connections of a worker for those whose servers have closed them, and from
    /// the beginning again behind each that it finds: with thousands that takes longer than the second.
    package static let mostIdle = 1024
    /// The quarantine worker's part of what another worker may keep idle.
    static let quarantinePart = 16

    /// What the shares are of.
    package let limit: Int
    /// Requests in flight in all that were asked for.
    package let wanted: Int
    /// Those that there is room for, at least 1.
    package let maxInFlight: Int
    /// Of each worker.
    package let worker: ConnectionShare
    /// Of the one worker that asks origins which cost the others too much.
    package let quarantine: ConnectionShare

    /// `limit`: RLIMIT_NOFILE in force. `workers`: without the quarantine worker; fewer than 1 count as 1.
    package init(limit: Int, maxInFlight wanted: Int, workers: Int) {
        let workers = max(1, workers)
        let wanted = max(1, wanted)
        let room = max(0, limit - min(Self.forAllElse, limit / 2))
        let inFlight = max(1, min(wanted, room / (Self.perRequest + 1)))
        let idle = min(max(0, room - Self.perRequest * inFlight), max(workers * Self.mostIdle, inFlight))
        let quarantineIdle = idle / (Self.quarantinePart * workers + 1)
        self.limit = limit
        self.wanted = wanted
        maxInFlight = inFlight
        worker = ConnectionShare(idle: (idle - quarantineIdle) / workers, maxInFlight: inFlight)
        quarantine = ConnectionShare(idle: quarantineIdle, maxInFlight: inFlight)
    }

    /// Fewer requests may be in flight than were asked for.
    package var isLowered: Bool { maxInFlight < wanted }

    /// The limit that all that was asked for needs.
    package var needed: Int {
        let fetching = (Self.perRequest + 1) * wanted
        return fetching + min(Self.forAllElse, fetching)
    }
}

/// The connections of one worker.
package struct ConnectionShare: Sendable, Hashable {
    /// Those that may be kept with no request on them.
    package let idle: Int
    /// What libcurl is told as its bound (`CURLMOPT_MAXCONNECTS`). It is never reached: past it each request would cost
    /// a look through all connections. All that is in flight may be one worker's.
    package let maxConnects: Int

    init(idle: Int, maxInFlight: Int) {
        self.idle = idle
        maxConnects = idle + 2 * maxInFlight + 64
    }
}
