/// How many rows a transaction may have so that what waits for the writer behind it does not wait long: about `target`
/// milliseconds, as the transactions before took.
struct WritePace {
    /// Milliseconds.
    let target: Int64
    let bounds: ClosedRange<Int>
    private(set) var rows: Int

    /// Begins with `rows`.
    init(rows: Int, bounds: ClosedRange<Int>, target: Int64 = 50) {
        self.target = target
        self.bounds = bounds
        self.rows = rows
    }

    /// A transaction of `count` rows took `ms` milliseconds. Few rows say nothing: what they took was not theirs.
    mutating func note(rows count: Int, took ms: Int64) {
        guard count >= rows / 2 else { return }
        let ideal = ms > 0 ? Int64(count) * target / ms : Int64(rows * 2)
        rows = min(max(Int(clamping: ideal), bounds.lowerBound), bounds.upperBound)
    }
}
