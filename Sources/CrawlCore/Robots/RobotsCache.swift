/// The robots.txt of origins in use, bounded in bytes; what has not been used for longest goes first. All of it is in
/// the store too.
struct RobotsCache {
    private struct Entry {
        var robots: OriginRobots
        var bytes: Int
        /// The neighbours in the order of use; 0 = none.
        var newer: Int64
        var older: Int64
    }

    var limit: Int {
        didSet { evict() }
    }
    private(set) var bytes = 0
    private var entries: [Int64: Entry] = [:]
    private var newest: Int64 = 0
    private var oldest: Int64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    /// Beside the rules, about.
    static let entryBytes = 320

    /// Marks it as used.
    mutating func use(_ origin: Int64) -> OriginRobots? {
        guard entries[origin] != nil else { return nil }
        if newest != origin {
            unlink(origin)
            link(origin)
        }
        return entries[origin]?.robots
    }

    func peek(_ origin: Int64) -> OriginRobots? { entries[origin]?.robots }

    mutating func set(_ robots: OriginRobots, for origin: Int64) {
        remove(origin)
        let size = Self.entryBytes + robots.rules.memoryBytes
        entries[origin] = Entry(robots: robots, bytes: size, newer: 0, older: 0)
        bytes += size
        link(origin)
        evict()
    }

    mutating func remove(_ origin: Int64) {
        guard let entry = entries[origin] else { return }
        unlink(origin)
        entries[origin] = nil
        bytes -= entry.bytes
    }

    /// The clock was set.
    mutating func move(by step: Duration) {
        for origin in Array(entries.keys) { entries[origin]?.robots.move(by: step) }
    }

    mutating func removeAll() {
        self = RobotsCache(limit: limit)
    }

    /// The one just used stays, however large.
    private mutating func evict() {
        while bytes > limit, oldest != newest { remove(oldest) }
    }

    private mutating func link(_ origin: Int64) {
        entries[origin]?.older = newest
        entries[origin]?.newer = 0
        if newest != 0 { entries[newest]?.newer = origin } else { oldest = origin }
        newest = origin
    }

    private mutating func unlink(_ origin: Int64) {
        guard let entry = entries[origin] else { return }
        if entry.newer != 0 { entries[entry.newer]?.older = entry.older } else { newest = entry.older }
        if entry.older != 0 { entries[entry.older]?.newer = entry.newer } else { oldest = entry.newer }
    }
}
