import HeapModule

/// How many origins with due work wait, by the first rule that keeps each of them: sums that move when an origin's wait
/// does, so that nobody has to look at all of them.
struct WaitSums {
    private var origins = [Int](repeating: 0, count: WaitRule.allCases.count)

    subscript(rule: WaitRule) -> Int { origins[Int(rule.rawValue)] }

    var all: Int { origins.reduce(0, +) }

    /// nil = it has no due work, or is asked now.
    mutating func move(from: WaitRule?, to: WaitRule?) {
        if let from { origins[Int(from.rawValue)] -= 1 }
        if let to { origins[Int(to.rawValue)] += 1 }
    }
}

/// Why due work waits: origins, each counted once, by the first rule that keeps it. Origins that the store holds (broken,
/// suspect, parked, without a robots.txt) are not among them.
package struct DueWaits: Sendable, Hashable {
    package var origins: [WaitRule: Int] = [:]
    /// When the first of those that a server asked to wait may be asked again; nil = there are none.
    package var nextAfterBlock: Instant?

    package init() {}
}

/// When servers let us ask again, the first first. An entry counts while its origin's block ends just then.
struct BlockEnds {
    private struct End: Comparable {
        var at: Instant
        var origin: Int64
        static func < (a: End, b: End) -> Bool { a.at != b.at ? a.at < b.at : a.origin < b.origin }
    }

    private var ends = Heap<End>()

    mutating func add(_ origin: Int64, _ at: Instant, now: Instant) {
        while let first = ends.min, first.at <= now { ends.removeMin() }
        ends.insert(End(at: at, origin: origin))
    }

    var first: (origin: Int64, at: Instant)? { ends.min.map { ($0.origin, $0.at) } }

    mutating func removeFirst() { ends.removeMin() }
}
