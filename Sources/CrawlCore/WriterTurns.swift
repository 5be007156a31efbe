import DequeModule

/// Who of those that wait for the writer gets it next: of the kinds that wait the one that has had the least of its
/// time, so that each of two that always wait gets half of it, however long a single turn of either takes. What is
/// short and rare, as an operator's act, has had little, and goes next.
///
/// | kind | |
/// |---|---|
/// | act | an operator's or the daemon's own: short, others wait for it |
/// | answers | a commit of the crawl's verdicts |
/// | slice | a part of a bulk enqueue |
///
/// A kind that has not waited for a while has not saved up: it begins where those are that are served now (start-time
/// fair queueing; Goyal, Vin and Cheng, 1996). Within a kind, and between kinds that have had the same, who came first
/// goes first.
package struct WriterTurns<Work> {
    package enum Kind: Int, CaseIterable, Sendable {
        case act
        case answers
        case slice
    }

    private struct Line {
        var waiting: Deque<(arrival: Int, work: Work)> = []
        /// Milliseconds of the writer's time.
        var used: Int64 = 0
    }

    private var lines = [Line](repeating: Line(), count: Kind.allCases.count)
    /// What the kind that is or was served last had used when its turn began.
    private var served: Int64 = 0
    private var arrivals = 0

    package init() {}

    package mutating func add(_ work: Work, _ kind: Kind) {
        let line = kind.rawValue
        if lines[line].waiting.isEmpty { lines[line].used = max(lines[line].used, served) }
        lines[line].waiting.append((arrivals, work))
        arrivals += 1
    }

    /// nil = nobody waits.
    package mutating func next() -> (kind: Kind, work: Work)? {
        var best: (kind: Kind, used: Int64, arrival: Int)?
        for kind in Kind.allCases {
            let line = lines[kind.rawValue]
            guard let arrival = line.waiting.first?.arrival else { continue }
            if let best, (best.used, best.arrival) < (line.used, arrival) { continue }
            best = (kind, line.used, arrival)
        }
        guard let best, let first = lines[best.kind.rawValue].waiting.popFirst() else { return nil }
        served = best.used
        return (best.kind, first.work)
    }

    /// A turn of that kind took so many milliseconds; less than none counts as none, a clock that was set counts as a
    /// minute at most.
    package mutating func note(_ kind: Kind, took ms: Int64) { lines[kind.rawValue].used += min(max(0, ms), 60_000) }
}
