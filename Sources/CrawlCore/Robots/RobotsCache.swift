/// The robots.txt of origins in use, bounded in bytes; what has not been used for longest goes first. All of it is in
/// the store too.
struct RobotsCache {
    /// Shared by copies of the cache, of which one is in use. Its neighbours are owned by `entries`.
    private final class Entry {
        let origin: Int64
        let robots: OriginRobots
        let bytes: Int
        /// In the order of use.
        unowned var newer: Entry?
        unowned var older: Entry?

        init(_ origin: Int64, _ robots: OriginRobots, bytes: Int) {
            self.origin = origin
            self.robots = robots
            self.bytes = bytes
        }
    }

    var limit: Int {
        didSet { evict() }
    }
    private(set) var bytes = 0
    private var entries: [Int64: Entry] = [:]
    private var newest: Entry?
    private var oldest: Entry?

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    /// Beside the rules, about.
    static let entryBytes = 320

    /// Marks it as used.
    mutating func use(_ origin: Int64) -> OriginRobots? {
        guard let entry = entries[origin] else { return nil }
        if newest !== entry {
            unlink(entry)
            link(entry)
        }
        return entry.robots
    }

    func peek(_ origin: Int64) -> OriginRobots? { entries[origin]?.robots }

    mutating func set(_ robots: OriginRobots, for origin: Int64) {
        remove(origin)
        let entry = Entry(origin, robots, bytes: Self.entryBytes + robots.rules.memoryBytes)
        entries[origin] = entry
        bytes += entry.bytes
        link(entry)
        evict()
    }

    mutating func remove(_ origin: Int64) {
        guard let entry = entries.removeValue(forKey: origin) else { return }
        unlink(entry)
        bytes -= entry.bytes
    }

    /// The clock was set.
    mutating func move(by step: Duration) {
        var robots: [(Int64, OriginRobots)] = []
        var next = oldest
        while let entry = next {
            robots.append((entry.origin, entry.robots))
            next = entry.newer
        }
        for (origin, known) in robots {
            var moved = known
            moved.move(by: step)
            set(moved, for: origin)
        }
    }

    mutating func removeAll() {
        self = RobotsCache(limit: limit)
    }

    /// The one just used stays, however large.
    private mutating func evict() {
        while bytes > limit, let entry = oldest, entry !== newest { remove(entry.origin) }
    }

    private mutating func link(_ entry: Entry) {
        entry.older = newest
        entry.newer = nil
        newest?.newer = entry
        newest = entry
        oldest = oldest ?? entry
    }

    private mutating func unlink(_ entry: Entry) {
        if let newer = entry.newer { newer.older = entry.older } else { newest = entry.older }
        if let older = entry.older { older.newer = entry.newer } else { oldest = entry.newer }
    }
}
