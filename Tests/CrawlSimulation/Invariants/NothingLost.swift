import CrawlCore
import CrawlFrontier
import CrawlTesting

/// Every URL that was enqueued is there after every restart, and every alert is delivered or in the outbox.
struct NothingLost: Invariant {
    let name = "nothing-lost"
    private var alerts: [StoredAlert] = []

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
        for script in history.plan.origins where !history.handled.contains(script.number) {
            for page in 0..<script.pages where !known.contains(Target(origin: script.number, page: page)) {
                return Breach(script.number, "\(script.url(page)) is no longer known")
            }
        }
        let stored = try store.alerts(after: 0, limit: 100_000)
        if let breach = try vanished(stored, store) { return breach }
        alerts = stored.map(\.alert)
        if let bare = stored.first(where: { $0.deliveries.isEmpty }) {
            return Breach(nil, "alert \(bare.alert.id) is delivered nowhere and waits nowhere")
        }
        return nil
    }

    /// What was told stays, in its order. Only a resolve that still waited is taken back when its incident goes on.
    private func vanished(_ stored: [StoredAlertDelivery], _ store: FrontierStore) throws -> Breach? {
        let ids = stored.map(\.alert.id)
        let known = Set(ids)
        let gone = alerts.filter { !known.contains($0.id) }
        let before = Set(alerts.map(\.id))
        guard ids.filter(before.contains) == alerts.map(\.id).filter(known.contains) else {
            return Breach(nil, "alerts have changed their order")
        }
        guard !gone.isEmpty else { return nil }
        let relapses = Dictionary(
            try store.incidents(openOnly: false, after: nil, limit: 100_000)
                .map { ($0.facts.incident, $0.facts.relapses) }, uniquingKeysWith: max)
        for alert in gone where alert.facts.event != .resolved || relapses[alert.facts.incident, default: 0] == 0 {
            return Breach(nil, "alert \(alert.id), \(alert.facts.event) of \(alert.facts.incident), is gone")
        }
        return nil
    }
}
