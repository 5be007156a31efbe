import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import GRDB

/// All that users can see of a frontier, and what a plain count over its rows finds, at one moment.
struct Survey: Sendable {
    /// As users name them.
    static let states = URLState.allCases.map(\.name) + [inFlight]
    private static let inFlight = "in-flight"
    /// Small, so that most lists have several.
    private static let page = 7

    /// As `status` has them.
    private(set) var status: [String: Int] = [:]
    /// As `list --state` has them, in its order.
    private(set) var listed: [String: [String]] = [:]
    /// All URLs by the state that each shows by itself.
    private(set) var shown: [String: [String]] = [:]
    /// What the store keeps instead of counting.
    private(set) var kept: [String: Int] = [:]
    /// The same, counted.
    private(set) var counted: [String: Int] = [:]

    /// Nothing runs meanwhile.
    init(_ crawl: VirtualCrawl) throws {
        let inFlight = crawl.inFlight()
        let figures = try crawl.store.figures(now: crawl.time.now(), inFlight: inFlight)
        for (state, count) in figures.stats.shown(without: figures.inFlight) { status[state.name] = count }
        status[Self.inFlight] = figures.inFlight.values.reduce(0, +)
        shown = Dictionary(grouping: try Self.rows(crawl, URLFilter()), by: \.state).mapValues { $0.map(\.url) }
        for state in URLState.allCases {
            listed[state.name] = try Self.rows(crawl, URLFilter(state: state)).filter { $0.state == state.name }
                .map(\.url).sorted()
        }
        listed[Self.inFlight] = try crawl.store.records(inFlight).map(\.url).sorted()
        for (state, count) in figures.stats.urls where count != 0 { kept[state.name] = count }
        kept["held origins"] = figures.stats.heldURLs
        for (hold, origins) in figures.stats.heldOrigins { kept["origins \(hold.name)"] = origins }
        try count(crawl.store.path)
    }

    private static func rows(_ crawl: VirtualCrawl, _ filter: URLFilter) throws -> [(url: String, state: String)] {
        var rows: [(String, String)] = []
        var after: Int64 = -1
        while true {
            let page = try crawl.store.page(filter, after: after, limit: page)
            let view = crawl.view(of: page.rows.map(\.id))
            rows += page.rows.map { row in (row.url, view.map { row.shownState($0) } ?? "") }
            guard let next = page.next else { return rows }
            after = next
        }
    }

    private static let heldOrigins = """
        SELECT CASE WHEN reasons & 10 THEN 'origin-broken' WHEN reasons & 16 THEN 'soft-blocked'
            WHEN reasons & 1 THEN 'robots-unreachable' ELSE 'origin-suspect' END AS hold, count(*) AS n
        FROM hold GROUP BY 1
        """
    private static let due = """
        SELECT min(max(due_at, 0) / 60000, 68374080) AS minute, count(*) AS urls FROM (
            SELECT due_at FROM url UNION ALL SELECT due_at FROM health WHERE id >= 0)
        WHERE due_at IS NOT NULL GROUP BY 1
        """

    /// By a connection of its own, and statements that know nothing of what is kept.
    private mutating func count(_ path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            for row in try Row.fetchAll(db, sql: "SELECT state, count(*) AS urls FROM url GROUP BY state") {
                guard let state = URLState(rawValue: row["state"]) else { continue }
                counted[state.name] = row["urls"]
            }
            counted["held origins"] = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM url u JOIN hold h ON h.origin = u.id >> 40 WHERE u.state = 1")
            for row in try Row.fetchAll(db, sql: Self.heldOrigins) {
                counted["origins \(row["hold"] as String)"] = row["n"]
            }
            for row in try Row.fetchAll(db, sql: "SELECT minute, urls FROM due") {
                kept["due in minute \(row["minute"] as Int64)"] = row["urls"]
            }
            for row in try Row.fetchAll(db, sql: Self.due) {
                counted["due in minute \(row["minute"] as Int64)"] = row["urls"]
            }
        }
        try queue.close()
    }
}
