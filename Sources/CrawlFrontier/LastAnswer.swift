import CrawlCore

/// Outcome and HTTP status of the last attempt in one small number: a column less in every row.
struct LastAnswer {
    let stored: Int64

    init(stored: Int64) { self.stored = stored }

    init(_ outcome: Outcome, status: Int32) {
        stored = Int64(outcome.rawValue) * 1000 + Int64(min(max(status, 0), 999))
    }

    /// nil = never asked.
    var outcome: Outcome? { Outcome(rawValue: UInt8(clamping: stored / 1000)) }

    /// 0 = no HTTP answer.
    var status: Int { Int(clamping: stored % 1000) }
}
