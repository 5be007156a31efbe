import CrawlCore
import CrawlOutput

/// An exchange whose answer was judged: its records are written before the verdict is stored.
struct JudgedExchange: Sendable {
    var exchange: Exchange
    /// The URL's last `response`; nil = none that may be pointed at.
    var own: ArchivedResponse?
    /// SHA-256 of the body as received; nil = there was none.
    var digest: Digest256?
    /// The answer is the URL's page, so that it is noted where that stands.
    var isPage = false

    var ticket: Int64 { exchange.ticket }
}

/// Exchanges in the order in which they were judged, and what their bodies take of memory.
struct JudgedExchanges: Sendable {
    private(set) var all: [JudgedExchange] = []
    /// Of heads, and of bodies in memory.
    private(set) var bytes = 0

    init(_ all: [JudgedExchange] = []) { for each in all { append(each) } }

    var isEmpty: Bool { all.isEmpty }

    mutating func append(_ new: JudgedExchange) {
        all.append(new)
        bytes += new.exchange.requestHead.count + new.exchange.responseHead.count + new.exchange.targetURI.count
        if case .memory(let body) = new.exchange.body { bytes += body.count }
    }

    /// Those whose tickets are in `later` stay; the others are returned.
    mutating func take(allBut later: Set<Int64>) -> JudgedExchanges {
        guard !later.isEmpty else {
            defer { self = JudgedExchanges() }
            return self
        }
        let now = all.filter { !later.contains($0.ticket) }
        self = JudgedExchanges(all.filter { later.contains($0.ticket) })
        return JudgedExchanges(now)
    }
}

/// The records of one exchange, made and not yet written.
struct MadeRecords: Sendable {
    var group: RecordGroup
    /// It is a revisit of another URL's `response`.
    var isOfOther: Bool
    /// See `JudgedExchange`.
    var digest: Digest256?
    var isPage: Bool
}

/// What the store has to know of records that are on the disk.
struct WrittenRecords: Sendable {
    /// By ticket, of each exchange: what the feed tells.
    var places: [Int64: ArchivePlace] = [:]
    /// By ticket, of pages: what the URL's row keeps.
    var pages: [Int64: Verdict.ArchivedPage] = [:]
    /// The last place of each file that was written to.
    var last: [ArchivePlace] = []
}
