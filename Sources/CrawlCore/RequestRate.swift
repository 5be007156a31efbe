/// How many answers came in the last seconds: a ring of whole seconds, each counted when it is over.
package struct RequestRate: Sendable {
    package static let longest = 60

    private var counts = [Int](repeating: 0, count: longest)
    /// The second that is counted now, since 1970; nil = nothing was counted yet.
    private var second: Int64?
    private var current = 0
    /// Whole seconds that were counted, up to `longest`.
    private var known = 0

    package init() {}

    package mutating func note(_ answers: Int = 1, at now: Instant) {
        roll(to: now)
        current += answers
    }

    /// Answers a second over the last `seconds` whole seconds, or as many as there were since counting began; 0 if there
    /// was none.
    package mutating func perSecond(over seconds: Int, at now: Instant) -> Double {
        roll(to: now)
        let span = min(seconds, known, Self.longest)
        guard span > 0, let second else { return 0 }
        let sum = (1...Int64(span)).reduce(0) { $0 + counts[Self.place(second - $1)] }
        return Double(sum) / Double(span)
    }

    private static func place(_ second: Int64) -> Int { Int(second % Int64(longest)) }

    /// Seconds that have gone by are over. A clock that was set back, or far ahead, begins anew.
    private mutating func roll(to now: Instant) {
        let new = max(now.ms, 0) / 1000
        guard let old = second else {
            second = new
            return
        }
        guard new != old else { return }
        guard new > old, new - old < 3_600 else {
            self = RequestRate()
            second = new
            return
        }
        counts[Self.place(old)] = current
        current = 0
        for silent in (old + 1)..<max(new, old + 1) where new - silent <= Int64(Self.longest) {
            counts[Self.place(silent)] = 0
        }
        known = min(Self.longest, known + Int(min(new - old, Int64(Self.longest))))
        second = new
    }
}
