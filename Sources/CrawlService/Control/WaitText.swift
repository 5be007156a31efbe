import CrawlCore
import CrawlFrontier

/// The state that users see, and what keeps the URL from being asked.
struct WaitText {
    var state: String
    /// nil = nothing but its due time, or its turn.
    var because: String?

    init(_ stored: StoredURL, _ view: CrawlLoop.View) {
        state = stored.state.name
        if view.inFlight.contains(stored.id) {
            state = "in-flight"
        } else if stored.state == .refused {
            because = stored.refusal?.description
        } else if stored.state == .scheduled, let hold = stored.hold {
            state = URLState.held.name
            because = hold.name
        } else if stored.state == .scheduled, stored.dueAt.map({ $0 <= view.now }) ?? false {
            because = view.isPaused ? "paused" : view.waits[URLKey.origin(of: stored.id)]?.text
        }
    }
}

extension OriginWait {
    var text: String {
        switch self {
        case .blocked(let until): "retry-after: until \(until.text)"
        case .storm(let edge, let since, let until):
            "storm: many sites behind \(edge.name) fail since \(since.text), until \(until.text) at the latest"
        case .offline(let since): "offline: no site answers since \(since.text)"
        case .budget(let limit, let until): "budget: \(limit) requests a day are spent, until \(until.text)"
        case .originBudget(let limit, let until):
            "budget: \(limit) requests a day to this origin are spent, until \(until.text)"
        case .robots(let isFirst): "robots: \(isFirst ? "first answer" : "new copy") awaited"
        case .address(let inFlight, let address):
            "per-address: \(inFlight) requests in flight at \(address?.description ?? "its address")"
        case .crawlDelay(let until): "crawl-delay: until \(until.text)"
        }
    }
}
