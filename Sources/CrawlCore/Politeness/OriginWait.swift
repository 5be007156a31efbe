/// Why the due URLs of an origin are not asked yet.
package enum OriginWait: Sendable, Hashable {
    /// Its server asked for it with 429 or 503, or an edge with the `code` of its own.
    case blocked(until: Instant, code: Int? = nil)
    /// `budget.requests_per_day` is spent, but for what is kept for health traffic.
    case budget(limit: Int, until: Instant)
    /// `budget.requests_per_origin_per_day` is.
    case originBudget(limit: Int, until: Instant)
    /// robots.txt is being asked for, and no copy of it may be used meanwhile; `isFirst` = there never was one.
    case robots(isFirst: Bool)
    /// Its name is looked up, or waits for that, since then. `isSlow`: no server has answered within a second.
    case name(since: Instant, isSlow: Bool)
    /// As many requests are in flight at its address as `politeness.per_address_in_flight` allows; nil = which one that
    /// is was seen by an earlier visit and is no longer known.
    case address(inFlight: Int, IPAddress?)
    /// As many requests to it are in flight as `politeness.per_origin_in_flight` allows.
    case origin(inFlight: Int)
    /// As many are in flight in all as `fetch.max_in_flight` allows.
    case all(inFlight: Int)
    /// The gap to the request before; `isAsked`: robots.txt asks for it, else `politeness.crawl_delay` does.
    case crawlDelay(until: Instant, Duration, isAsked: Bool)
    /// Its domain fails with many others behind one edge, and is asked by sample only; over at the latest at `until`.
    case storm(Edge, since: Instant, until: Instant)
    /// Its robots.txt has to be asked for, and may have ended the daemon.
    case suspect(SuspectWait)
    /// Our own machine has no sockets to give.
    case localLimit(LocalLimit.Pause)
    /// Nothing can be reached: only probes are sent.
    case offline(since: Instant)
}

extension OriginWait {
    package var rule: WaitRule {
        switch self {
        case .blocked: .retryAfter
        case .budget, .originBudget: .budget
        case .robots: .robots
        case .name: .dns
        case .address: .address
        case .origin: .origin
        case .all: .all
        case .crawlDelay: .crawlDelay
        case .storm: .storm
        case .suspect: .suspect
        case .localLimit: .localLimit
        case .offline: .offline
        }
    }
}

/// What keeps the due URLs of an origin, by the name that users see.
package enum WaitRule: UInt8, Sendable, Hashable, CaseIterable {
    case crawlDelay
    case retryAfter
    case budget
    case robots
    case dns
    case address
    case origin
    case all
    case storm
    case suspect
    case localLimit
    case offline
    case paused

    package var name: String {
        switch self {
        case .crawlDelay: "crawl-delay"
        case .retryAfter: "retry-after"
        case .budget: "budget"
        case .robots: "robots"
        case .dns: "dns"
        case .address: "per-address"
        case .origin: "per-origin"
        case .all: "max-in-flight"
        case .storm: "storm"
        case .suspect: "suspect"
        case .localLimit: "local-limit"
        case .offline: "offline"
        case .paused: "paused"
        }
    }
}

/// Why nothing can be stored, and so nothing is asked.
package enum StorageWait: Sendable, Hashable {
    case full(since: Instant)
    case failed(String)
}
