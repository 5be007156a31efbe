/// How the workers get on.
package struct WorkerHealth: Sendable, Hashable {
    /// The longest call into libcurl of the last minute or two, in milliseconds; 0 = none took 250 ms or more.
    package var longestCallMs: Int64 = 0
    /// The numbers of workers that do not get on: of their calls, and of all else on their queues, nothing has returned for
    /// 5 s and more.
    package var late: [Int] = []

    package init(longestCallMs: Int64 = 0, late: [Int] = []) {
        self.longestCallMs = longestCallMs
        self.late = late
    }
}
