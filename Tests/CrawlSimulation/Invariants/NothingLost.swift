import CrawlFrontier

/// Every URL that was enqueued is there after every restart, and every alert is delivered or in the outbox.
struct NothingLost: Invariant {
    let name = "nothing-lost"
    private var alerts: [String] = []

    mutating func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach? {
        var known: Set<Target> = []
        var after: Int64 = -1
        while true {
            let page = try store.page(URLFilter(), after: after, limit: 1000)
            for row in page.rows {
                if let target = Target(row.url) { known.insert(target) }
            }
            guard let next = page.next else { break }
            after = next
        }
        for script in history.plan.origins {
            for page in 0..<script.pages where !known.contains(Target(origin: script.number, page: page)) {
                return Breach(script.number, "\(script.url(page)) is no longer known")
            }
        }
        let stored = try store.alerts(after: 0, limit: 100_000)
        let ids = stored.map(\.alert.id)
        guard ids.starts(with: alerts) else { return Breach(nil, "alerts are gone, or have changed their order") }
        alerts = ids
        if let bare = stored.first(where: { $0.deliveries.isEmpty }) {
            return Breach(nil, "alert \(bare.alert.id) is delivered nowhere and waits nowhere")
        }
        return nil
    }
}
