/// The longest call of the last minute or two, from samples of those that take long.
struct LongestCall {
    static let window: UInt64 = 60_000_000_000

    private var begunAt: UInt64 = 0
    private var present: UInt64 = 0
    private var before: UInt64 = 0

    /// A call has lasted so long by `now`; all in monotonic nanoseconds.
    mutating func note(_ length: UInt64, at now: UInt64) {
        turn(now)
        present = max(present, length)
    }

    /// In nanoseconds; 0 = none was seen.
    func value(at now: UInt64) -> UInt64 {
        var turned = self
        turned.turn(now)
        return max(turned.present, turned.before)
    }

    private mutating func turn(_ now: UInt64) {
        let windows = (now - min(now, begunAt)) / Self.window
        guard windows > 0 else { return }
        before = windows == 1 ? present : 0
        present = 0
        begunAt += windows * Self.window
    }
}
