import CrawlCore
import CrawlTesting

/// A fault that some URLs of an origin have for some time.
package struct Trouble: Sendable {
    package enum Scope: Sendable, Hashable {
        /// Pages and robots.txt.
        case everything
        case pages
        case some(Set<Int>)
    }

    /// When within its time the fault shows.
    package enum Pattern: Sendable {
        case always
        /// So long bad, so long good, in turn.
        case flapping(bad: Int64, good: Int64)
        /// To this share of the requests, as when only some data centres of an edge cannot reach the origin.
        case share(Double)
        /// Only from so long to so long after the first page that was asked in the origin's troubles: where in a window
        /// it falls is known then.
        case sinceFirst(Int64, Int64)
        /// In every so manieth minute, from one of them on: the next request meets another fault.
        case turn(of: Int, Int)
        /// Only when more than so many requests came in the last 20 s.
        case crowded(Int)
    }

    /// Milliseconds from the start, steady time.
    package var from: Int64
    package var to: Int64
    package var scope = Scope.everything
    package var fault: Fault
    package var pattern = Pattern.always

    package static func between(
        _ from: Duration, _ to: Duration, _ fault: Fault, scope: Scope = .everything, pattern: Pattern = .always
    ) -> Trouble {
        Trouble(from: from.ms, to: to.ms, scope: scope, fault: fault, pattern: pattern)
    }

    /// `page`: nil = robots.txt. `first`: when the first page was asked since the troubles began. `recent`: requests to the origin in the last 20 s, this one too.
    func shows(at: Int64, page: Int?, first: Int64, recent: Int, draw: Double) -> Bool {
        guard from <= at, at < to else { return false }
        switch (scope, page) {
        case (.everything, _), (.pages, .some): break
        case (.some(let pages), .some(let page)) where pages.contains(page): break
        default: return false
        }
        switch pattern {
        case .always: return true
        case .flapping(let bad, let good): return (at - from) % (bad + good) < bad
        case .share(let share): return draw < share
        case .sinceFirst(let from, let to): return first + from <= at && at < first + to
        case .turn(let count, let turn): return (at / 60_000) % Int64(count) == Int64(turn)
        case .crowded(let most): return recent > most
        }
    }

    /// All of the origin's pages have it all the time.
    var isWhole: Bool {
        if case .always = pattern, case .some = scope { return false }
        if case .always = pattern { return true }
        return false
    }
}
