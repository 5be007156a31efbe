internal import CrawlCore
internal import DequeModule

/// Moments to wake up for. There are few different waits, so each has a line of its own, and the one that was put in first
/// is due first: nothing is sorted, and nothing is taken out before its time.
struct Deadlines<Token: Sendable>: Sendable {
    private struct Line {
        var wait: Duration
        var entries = Deque<(at: Instant, token: Token)>()
    }

    private var lines: [Line] = []

    mutating func add(_ token: Token, after wait: Duration, _ now: Instant) {
        let index: Int
        if let found = lines.firstIndex(where: { $0.wait == wait }) {
            index = found
        } else {
            index = lines.count
            lines.append(Line(wait: wait))
        }
        lines[index].entries.append((now + wait, token))
    }

    /// nil = nothing is waited for. What has become stale meanwhile is thrown away as far as it comes first.
    mutating func next(isStale: (Token) -> Bool) -> Instant? {
        var next: Instant?
        for i in lines.indices {
            while let first = lines[i].entries.first {
                if isStale(first.token) {
                    lines[i].entries.removeFirst()
                    continue
                }
                next = min(next ?? first.at, first.at)
                break
            }
        }
        return next
    }

    /// One that is due, and is taken out; nil = none is.
    mutating func pop(_ now: Instant) -> Token? {
        for i in lines.indices {
            if let first = lines[i].entries.first, first.at <= now { return lines[i].entries.removeFirst().token }
        }
        return nil
    }

    var count: Int { lines.reduce(0) { $0 + $1.entries.count } }
}
