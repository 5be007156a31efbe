import CrawlCore

/// So many lines in a period and no more, for what may be said of thousands at a time.
struct LineQuota {
    private let lines: Int
    private let period: Duration
    private var since: Instant?
    private var written = 0
    private var leftOut = 0

    /// `period`: counts from its first line.
    init(lines: Int, per period: Duration) {
        self.lines = lines
        self.period = period
    }

    /// nil = no line now; else how many were left out since the last one.
    mutating func take(now: Instant) -> Int? {
        if since.map({ now < $0 || now >= $0 + period }) ?? true {
            since = now
            written = 0
        }
        guard written < lines else {
            leftOut += 1
            return nil
        }
        written += 1
        defer { leftOut = 0 }
        return leftOut
    }
}
