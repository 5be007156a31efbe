/// Where a URL stands among those of its origin: how many of them are asked before it, by the order in which the
/// scheduler takes them (see `ActiveOrigin.takeOrdinary` and `Scheduler.serveURL`):
///
/// - ordinary URLs by priority, then by due time; where there are several priorities every eighth pick takes the oldest;
/// - health traffic by due time, in turn with ordinary traffic, and first.
package struct QueuePlace: Sendable, Hashable {
    /// Beyond so many nothing is counted.
    package static let limit = 10_000

    /// URLs that are asked before it; nil = more than `limit`.
    package var ahead: Int?
    /// All that are due, it too; nil = more than `limit`.
    package var of: Int?

    package init(ahead: Int?, of: Int?) {
        self.ahead = ahead
        self.of = of
    }

    /// What is due of an origin, or will be when the URL is.
    package struct Rows: Sendable {
        /// Due times of ordinary URLs in the order of priority and due time, `limit` + 1 of them at most.
        package var ordinary: [Instant] = []
        /// The URL's place among these; nil = it is not there.
        package var own: Int?
        /// There are several priorities.
        package var mixes = false
        /// Ordinary URLs that are older than it, `limit / 8` of them at most; counted where it is not among the first.
        package var older: Int?
        /// URLs in bursts, probes and rechecks, `limit` + 1 at most.
        package var health = 0
        /// The URL's place among these; nil = it is an ordinary one.
        package var ownHealth: Int?

        package init() {}
    }

    /// `picks`: ordinary URLs that were taken since the last one for its age, see `OriginPace.picks`.
    package init(_ rows: Rows, picks: Int = 0) {
        let all = rows.ordinary.count + rows.health
        of = all > Self.limit ? nil : all
        if let own = rows.ownHealth {
            ahead = own + min(rows.ordinary.count, own)
        } else {
            ahead = Self.ordinaryAhead(rows, picks).map { $0 + min(rows.health, $0 + 1) }
        }
        if ahead ?? 0 > Self.limit { ahead = nil }
    }

    private static func ordinaryAhead(_ rows: Rows, _ picks: Int) -> Int? {
        let turn = Int(ActiveOrigin.agingTurn)
        guard let own = rows.own else {
            // Its turn comes by its age alone.
            return rows.older.map { ($0 + 1) * turn - 1 - picks }
        }
        guard rows.mixes else { return own }
        if rows.ordinary.count > limit {
            return min(own + own / (turn - 1), rows.older.map { ($0 + 1) * turn - 1 - picks } ?? .max)
        }
        let dues = rows.ordinary
        let oldest = dues.indices.sorted { (dues[$0], $0) < (dues[$1], $1) }
        var taken = [Bool](repeating: false, count: dues.count)
        var (next, old) = (0, 0)
        for pick in 1...dues.count {
            let index: Int
            if (picks + pick) % turn == 0 {
                while taken[oldest[old]] { old += 1 }
                index = oldest[old]
            } else {
                while taken[next] { next += 1 }
                index = next
            }
            if index == own { return pick - 1 }
            taken[index] = true
        }
        return own
    }
}
